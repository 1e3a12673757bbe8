import path from 'node:path';
import { fastProgram, learn, realProgram, type StartLine } from './support/fast.js';
import { argsOf, ledgerOf, prepareFlow, type Flow } from './support/flow.js';
import { flows } from './support/flows.js';
import { runHere } from './support/here.js';
import { judgeEnd, judgeWreck, toldEnd } from './support/judge.js';
import type { PartReport, PartRequest } from './support/part.js';
import { Slot, type Stage } from './support/stage.js';
import { start } from './support/start.js';
import {
  haveStrace,
  mutating,
  pointsOf,
  readTrace,
  straceArgs,
  toStdout,
  type Point,
} from './support/strace.js';
import { collectGarbage, Failures, pool, spread, workshop } from './support/tools.js';

/** kill -9 at every call that changes something outside the process, for every flow, until the flow ends by itself. */
export const name = 'kill';

/** Of all the points there are. */
const casesIn = { reduced: 20, ci: 1_830, full: Infinity } as const;

interface Case {
  readonly stage: Stage;
  readonly point: Point;
  /** The program as users start it, killed and going on; most cases start the bundle and go on in this process. */
  readonly real: boolean;
}

interface Tally {
  killed: number;
  past: number;
  inDoubt: number;
  most: number;
  real: number;
}

const saidIn = ({ folder }: Slot): string => `${folder}.stdout`;

const idOf = ({ stage, point, real }: Case): string =>
  `${stage.flow.name}:${point.name}:${point.count}${real ? ':real' : ''}`;

export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  if (!(await haveStrace())) return { name, figures: { skipped: 'strace not found' }, failures: [] };
  const shop = await workshop('kill');
  const slots: Slot[] = [];
  const failures = new Failures();
  const tally: Tally = { killed: 0, past: 0, inDoubt: 0, most: 0, real: 0 };
  try {
    for (let at = 0; at < budget.workers; at += 1)
      slots.push(await Slot.open(path.join(shop.path, `slot${at}`)));
    const program = await fastProgram(path.join(shop.path, 'program'));
    const wanted = flows.filter(({ name }) => chosen(name, replay, budget.scale));
    const stages: Stage[] = [];
    for (const flow of taught(wanted)) await teach(flow, shop.path, program, slots[0] as Slot);
    await pool(wanted, slots.length, async (flow, worker) => {
      stages.push(await stageOf(flow, shop.path, program, slots[worker] as Slot));
    });
    stages.sort((a, b) => flows.indexOf(a.flow) - flows.indexOf(b.flow));
    const cases = casesOf(stages, seed, replay, budget.points ?? casesIn[budget.scale]);
    for (const { flow, points } of stages) log(`${flow.name}: ${points.length} points`);
    log(
      `${stages.length} flows, ${cases.length} points${program.bundled ? '' : ' (no bundler: slow starts)'}`,
    );
    let done = 0;
    await pool(cases, slots.length, async (one, worker) => {
      await tryCase(one, slots[worker] as Slot, program, failures, tally);
      if (++done % 50 === 0) await collectGarbage();
      if (done % 300 === 0) log(`${done} of ${cases.length}`);
    });
    if (tally.killed < cases.length / 2)
      failures.add('missed', `${tally.past} of ${cases.length} programs ended before the blow`, '');
    return { name, figures: figuresOf(stages, tally, failures), failures: failures.list };
  } finally {
    for (const { oracle } of slots) await oracle.close();
    await shop.close();
  }
}

const chosen = (flow: string, replay: string | null, scale: string): boolean =>
  replay === null ? scale !== 'reduced' || flow === 'import' : replay.split(':')[0] === flow;

/** One flow of each command: the code of the rest has been seen by then. */
const taught = (wanted: readonly Flow[]): Flow[] => [
  ...new Map(wanted.map((flow) => [flow.args.slice(0, 2).join(' '), flow])).values(),
];

async function teach(flow: Flow, shop: string, program: StartLine, slot: Slot): Promise<void> {
  const folder = path.join(shop, 'lessons', flow.name);
  const vendors = await prepareFlow(flow, folder, slot.oracle);
  const env = await slot.setUp({ folder, vendors });
  await learn(program, argsOf(flow, slot.folder), { cwd: slot.folder, env });
}

/** Prepares a flow, then lets it run through once under strace to learn where it can be struck. */
async function stageOf(flow: Flow, shop: string, program: StartLine, slot: Slot): Promise<Stage> {
  const folder = path.join(shop, 'stages', flow.name);
  const vendors = await prepareFlow(flow, folder, slot.oracle);
  const log = path.join(shop, `${flow.name}.strace`);
  const env = await slot.setUp({ folder, vendors });
  const trace = straceArgs({ log, calls: mutating });
  const { code, stderr } = await start(
    'strace',
    [...trace, process.execPath, ...program.args, ...argsOf(flow, slot.folder)],
    {
      cwd: slot.folder,
      env,
      stdout: saidIn(slot),
      ...(flow.input === undefined ? {} : { input: flow.input }),
    },
  ).ended;
  if (code === null || ![0, 3, 7].includes(code))
    throw new Error(`${flow.name} ended with ${code} when nothing was done to it: ${stderr}`);
  const calls = await readTrace(log);
  const state = path.dirname(ledgerOf(slot.folder));
  return { flow, folder, vendors, points: pointsOf(calls, ({ text }) => text.includes(state)) };
}

/** Calls the real program makes in the same order as the bundle: what belongs to loading is in none of them. */
const sameInBoth = new Set(['pwrite64', 'fsync', 'ftruncate', 'writev', toStdout]);

function casesOf(stages: readonly Stage[], seed: number, replay: string | null, most: number): Case[] {
  const all = stages.flatMap((stage) =>
    stage.points.map((point, at): Case => ({
      stage,
      point,
      real: sameInBoth.has(point.name) && (at + seed) % 25 === 0,
    })),
  );
  const [, call, count, real] = replay?.split(':') ?? [];
  if (call !== undefined) {
    const point = { name: call, count: Number(count), text: '' };
    return stages.map((stage) => ({ stage, point, real: real === 'real' }));
  }
  return spread(all, most, seed);
}

async function tryCase(
  one: Case,
  slot: Slot,
  fast: StartLine,
  failures: Failures,
  tally: Tally,
): Promise<void> {
  const { stage, point, real } = one;
  const { flow } = stage;
  const complain = (kind: string, what: string): void =>
    failures.add(kind, `${flow.name}, ${what}`, idOf(one));
  const env = await slot.setUp(stage);
  const words = argsOf(flow, slot.folder);
  const place = { cwd: slot.folder, env, ...(flow.input === undefined ? {} : { input: flow.input }) };
  const program = real ? realProgram() : fast;
  const stdout = saidIn(slot);
  const name = point.name.replace(/@.*/, '');
  const blow = { what: 'signal=KILL', name, when: String(point.count) };
  const paths = point.name === toStdout ? [stdout] : [];
  const args = straceArgs({ log: '/dev/null', calls: [name], blow, bytes: 0, paths });
  const line = [...args, process.execPath, ...program.args, ...words];
  const ended = await start('strace', line, { ...place, stdout }).ended;
  if (ended.signal === 'SIGKILL') tally.killed += 1;
  else tally.past += 1;
  if (real) tally.real += 1;
  try {
    await slot.oracle.quiet();
    await judgeWreck(flow, slot.folder, slot.oracle, ended.stdout, complain);
    const second = real
      ? await start(process.execPath, [...program.args, ...words], place).ended
      : await runHere(words, place);
    const renewed = flow.renewed === true && toldEnd(ended.stdout);
    const { inDoubt } = await judgeEnd(
      flow,
      slot.folder,
      slot.oracle,
      { code: second.code, renewed },
      complain,
    );
    tally.inDoubt += inDoubt;
    tally.most = Math.max(tally.most, inDoubt);
  } catch (error) {
    complain('uncaught', error instanceof Error ? error.message : String(error));
  }
}

const figuresOf = (stages: readonly Stage[], tally: Tally, failures: Failures): PartReport['figures'] => ({
  flows: stages.length,
  kills: tally.killed,
  'of the real program': tally.real,
  'ended by itself': tally.past,
  double: failures.count('double'),
  lost: failures.count('lost') + failures.count('forgotten'),
  'rows in doubt': tally.inDoubt,
  'most after one kill': tally.most,
  'other failures':
    failures.total - failures.count('double') - failures.count('lost') - failures.count('forgotten'),
});
