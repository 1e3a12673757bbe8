import { judge, type Reaches } from '../core/gate.js';
import type { Ledger, LedgerRow, PlannedRow, PlanPolicy } from '../core/ledger.js';
import { planChunk } from '../core/limits.js';
import { keyOf, numbersIn, subjectOf, textOfKey, type PhoneKey } from '../core/number.js';
import type { InputRow } from '../core/row.js';
import type { RowPlanner } from './plan-row.js';
import { planRow } from './plan-row.js';

/** Where a plan is written, and what else it looks at. */
export interface PlanTarget {
  readonly ledger: Ledger;
  readonly run: string;
  readonly policy: PlanPolicy;
  /** A dry run writes to a throwaway ledger and asks the real one who was contacted before. */
  readonly history: {
    readonly ledger: Ledger;
    readonly account: string;
    readonly scope: string;
    readonly reaches: Reaches;
  } | null;
  /** Aborting leaves an unsealed plan, of which nothing is ever sent. */
  readonly signal: AbortSignal;
  onRows(rows: readonly LedgerRow[]): void | Promise<void>;
}

/**
 * T0: reads every row, checks it and writes it down, a thousand at a time; memory does not grow with the input.
 * Throws what the reader throws; the plan is then unsealed. Resolves false if the signal ended it early.
 */
export async function writePlan(
  planner: RowPlanner,
  rows: AsyncIterable<InputRow>,
  target: PlanTarget,
): Promise<boolean> {
  let chunk: PlannedRow[] = [];
  for await (const row of rows) {
    if (target.signal.aborted) return false;
    chunk.push(planRow(planner, row));
    if (chunk.length < planChunk) continue;
    await writeChunk(chunk, target);
    chunk = [];
  }
  if (chunk.length > 0) await writeChunk(chunk, target);
  return !target.signal.aborted;
}

async function writeChunk(chunk: readonly PlannedRow[], target: PlanTarget): Promise<void> {
  const rows = target.history ? await withHistory(chunk, target.history, target.policy) : chunk;
  await target.onRows(await target.ledger.addRows(target.run, rows, target.policy));
}

/** The rows as they would stand beside what the real ledger knows. */
async function withHistory(
  rows: readonly PlannedRow[],
  history: NonNullable<PlanTarget['history']>,
  policy: PlanPolicy,
): Promise<PlannedRow[]> {
  const keys = rows.flatMap((row) => (row.state === 'ready' && row.key !== null ? [row.key] : []));
  const standing = await history.ledger.standing(history.account, history.scope, keys, policy);
  const listed = await listedOf(rows, history.ledger);
  return rows.map((row) => {
    if (row.state !== 'ready' || row.payload === null) return row;
    const people = row.phone === null ? [] : [keyOf(row.phone)];
    const subject = subjectOf({ row: row.row, reaches: history.reaches, people, payload: row.payload });
    const known = row.key === null ? undefined : standing.get(row.key);
    const earlier = known?.state === 'duplicate' ? known : null;
    return { ...row, ...(judge(subject, { listed, earlier: null }, 'plan') ?? earlier) };
  });
}

/** Which numbers of the rows the ledger's do-not-call list has. */
async function listedOf(rows: readonly PlannedRow[], ledger: Ledger): Promise<Set<PhoneKey>> {
  const phones = new Set(
    rows.flatMap(({ phone, payload }) => [
      ...(phone === null ? [] : [phone]),
      ...numbersIn(payload).map(({ key }) => textOfKey(key)),
    ]),
  );
  const listed = new Set<PhoneKey>();
  for await (const entry of ledger.blocked([...phones])) listed.add(keyOf(entry.phone));
  return listed;
}
