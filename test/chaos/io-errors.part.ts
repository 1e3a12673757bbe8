import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fastProgram, learn, type StartLine } from './support/fast.js';
import { argsOf, ledgerOf, prepareFlow, type Flow } from './support/flow.js';
import { flows } from './support/flows.js';
import { runHere } from './support/here.js';
import { judgeEnd, judgeWreck, toldEnd } from './support/judge.js';
import { rootedIn, tinyDisk, type TinyDisk } from './support/mounts.js';
import type { PartReport, PartRequest } from './support/part.js';
import { Slot, type Stage } from './support/stage.js';
import { start, type Ended } from './support/start.js';
import { haveStrace, pointsOf, readTrace, straceArgs, type Call, type Point } from './support/strace.js';
import { collectGarbage, Failures, pool, spread, workshop } from './support/tools.js';

/** The disk refuses: at every write, sync and truncation of the ledger, once or from then on; then a disk that is full, and one that is read-only. */
export const name = 'io-errors';

const tried = [
  'import-new-ledger',
  'import',
  'import-side-by-side',
  'resume-after-crash',
  'reconcile',
  'mmdial-dnc-add',
  'dnc-add',
];
const onDisk = ['pwrite64', 'fsync', 'fdatasync', 'ftruncate', 'fallocate', 'unlink', 'openat'];
const casesIn = { reduced: 12, ci: 260, full: 3_000 } as const;

/** How a call fails: `EIO` once, `EIO~` six times, `EIO+` from then on. */
const faults = ['EIO', 'ENOSPC~', 'EIO+', 'ENOSPC', 'EIO~', 'ENOSPC+'] as const;

/**
 * A run that has sent something waits a minute for its disk before it gives up what it knows: such cases are few, and
 * wait side by side.
 */
const slowIn = { reduced: 0, ci: 12, full: 120 } as const;
const sideBySide = 12;
const patienceMs = 150_000;
/** Others wait ten seconds: most of the time nobody is busy. */
const waitingPerWorker = 4;

interface IoStage extends Stage {
  /** By name of call: how many there were before the first request left. */
  readonly before: ReadonlyMap<string, number>;
}

interface Case {
  readonly stage: IoStage;
  readonly point: Point;
  readonly fault: string;
}

const idOf = ({ stage, point, fault }: Case): string =>
  `${stage.flow.name}:${point.name}:${point.count}:${fault}`;

/** Exit codes a command may end with when its disk fails it: what the table of exit codes has for that, and what was done before. */
const mayEnd = [0, 3, 5, 6, 7];

export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  if (!(await haveStrace())) return { name, figures: { skipped: 'strace not found' }, failures: [] };
  const shop = await workshop('io');
  const slots: Slot[] = [];
  const failures = new Failures();
  const tally = new Map<string, number>();
  try {
    const workers = budget.workers * (slowIn[budget.scale] > 0 ? waitingPerWorker : 1);
    for (let at = 0; at < workers; at += 1) slots.push(await Slot.open(path.join(shop.path, `slot${at}`)));
    const first = slots[0] as Slot;
    const program = await fastProgram(path.join(shop.path, 'program'));
    const [wanted] = replay === null ? [] : replay.split(':');
    const stages: IoStage[] = [];
    for (const flow of flows.filter(
      (one) => tried.includes(one.name) && (wanted === undefined || one.name === wanted),
    ))
      stages.push(await stageOf(flow, shop.path, program, first));
    const { quick, slow } = casesOf(stages, seed, replay, {
      quick: budget.points ?? casesIn[budget.scale],
      slow: slowIn[budget.scale],
    });
    log(
      `${stages.length} flows, ${quick.length} faults, ${slow.length} that last while there is something to lose`,
    );
    const judge = async (one: Case, worker: number): Promise<void> => {
      const end = await tryCase(one, slots[worker] as Slot, program, failures);
      tally.set(end, (tally.get(end) ?? 0) + 1);
      if ((tally.get(end) ?? 0) % 40 === 0) await collectGarbage();
    };
    while (slow.length > 0 && slots.length < workers + sideBySide)
      slots.push(await Slot.open(path.join(shop.path, `slot${slots.length}`)));
    const waiting = pool(slow, sideBySide, (one, worker) => judge(one, workers + worker));
    await Promise.all([pool(quick, workers, judge), waiting]);
    const cases = [...quick, ...slow];
    const disks =
      replay === null || wanted === 'disk'
        ? await tryDisks(shop.path, first, program, failures, replay)
        : 'not tried';
    return { name, figures: figuresOf(cases, tally, disks, failures), failures: failures.list };
  } finally {
    for (const { oracle } of slots) await oracle.close();
    await shop.close();
  }
}

function figuresOf(
  cases: readonly Case[],
  tally: ReadonlyMap<string, number>,
  disks: string,
  failures: Failures,
): PartReport['figures'] {
  const ends = [...tally].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, count]) => `${code} × ${count}`);
  return {
    faults: cases.length,
    exits: ends.join(', '),
    disks,
    double: failures.count('double'),
    lost: failures.count('lost') + failures.count('forgotten'),
    'other failures':
      failures.total - failures.count('double') - failures.count('lost') - failures.count('forgotten'),
  };
}

async function stageOf(flow: Flow, shop: string, program: StartLine, slot: Slot): Promise<IoStage> {
  const folder = path.join(shop, 'stages', flow.name);
  const vendors = await prepareFlow(flow, folder, slot.oracle);
  const stage = { flow, folder, vendors, points: [] };
  const lesson = await slot.setUp(stage);
  await learn(program, argsOf(flow, slot.folder), { cwd: slot.folder, env: lesson });
  const log = path.join(shop, `${flow.name}.strace`);
  const traced = async (calls: readonly string[], only: boolean): Promise<Call[]> => {
    const env = await slot.setUp(stage);
    const trace = straceArgs({ log, calls, paths: only ? pathsIn(slot.folder) : [] });
    const line = [...trace, process.execPath, ...program.args, ...argsOf(flow, slot.folder)];
    await start('strace', line, { cwd: slot.folder, env }).ended;
    return readTrace(log);
  };
  const points = pointsOf(await traced(onDisk, true), () => true);
  return { ...stage, points, before: countsBefore(await traced([...onDisk, 'connect'], false)) };
}

/** How often each call was made before the first request left. */
function countsBefore(calls: readonly Call[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name, count, text } of calls) {
    if (name === 'connect' && text.includes('AF_INET')) return counts;
    counts.set(name, Math.max(counts.get(name) ?? 0, count));
  }
  // Nothing was sent at all.
  return new Map(onDisk.map((name) => [name, Infinity]));
}

const pathsIn = (folder: string): string[] =>
  ['', '-wal', '-shm', '-journal'].map((end) => ledgerOf(folder) + end);

interface Chosen {
  readonly quick: readonly Case[];
  readonly slow: readonly Case[];
}

function casesOf(
  stages: readonly IoStage[],
  seed: number,
  replay: string | null,
  most: { readonly quick: number; readonly slow: number },
): Chosen {
  if (replay !== null) {
    const [, call = '', count, fault = ''] = replay.split(':');
    const point = { name: call, count: Number(count), text: '' };
    return { quick: stages.map((stage) => ({ stage, point, fault })), slow: [] };
  }
  const all = stages.flatMap((stage) =>
    stage.points.map((point, at): Case => ({
      stage,
      point,
      fault: faults[(at + seed) % faults.length] ?? 'EIO',
    })),
  );
  return {
    quick: spread(
      all.filter((one) => !isSlow(one)),
      most.quick,
      seed,
    ),
    slow: spread(all.filter(isSlow), most.slow, seed),
  };
}

/** Whether a disk that stays broken from here on finds a run with something to lose. */
const isSlow = ({ stage, point, fault }: Case): boolean =>
  fault.endsWith('+') && point.count > (stage.before.get(point.name) ?? 0) - 40;

/** What `when=` of strace is to be. */
function whenOf({ point, fault }: Case): string {
  if (fault.endsWith('+')) return `${point.count}+`;
  return fault.endsWith('~') ? `${point.count}..${point.count + 5}` : String(point.count);
}

async function tryCase(one: Case, slot: Slot, program: StartLine, failures: Failures): Promise<string> {
  const { stage, point, fault } = one;
  const { flow } = stage;
  const complain = (kind: string, what: string): void =>
    failures.add(kind, `${flow.name}, ${what}`, idOf(one));
  const env = await slot.setUp(stage);
  const words = argsOf(flow, slot.folder);
  const place = { cwd: slot.folder, env, ...(flow.input === undefined ? {} : { input: flow.input }) };
  const blow = { what: `error=${fault.replace(/[+~]/, '')}`, name: point.name, when: whenOf(one) };
  const args = straceArgs({
    log: '/dev/null',
    calls: [point.name],
    blow,
    bytes: 0,
    paths: pathsIn(slot.folder),
  });
  const ended = await start(
    'strace',
    [...args, process.execPath, ...program.args, ...words],
    place,
    patienceMs,
  ).ended;
  judgeManners(ended, complain);
  try {
    await slot.oracle.quiet();
    await judgeWreck(flow, slot.folder, slot.oracle, ended.stdout, complain);
    const again = await runHere(words, place);
    const renewed = flow.renewed === true && toldEnd(ended.stdout);
    await judgeEnd(flow, slot.folder, slot.oracle, { code: again.code, renewed }, complain);
  } catch (error) {
    complain('uncaught', error instanceof Error ? error.message : String(error));
  }
  return String(ended.code ?? ended.signal);
}

/** A documented end, words a person can act on, and no stack trace. */
function judgeManners(
  { code, signal, stdout, stderr }: Ended,
  complain: (kind: string, what: string) => void,
): void {
  if (code === null || !mayEnd.includes(code)) complain('exit', `ended with ${signal ?? code}`);
  if (/\n\s+at .+[:(]\d+/.test(stdout + stderr)) complain('stack', 'a stack trace was shown');
  if (code !== null && code >= 5 && code !== 7 && !/hint|next|"hint"/.test(stderr + stdout))
    complain('mute', `ended with ${code} and said nothing to do`);
}

/** Disks of so many KiB: too small for the ledger, for the plan, for the sending, large enough. */
const sizes = [80, 180, 220, 240, 260, 280, 300, 320, 340, 360, 400];

async function tryDisks(
  shop: string,
  slot: Slot,
  program: StartLine,
  failures: Failures,
  replay: string | null,
): Promise<string> {
  if (!(await rootedIn())) return 'skipped: no mounts of our own';
  const only = replay?.split(':')[1];
  const flow = flows.find((one) => one.name === 'import-results');
  if (!flow) return 'not tried';
  const folder = path.join(shop, 'stages', 'disk');
  const vendors = await prepareFlow(
    { ...flow, prepare: async (desk) => desk.write('leads.csv', await csvOf(flow, shop, slot)) },
    folder,
    slot.oracle,
  );
  const kinds: TinyDisk[] = [
    ...sizes.map((kib) => ({ kib, readOnly: false })),
    { kib: 20_000, readOnly: true },
  ];
  let tried = 0;
  for (const disk of kinds) {
    const id = `disk:${disk.readOnly ? 'read-only' : disk.kib}`;
    if (only !== undefined && id !== `disk:${only}`) continue;
    const complain = (kind: string, what: string): void => failures.add(kind, `${id}, ${what}`, id);
    const env = await slot.setUp({ folder, vendors });
    const out = path.join(shop, 'out');
    await rm(out, { recursive: true, force: true });
    await mkdir(out);
    const ends = await tinyDisk(disk, {
      folder: slot.folder,
      out,
      env,
      line: [process.execPath, ...program.args, ...argsOf(flow, slot.folder)],
    });
    tried += 1;
    for (const end of ends) judgeManners(end, complain);
    if (disk.readOnly) {
      if (ends[0]?.code !== 6) complain('exit', `a read-only ledger ended with ${ends[0]?.code}`);
      if (slot.oracle.asked.length > 0) complain('double', 'a run without a ledger asked for somebody');
      continue;
    }
    await cp(out, slot.folder, { recursive: true });
    await judgeEnd(flow, slot.folder, slot.oracle, { code: ends[1]?.code ?? null, renewed: false }, complain);
  }
  return `${tried} full or read-only`;
}

/** The input of a flow, made in a folder of its own. */
async function csvOf(flow: Flow, shop: string, slot: Slot): Promise<string> {
  const folder = path.join(shop, 'stages', 'input');
  await prepareFlow(flow, folder, slot.oracle);
  return readFile(path.join(folder, 'leads.csv'), 'utf8');
}
