import { usageError, type UserError } from '../../core/errors.js';
import type { LedgerRow, Resolution } from '../../core/ledger.js';
import type { RowState } from '../../core/row-state.js';
import type { Tx } from '../store.js';
import { note } from './events.js';
import { isLive, mustChange, mustRun, rowColumns, toRow, type RunRecord } from './records.js';
import { touch } from './runs.js';

/** From which states a person may bring a row where. */
const allowed: Record<Resolution, { readonly from: readonly RowState[]; readonly to: RowState }> = {
  delivered: { from: ['in-doubt'], to: 'delivered' },
  'not-sent': { from: ['in-doubt'], to: 'ready' },
  abandoned: { from: ['in-doubt', 'ready', 'held'], to: 'abandoned' },
};

/**
 * T9. A person's word, kept with the reason.
 * @throws UserError `row.unknown`, `row.not-resolvable` (exit 2)
 */
export async function resolve(
  tx: Tx,
  who: string,
  id: string,
  row: number,
  as: Resolution,
  reason: string,
): Promise<LedgerRow> {
  const run = await mustRun(tx.db, id);
  const before = await readRow(tx, run, row);
  if (!before) throw unknownRow(id, row);
  const { from, to } = allowed[as];
  if (run.sealed_at === null || !from.includes(before.state)) throw notResolvable(before, as);
  if (to === 'ready' && (await heldElsewhere(tx, run, row))) throw contactedElsewhere(before);
  const code = `operator.${as}`;
  const { numUpdatedRows } = await tx.db
    .updateTable('rows')
    .set({ state: to, code, reason, updated_at: tx.now })
    .where('run', '=', run.no)
    .where('row', '=', row)
    .where('state', '=', before.state)
    .executeTakeFirst();
  mustChange('resolve', numUpdatedRows, 1);
  const detail = JSON.stringify({ from: before.state, to });
  await note(tx, run.no, who, [{ row, kind: 'resolved', attempt: before.attempt, code, reason, detail }]);
  await touch(tx, run.no);
  return { ...before, state: to, code, reason, updatedAt: tx.now };
}

async function readRow({ db }: Tx, run: RunRecord, row: number): Promise<LedgerRow | null> {
  const found = await db
    .selectFrom('rows')
    .select(rowColumns)
    .where('rows.run', '=', run.no)
    .where('rows.row', '=', row)
    .executeTakeFirst();
  return found ? toRow(run.id, found) : null;
}

/** Whether another run has a live row of the same key: then this one must not be sent any more. */
async function heldElsewhere({ db }: Tx, run: RunRecord, row: number): Promise<boolean> {
  const found = await db
    .selectFrom('rows')
    .select('row')
    .where('key', '=', (eb) =>
      eb.selectFrom('rows as own').select('own.key').where('own.run', '=', run.no).where('own.row', '=', row),
    )
    .where('history', '=', run.history)
    .where(isLive)
    .where('run', '!=', run.no)
    .executeTakeFirst();
  return found !== undefined;
}

const unknownRow = (id: string, row: number): UserError =>
  usageError({
    code: 'row.unknown',
    message: `Run ${id} has no row ${row}.`,
    hint: `salesq runs rows ${id} lists its rows.`,
  });

const notResolvable = ({ run, row, state }: LedgerRow, as: Resolution): UserError =>
  usageError({
    code: 'row.not-resolvable',
    message: `Row ${row} of run ${run} is ${state}; it cannot be resolved as ${as}.`,
    hint: `salesq runs rows ${run} --state in-doubt lists the rows that wait for a decision.`,
  });

const contactedElsewhere = ({ run, row }: LedgerRow): UserError =>
  usageError({
    code: 'row.not-resolvable',
    message: `Row ${row} of run ${run} cannot become ready again: another run has the same person.`,
    hint: `salesq runs resolve ${run} --row ${row} --as abandoned --reason … closes it.`,
  });
