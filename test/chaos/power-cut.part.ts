import { copyFile, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Random, seeded } from '../../src/core/twin.js';
import { fictitious } from '../support/leads.js';
import { cuts, Disk, layDown, type Cut } from './support/disk.js';
import { fastProgram } from './support/fast.js';
import { envOf, flowDesk, markOf, marks } from './support/flow.js';
import { rowsByMark, toldRows } from './support/judge.js';
import { damage, look } from './support/look.js';
import { Oracle } from './support/oracle.js';
import type { PartReport, PartRequest } from './support/part.js';
import { readRecording, recorded, type Happening } from './support/recording.js';
import { start } from './support/start.js';
import { haveStrace, straceArgs } from './support/strace.js';
import { collectGarbage, Failures, spread, workshop } from './support/tools.js';

/** One run is recorded down to the sector; then the power fails wherever it can, and what a disk would have is opened. */
export const name = 'power-cut';

const rows = 24;
const cutsIn = { reduced: 60, ci: 1_200, full: 12_000 } as const;

/** States of a row that nobody would send again. */
const kept = new Set(['sending', 'in-doubt', 'delivered', 'already', 'rejected']);

interface Case {
  /** So many happenings are over when the power fails. */
  readonly after: number;
  readonly cut: Cut;
  /** Tells cases of the same place apart. */
  readonly luck: number;
}

const idOf = ({ after, cut, luck }: Case): string => `${cut}:${after}:${luck}`;

export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  if (!(await haveStrace())) return { name, figures: { skipped: 'strace not found' }, failures: [] };
  const shop = await workshop('power-cut');
  const [place, recording] = replay?.split('@') ?? [];
  try {
    const trace = recording ?? path.join(shop.path, 'trace');
    if (recording === undefined) await record(shop.path, trace, seed);
    const happened = await readRecording(trace);
    checkRecording(happened);
    const cases = casesOf(happened, seed, budget.points ?? cutsIn[budget.scale], place ?? null);
    log(`${happened.length} happenings, ${cases.length} cuts`);
    const report = await tryAll(cases, happened, { folder: shop.path, log });
    return report.failures.length === 0 ? report : await withRecording(report, trace, seed);
  } finally {
    await shop.close();
  }
}

/** No two runs make quite the same calls: a failure names the recording it was seen in. */
async function withRecording(report: PartReport, trace: string, seed: number): Promise<PartReport> {
  const kept = path.join(tmpdir(), `salesq-power-cut-${seed}.trace`);
  if (trace !== kept) await copyFile(trace, kept);
  return {
    ...report,
    failures: report.failures.map(({ what, replay }) => ({ what, replay: `${replay}@${kept}` })),
  };
}

/** Runs the program once under strace. One seed in two has two requests under way at once. */
async function record(shop: string, trace: string, seed: number): Promise<void> {
  const oracle = await Oracle.start();
  const folder = path.join(shop, 'desk');
  try {
    await mkdir(folder, { recursive: true });
    const people = Array.from({ length: rows }, (_, at) => `${fictitious(at)};Eva;${markOf(at)}`);
    await flowDesk(folder, oracle).write('leads.csv', ['Telefon;Vorname;Nachname', ...people, ''].join('\n'));
    const program = await fastProgram(path.join(shop, 'program'));
    const flags = [
      '--rate',
      '1000/s',
      '--concurrency',
      String(1 + (seed % 2)),
      '--batch-size',
      '1',
      '-o',
      'ndjson',
    ];
    const args = straceArgs({ log: trace, calls: recorded, bytes: 200_000, hex: true });
    const ended = await start(
      'strace',
      [...args, process.execPath, ...program.args, 'sales-q', 'import', 'leads.csv', ...flags],
      { cwd: folder, env: envOf(folder, oracle) },
    ).ended;
    if (ended.code !== 0) throw new Error(`the recorded run ended with ${ended.code}: ${ended.stderr}`);
  } finally {
    await oracle.close();
  }
}

/** A recording that misses something would prove nothing. */
function checkRecording(happened: readonly Happening[]): void {
  const sent = new Set(happened.flatMap((one) => (one.kind === 'sent' ? (one.text.match(marks) ?? []) : [])));
  const syncs = happened.filter((one) => one.kind === 'disk' && one.event.kind === 'sync').length;
  const said = toldRows(happened.flatMap((one) => (one.kind === 'said' ? [one.text] : [])).join(''));
  if (sent.size !== rows || said.length !== rows)
    throw new Error(
      `the recording has ${sent.size} requests and ${said.length} told rows of ${rows}, ${syncs} syncs`,
    );
}

/** Places spread over the recording, each kind of cut in turn; the moments right after a request left are all in. */
function casesOf(happened: readonly Happening[], seed: number, most: number, replay: string | null): Case[] {
  if (replay !== null) {
    const [cut, after, luck] = replay.split(':');
    return [{ cut: cut as Cut, after: Number(after), luck: Number(luck) }];
  }
  const sends = happened.flatMap((one, at) => (one.kind === 'disk' ? [] : [at + 1]));
  const places = Array.from({ length: happened.length + 1 }, (_, at) => at);
  const pressing = sends.flatMap((after) => cuts.map((cut): Case => ({ after, cut, luck: seed })));
  const rest = Math.max(0, most - pressing.length);
  const rounds = Math.ceil(rest / (places.length * cuts.length));
  const all = Array.from({ length: rounds }, (_, round) =>
    places.flatMap((after) => cuts.map((cut): Case => ({ after, cut, luck: seed * 1000 + round }))),
  ).flat();
  return [...spread(pressing, most, seed), ...spread(all, rest, seed)].sort((a, b) => a.after - b.after);
}

interface Bench {
  readonly folder: string;
  readonly log: (line: string) => void;
}

/** The cases in the order of their places, so that the disk is played forward once. */
async function tryAll(
  cases: readonly Case[],
  happened: readonly Happening[],
  bench: Bench,
): Promise<PartReport> {
  const failures = new Failures();
  const disk = new Disk();
  const tally = { sent: 0, checked: 0, unplanned: 0 };
  let at = 0;
  const sent = new Set<string>();
  let said = '';
  for (const [index, one] of cases.entries()) {
    for (; at < one.after; at += 1) {
      const happening = happened[at];
      if (happening?.kind === 'disk') disk.apply(happening.event);
      if (happening?.kind === 'sent') for (const mark of happening.text.match(marks) ?? []) sent.add(mark);
      if (happening?.kind === 'said') said += happening.text;
    }
    const random = seeded('power-cut', one.luck, one.after, one.cut);
    await tryCut(
      one,
      { disk, random, sent, said, folder: path.join(bench.folder, `after-${index}`) },
      failures,
    );
    tally.sent += sent.size;
    if (sent.size === 0) tally.unplanned += 1;
    if (index % 50 === 49) await collectGarbage();
    if (index % 400 === 399) bench.log(`${index + 1} of ${cases.length}`);
  }
  const figures = {
    happenings: happened.length,
    cuts: cases.length,
    'before the first request': tally.unplanned,
    'requests under way or over': tally.sent,
    forgotten: failures.count('forgotten'),
    untrue: failures.count('untrue'),
    corrupt: failures.count('corrupt'),
  };
  return { name, figures, failures: failures.list };
}

interface Moment {
  readonly disk: Disk;
  readonly random: Random;
  readonly sent: ReadonlySet<string>;
  readonly said: string;
  readonly folder: string;
}

async function tryCut(
  one: Case,
  { disk, random, sent, said, folder }: Moment,
  failures: Failures,
): Promise<void> {
  const complain = (kind: string, what: string): void => failures.add(kind, what, idOf(one));
  const file = path.join(folder, 'sandbox.db');
  await layDown(folder, disk.after(one.cut, random));
  try {
    const seen = await look(file);
    const found = rowsByMark(seen);
    for (const mark of sent) {
      const state = found.get(mark)?.state ?? 'no row';
      if (!kept.has(state))
        complain('forgotten', `a row whose request had begun to leave is "${state}" when the power is back`);
    }
    const all = new Map(seen.runs.flatMap((each) => each.rows.map((row) => [row.row, row.state] as const)));
    for (const { row, state } of toldRows(said))
      if (all.get(row) !== state)
        complain(
          'untrue',
          `a row shown as "${state}" is "${all.get(row) ?? 'no row'}" when the power is back`,
        );
    const broken = seen.runs.length > 0 || sent.size > 0 ? await damage(file) : '';
    if (broken) complain('corrupt', broken);
  } catch (error) {
    complain(
      'corrupt',
      `the ledger does not open: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  await rm(folder, { recursive: true, force: true });
}
