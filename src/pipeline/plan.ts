import type { Ledger, LedgerRow, PlannedRow, PlanPolicy } from '../core/ledger.js';
import { planChunk } from '../core/limits.js';
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
    /** Only who reaches a person heeds the do-not-call list. */
    readonly reachesPerson: boolean;
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
  return rows.map((row) => {
    const known = row.state === 'ready' && row.key !== null ? standing.get(row.key) : undefined;
    return known && (known.state !== 'blocked' || history.reachesPerson) ? { ...row, ...known } : row;
  });
}
