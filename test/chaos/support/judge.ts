import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { LedgerRow } from '../../../src/core/ledger.js';
import { type Flow, ledgerOf, marks } from './flow.js';
import { damage, look, type Seen } from './look.js';
import type { Oracle } from './oracle.js';

export type Complain = (kind: string, what: string) => void;

/** States that may be of a row whose request arrived. */
const mayHaveArrived = new Set([
  'sending',
  'in-doubt',
  'delivered',
  'already',
  'rejected',
  'withdrawn',
  'abandoned',
]);

/** The newest row of each mark. */
export function rowsByMark({ runs }: Seen): Map<string, LedgerRow> {
  const found = new Map<string, LedgerRow>();
  for (const { run, rows } of runs) {
    if (run.sealedAt === null) continue;
    for (const row of rows)
      for (const mark of JSON.stringify(row.source).match(marks) ?? [])
        if (!found.has(mark)) found.set(mark, row);
  }
  return found;
}

/** Rows that were said on stdout as settled, whole lines only. */
export function toldRows(stdout: string): { row: number; run: string; state: string }[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{"type":"row"'))
    .map((line) => JSON.parse(line) as { row: number; run: string; state: string });
}

/** Whether the end was told, whole. */
export const toldEnd = (stdout: string): boolean =>
  stdout
    .split('\n')
    .slice(0, -1)
    .some((line) => /^\{"(type":"summary|schema":"salesq\/(?!error))/.test(line));

/** What must hold at the moment the program died, before anything else touches its ledger. */
export async function judgeWreck(
  flow: Flow,
  folder: string,
  oracle: Oracle,
  stdout: string,
  complain: Complain,
): Promise<Seen> {
  const file = ledgerOf(folder);
  const seen = await look(file);
  const rows = rowsByMark(seen);
  for (const mark of oracle.marks(marks).keys()) {
    const state = rows.get(mark)?.state ?? 'no row';
    if (!mayHaveArrived.has(state))
      complain('forgotten', `a row whose request arrived is "${state}" after the kill`);
  }
  const all = new Map(
    seen.runs.flatMap((run) => run.rows.map((row) => [`${row.run} ${row.row}`, row] as const)),
  );
  for (const { run, row, state } of toldRows(stdout)) {
    const kept = all.get(`${run} ${row}`)?.state ?? 'no row';
    if (kept !== state) complain('untrue', `row ${row} was shown as "${state}" and is "${kept}"`);
  }
  const sending = seen.runs.flatMap((run) => run.rows).filter(({ state }) => state === 'sending').length;
  if (sending > flow.atRisk)
    complain('too-many', `${sending} rows are under way where ${flow.atRisk} may be`);
  judgeNumbers(flow, seen, oracle, toldEnd(stdout), complain);
  return seen;
}

function judgeNumbers(flow: Flow, seen: Seen, oracle: Oracle, told: boolean, complain: Complain): void {
  const tail = (phone: string): string => phone.slice(-7);
  for (const { what, text, status } of oracle.asked) {
    const number = [...(flow.listed ?? [])].find((phone) => text.includes(tail(phone)));
    if (what.endsWith('dncadd') && status === 200 && number !== undefined && !seen.blocked.includes(number))
      complain('forgotten', 'a number reached the list of the vendor before the list here');
  }
  if (told)
    for (const phone of flow.listed ?? [])
      if (!seen.blocked.includes(phone))
        complain('untrue', 'dnc add told its end, and a number is not on the list');
  const removed = oracle.asked.some(({ what }) => what.endsWith('dncdel'));
  for (const phone of flow.unlisted ?? [])
    if (flow.args[0] === 'mmdial' && !removed && !seen.blocked.includes(phone))
      complain('untrue', 'a number left the list here before the vendor was asked');
  for (const row of seen.runs.filter(({ run }) => run.reaches !== 'nobody').flatMap((run) => run.rows))
    if (row.state === 'ready' && row.phone !== null && seen.blocked.includes(row.phone))
      complain('untrue', 'a row of a blocked number is ready');
}

/** What must hold when the command was repeated and ended by itself. */
export async function judgeEnd(
  flow: Flow,
  folder: string,
  oracle: Oracle,
  options: { readonly code: number | null; readonly renewed: boolean },
  complain: Complain,
): Promise<{ inDoubt: number }> {
  const file = ledgerOf(folder);
  const seen = await look(file);
  const broken = await damage(file);
  if (broken) complain('corrupt', broken);
  const rows = rowsByMark(seen);
  const asked = oracle.marks(marks);
  const most = options.renewed ? 2 : 1;
  for (const times of asked.values())
    if (times > most) complain('double', `a person was asked for ${times} times`);
  if (oracle.twice() > 0 && !flow.renewed) complain('double', 'the vendor turned to a person twice');
  for (const mark of flow.due) judgeRow(rows.get(mark)?.state ?? 'no row', asked.get(mark) ?? 0, complain);
  for (const mark of asked.keys())
    if (!flow.due.includes(mark)) complain('double', 'a row was sent that was not to be sent');
  const newest = seen.runs[0];
  const inDoubt = seen.runs.flatMap((run) => run.rows).filter(({ state }) => state === 'in-doubt').length;
  if (inDoubt > flow.atRisk) complain('too-many', `${inDoubt} rows are in doubt where ${flow.atRisk} may be`);
  if (flow.due.length > 0) judgeSum(newest?.rows ?? [], flow.rows ?? flow.due.length, complain);
  for (const phone of flow.listed ?? [])
    if (!seen.blocked.includes(phone)) complain('lost', 'a number is not on the list in the end');
  for (const phone of flow.unlisted ?? [])
    if (seen.blocked.includes(phone) && inDoubt === 0) complain('lost', 'a number is on the list in the end');
  judgeExit(flow, options.code, inDoubt, complain);
  await judgeResults(flow, folder, newest?.rows ?? [], complain);
  return { inDoubt };
}

function judgeRow(state: string, asked: number, complain: Complain): void {
  const settled = state === 'delivered' || state === 'already' || state === 'in-doubt';
  if (!settled)
    return complain(
      asked > 0 ? 'forgotten' : 'lost',
      `a row is "${state}" in the end, asked for ${asked} times`,
    );
  if (asked === 0 && state !== 'in-doubt')
    complain('lost', `a row is "${state}" and its request never arrived`);
}

function judgeSum(rows: readonly LedgerRow[], expected: number, complain: Complain): void {
  const open = rows.filter(({ state }) => state === 'ready' || state === 'sending').length;
  if (open > 0) complain('lost', `${open} rows are still open in the end`);
  if (rows.length !== expected || rows.some(({ row }, at) => row !== at + 1))
    complain('lost', `the run has ${rows.length} rows, its input had ${expected}`);
}

function judgeExit(flow: Flow, code: number | null, inDoubt: number, complain: Complain): void {
  const fine = [0, 3, 7, ...(flow.mayExit ?? [])];
  if (code === null || !fine.includes(code))
    return complain('exit', `the repeated command ended with ${code}`);
  if (inDoubt > 0 && code === 0 && flow.due.length > 0)
    complain('exit', `${inDoubt} rows are in doubt and the exit is 0`);
}

/** A results file that is there holds every row once. */
async function judgeResults(
  flow: Flow,
  folder: string,
  rows: readonly LedgerRow[],
  complain: Complain,
): Promise<void> {
  if (!flow.args.includes('--results')) return;
  const text = await readFile(path.join(folder, 'results.csv'), 'utf8').catch(() => '');
  const lines = text.trim().split('\n').length - 1;
  if (lines !== rows.length) complain('lost', `the results file has ${lines} of ${rows.length} rows`);
}
