import { setTimeout as delay } from 'node:timers/promises';
import type { LedgerRow } from '../../../src/core/ledger.js';
import type { Random } from '../../../src/core/twin.js';
import { fictitious } from '../../support/leads.js';
import { realProgram } from './fast.js';
import { envOf, flowDesk, markOf, marks } from './flow.js';
import { rowsByMark } from './judge.js';
import { damage, isAddress, look } from './look.js';
import type { Oracle } from './oracle.js';
import type { Scale } from './part.js';
import { start, type Ended, type Started } from './start.js';

export type Complain = (kind: string, what: string) => void;

export interface Bench {
  readonly folder: string;
  /** A file's path or an address. */
  readonly ledger: string;
  readonly oracle: Oracle;
  readonly random: Random;
  readonly complain: Complain;
  /** What came of it, for the figures. */
  readonly note: (figure: string, by?: number) => void;
}

export interface Scene {
  readonly name: string;
  readonly times: Readonly<Record<Scale, number>>;
  /** The same on PostgreSQL; absent where the engine makes no difference. */
  readonly shared?: Readonly<Record<Scale, number>>;
  play(bench: Bench): Promise<void>;
}

const flags = ['--rate', '1000/s', '--concurrency', '1', '--batch-size', '1', '-o', 'ndjson'];
const push = ['sales-q', 'import', 'leads.csv', ...flags];

async function leads({ folder, oracle }: Bench, count: number): Promise<void> {
  const people = Array.from({ length: count }, (_, at) => `${fictitious(at)};Eva;${markOf(at)}`);
  await flowDesk(folder, oracle).write('leads.csv', ['Telefon;Vorname;Nachname', ...people, ''].join('\n'));
}

const begin = ({ folder, ledger, oracle }: Bench, args: readonly string[]): Started =>
  start(
    process.execPath,
    [...realProgram().args, ...args, '--ledger', ledger],
    { cwd: folder, env: envOf(folder, oracle) },
    120_000,
  );

/** Resolves when so many more requests arrived, or the process ended. */
async function arrivals({ oracle }: Bench, process: Started, more: number): Promise<boolean> {
  const wanted = oracle.asked.length + more;
  let over = false;
  void process.ended.then(() => (over = true));
  while (oracle.asked.length < wanted && !over) await delay(2);
  return !over;
}

/** What must hold when everybody is done: nobody twice, every row accounted for. */
async function settleUp(bench: Bench, count: number, mayDoubt: number): Promise<readonly LedgerRow[]> {
  const { ledger, oracle, complain, note } = bench;
  await oracle.quiet();
  const seen = await look(ledger);
  const rows = rowsByMark(seen);
  const asked = oracle.marks(marks);
  for (const times of asked.values())
    if (times > 1) complain('double', `a person was asked for ${times} times`);
  const newest = seen.runs.filter(({ run }) => run.sealedAt !== null);
  if (newest.length !== 1) complain('lost', `${newest.length} runs were planned for one file`);
  if (rows.size !== count) complain('lost', `${rows.size} of ${count} rows are accounted for`);
  let doubts = 0;
  for (const [mark, { state }] of rows) {
    const arrived = asked.has(mark);
    if (state === 'in-doubt') doubts += 1;
    else if (state !== 'delivered')
      complain(arrived ? 'forgotten' : 'lost', `a row is "${state}" in the end`);
    else if (!arrived) complain('lost', 'a row is delivered and its request never arrived');
  }
  if (doubts > mayDoubt) complain('too-many', `${doubts} rows are in doubt where ${mayDoubt} may be`);
  const broken = isAddress(ledger) ? await distrust(bench) : await damage(ledger);
  if (broken) complain('corrupt', broken);
  note('rows in doubt', doubts);
  return [...rows.values()];
}

/** What the program's own check finds wrong; empty where nothing is. */
async function distrust(bench: Bench): Promise<string> {
  const { code, stdout } = await begin(bench, ['ledger', 'check']).ended;
  return code === 0 ? '' : `ledger check ended with ${code}: ${stdout.slice(0, 300)}`;
}

/** Words of the line that goes on, as the program must have left them at its end. */
const goesOn = ({ stdout, stderr }: Ended): boolean => {
  const lines = `${stdout}\n${stderr}`.trim().split('\n');
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return (
    /salesq (runs resume|sales-q import)/.test(last) ||
    lines.some((line) => /"next":\["salesq runs resume/.test(line))
  );
};

const killed: Scene = {
  name: 'kills',
  times: { reduced: 0, ci: 1, full: 6 },
  shared: { reduced: 0, ci: 1, full: 6 },
  play: (bench) => killing(bench, 200, 40),
};

/** So many kill -9 at random moments during an import, gone on with each time. */
async function killing(bench: Bench, count: number, kills: number): Promise<void> {
  const { random, oracle, complain, note } = bench;
  await leads(bench, count);
  oracle.before = async () => {
    await delay(random.between(1, 12));
    return true;
  };
  const most = Math.max(1, Math.floor(count / kills));
  for (let at = 0; at < kills; at += 1) {
    const again =
      at > 0 &&
      random.next() < 0.5 &&
      (await look(bench.ledger)).runs.some(({ run }) => run.sealedAt !== null);
    const process = begin(bench, again ? ['runs', 'resume', 'last', ...flags] : push);
    // A few die while they start or plan, the others among their first requests.
    if (random.next() < 0.15) await delay(random.between(50, 900));
    else if (await arrivals(bench, process, random.between(1, most))) await delay(random.between(0, 15));
    process.kill('SIGKILL');
    const { signal, code } = await process.ended;
    if (signal === 'SIGKILL') note('kill -9');
    else complain('tame', `the run had ended by itself (${code}) before kill ${at + 1}`);
  }
  const end = await begin(bench, push).ended;
  if (end.code !== 0 && end.code !== 7) complain('exit', `the last one ended with ${end.code}`);
  await settleUp(bench, count, kills);
}

const fewKilled: Scene = {
  name: 'few-kills',
  times: { reduced: 1, ci: 0, full: 0 },
  play: (bench) => killing(bench, 18, 6),
};

const interrupted: Scene = {
  name: 'signals',
  times: { reduced: 0, ci: 12, full: 60 },
  shared: { reduced: 0, ci: 3, full: 20 },
  async play(bench) {
    const { random, oracle, complain, note } = bench;
    const count = 12;
    await leads(bench, count);
    oracle.before = async () => {
      await delay(random.between(5, 40));
      return true;
    };
    const signal = random.pick(['SIGINT', 'SIGTERM', 'SIGHUP'] as const);
    const process = begin(bench, push);
    await arrivals(bench, process, random.between(1, count - 2));
    process.kill(signal);
    const end = await process.ended;
    note(signal);
    const wanted = signal === 'SIGINT' ? 130 : 143;
    if (end.code !== wanted && end.code !== 0)
      complain('exit', `${signal} ended with ${end.code ?? end.signal}, not ${wanted}`);
    if (end.code === wanted && !goesOn(end))
      complain('mute', 'the last line is not the command that goes on');
    const doubts = (await look(bench.ledger)).runs
      .flatMap(({ rows }) => rows)
      .filter(({ state }) => state === 'in-doubt' || state === 'sending');
    if (doubts.length > 0)
      complain('untidy', `${doubts.length} rows under way were not settled after ${signal}`);
    const again = await begin(bench, ['runs', 'resume', 'last', ...flags]).ended;
    if (again.code !== 0) complain('exit', `going on ended with ${again.code}`);
    await settleUp(bench, count, 0);
  },
};

const twice: Scene = {
  name: 'second-signal',
  times: { reduced: 0, ci: 3, full: 12 },
  async play(bench) {
    const { oracle, complain, note, random } = bench;
    await leads(bench, 4);
    // The vendor took the request and does not answer.
    oracle.before = async () => {
      await delay(30_000, undefined, { ref: false });
      return false;
    };
    const process = begin(bench, push);
    await arrivals(bench, process, 1);
    process.kill('SIGINT');
    await delay(random.between(100, 400));
    const since = Date.now();
    process.kill('SIGINT');
    const end = await process.ended;
    note('second signal');
    if (Date.now() - since > 5_000) complain('slow', `the second signal took ${Date.now() - since} ms`);
    if (end.code !== 7 && end.code !== 130)
      complain('exit', `a second signal ended with ${end.code ?? end.signal}`);
    oracle.before = null;
    const again = await begin(bench, push).ended;
    if (again.code !== 7) complain('exit', `going on with a row in doubt ended with ${again.code}`);
    await settleUp(bench, 4, 1);
  },
};

const frozen: Scene = {
  name: 'frozen',
  times: { reduced: 0, ci: 2, full: 8 },
  async play(bench) {
    const { oracle, complain, note, random } = bench;
    const count = 12;
    await leads(bench, count);
    oracle.before = async () => {
      await delay(20);
      return true;
    };
    const process = begin(bench, push);
    await arrivals(bench, process, random.between(1, 6));
    await delay(random.between(0, 30));
    process.kill('SIGSTOP');
    // Longer than a claim stays young: what was claimed before must not leave after.
    await delay(2_000);
    const other = await begin(bench, push).ended;
    if (other.code !== 11) complain('exit', `a second run beside a stopped one ended with ${other.code}`);
    await delay(5_000);
    process.kill('SIGCONT');
    const end = await process.ended;
    note('stopped and continued');
    if (end.code !== 0 && end.code !== 8)
      complain('exit', `after SIGCONT it ended with ${end.code ?? end.signal}`);
    const again = await begin(bench, push).ended;
    if (again.code !== 0) complain('exit', `going on ended with ${again.code}`);
    await settleUp(bench, count, 0);
  },
};

const crowd: Scene = {
  name: 'crowd',
  times: { reduced: 0, ci: 4, full: 20 },
  shared: { reduced: 0, ci: 4, full: 20 },
  async play(bench) {
    const { oracle, complain, note, random } = bench;
    const count = 10;
    await leads(bench, count);
    oracle.before = async () => {
      await delay(random.between(5, 60));
      return true;
    };
    const many = random.between(2, 8);
    const waits = random.next() < 0.5;
    const processes: Started[] = [];
    for (let at = 0; at < many; at += 1) {
      processes.push(begin(bench, waits && at % 2 === 1 ? [...push, '--wait-lock', '90s'] : push));
      // Sometimes all at once, sometimes as a clock would start them.
      if (random.next() < 0.5) await delay(random.between(20, 300));
    }
    const ends = await Promise.all(processes.map(({ ended }) => ended));
    note('processes at once', many);
    const codes = ends.map(({ code }) => code);
    if (codes.some((code) => code !== 0 && code !== 11))
      complain('exit', `${many} at once ended with ${codes.join(', ')}`);
    if (!codes.includes(0)) complain('exit', 'nobody got the lock');
    codes.forEach((code, at) => {
      if (code === 11 && waits && at % 2 === 1) complain('exit', '--wait-lock did not wait');
    });
    note('refused with 11', codes.filter((code) => code === 11).length);
    await settleUp(bench, count, 0);
  },
};

const workers: Scene = {
  name: 'workers',
  times: { reduced: 0, ci: 2, full: 10 },
  shared: { reduced: 0, ci: 2, full: 10 },
  async play(bench) {
    const { oracle, complain, note, random } = bench;
    const count = 30;
    await leads(bench, count);
    const planned = await begin(bench, [...push, '--limit', '1']).ended;
    if (planned.code !== 8) complain('exit', `--limit 1 ended with ${planned.code}`);
    oracle.before = async () => {
      await delay(random.between(20, 80));
      return true;
    };
    const work = ['runs', 'work', 'last', ...flags];
    const all = [begin(bench, work), begin(bench, work), begin(bench, work)];
    await arrivals(bench, all[0] as Started, random.between(2, 8));
    all[0]?.kill('SIGKILL');
    note('workers killed');
    all.push(begin(bench, work));
    const ends = await Promise.all(all.slice(1).map(({ ended }) => ended));
    const codes = ends.map(({ code }) => code);
    if (codes.some((code) => code !== 0 && code !== 7))
      complain('exit', `workers ended with ${codes.join(', ')}`);
    const last = await begin(bench, ['runs', 'resume', 'last', ...flags]).ended;
    if (last.code !== 0 && last.code !== 7)
      complain('exit', `the last one ended with ${last.code}: ${last.stderr}`);
    await settleUp(bench, count, 1);
  },
};

export const scenes: readonly Scene[] = [killed, fewKilled, interrupted, twice, frozen, crowd, workers];
