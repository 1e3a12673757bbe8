import { usageError, type UserError } from '../../core/errors.js';
import type { Ruling } from '../../core/gate.js';
import { moves, type From, type Step, type To } from '../../core/life.js';
import type { LedgerRow, Resolution } from '../../core/ledger.js';
import { move, type Moved } from '../move.js';
import type { Tx } from '../store.js';
import { isLive, isReady, mustRun, noteEvents, rowColumns, toRow, type RunRecord } from './records.js';
import { rulingsOn, type Dialled } from './gate.js';
import { dialled } from './numbers.js';
import { touch } from './runs.js';
import { writeJson } from '../../core/json.js';

const stateOf = { delivered: 'delivered', 'not-sent': 'ready', abandoned: 'abandoned' } as const;

/**
 * Settles a row by a person's word, kept with the reason.
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
  const record = await readRow(tx, run, row);
  if (!record) throw unknownRow(id, row);
  const before = toRow(id, record);
  const wanted = stateOf[as];
  const { state: from, attempt } = before;
  const steps: readonly Step[] = moves.resolve.steps;
  if (run.sealed_at === null || !steps.some(([a, b]) => a === from && b === wanted))
    throw notResolvable(before, as);
  if (wanted === 'ready' && (await heldElsewhere(tx, run, row))) throw contactedElsewhere(before);
  const said = { code: `operator.${as}`, reason };
  const now = { state: wanted, ...said, ...(wanted === 'ready' && (await stopOf(tx, run, record))) };
  await move(tx, 'resolve', [movedTo(run, before, now)]);
  const detail = writeJson({ from, to: now.state });
  await noteEvents(tx, run.no, who, [{ row, kind: 'resolved', attempt, ...said, detail }]);
  await touch(tx, run.no);
  return { ...before, ...now, updatedAt: tx.now };
}

/** A person's word does not overrule the gate: a row that would be ready again is judged as any other. */
const stopOf = async (tx: Tx, run: RunRecord, record: Dialled): Promise<Ruling | undefined> =>
  (await rulingsOn(tx, run, [record], 'release')).get(record.row);

const movedTo = (
  { no }: RunRecord,
  { row, attempt, state }: LedgerRow,
  now: { readonly state: To<'resolve'>; readonly code: string; readonly reason: string },
): Moved<'resolve'> => ({
  run: no,
  row,
  attempt,
  from: state as From<'resolve'>,
  to: now.state,
  code: now.code,
  reason: now.reason,
});

async function readRow({ db }: Tx, run: RunRecord, row: number): Promise<Dialled | undefined> {
  return db
    .selectFrom('rows')
    .select(rowColumns)
    .select(dialled.as('dialled'))
    .where('rows.run', '=', run.no)
    .where('rows.row', '=', row)
    .executeTakeFirst();
}

/** Rows given up by one statement. */
const chunk = 1_000;

/** Gives up every row of the run that is still ready, by a person's word. Returns how many there were. */
export async function abandon(tx: Tx, who: string, id: string, reason: string): Promise<number> {
  const run = await mustRun(tx.db, id);
  if (run.sealed_at === null) throw new Error(`The plan of run ${id} is not sealed.`);
  const said = { code: 'operator.abandoned', reason };
  const detail = writeJson({ from: 'ready', to: 'abandoned' });
  for (let sum = 0; ;) {
    const found = await tx.db
      .selectFrom('rows')
      .select(['rows.run', 'rows.row', 'rows.attempt'])
      .where('rows.run', '=', run.no)
      .where(isReady)
      .orderBy('rows.row')
      .limit(chunk)
      .execute();
    const moved = found.map((row): Moved<'abandon'> => ({ ...row, from: 'ready', to: 'abandoned', ...said }));
    await move(tx, 'abandon', moved);
    const events = found.map(({ row, attempt }) => ({ row, attempt, kind: 'resolved', ...said, detail }));
    await noteEvents(tx, run.no, who, events);
    sum += found.length;
    if (found.length < chunk) {
      if (sum > 0) await touch(tx, run.no);
      return sum;
    }
  }
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
    hint: `\`salesq runs rows ${id}\` lists its rows.`,
  });

const notResolvable = ({ run, row, state }: LedgerRow, as: Resolution): UserError =>
  usageError({
    code: 'row.not-resolvable',
    message: `Row ${row} of run ${run} is ${state}; it cannot be resolved as ${as}.`,
    hint: `\`salesq runs rows ${run} --state in-doubt\` lists the rows that wait for a decision.`,
  });

const contactedElsewhere = ({ run, row }: LedgerRow): UserError =>
  usageError({
    code: 'row.not-resolvable',
    message: `Row ${row} of run ${run} cannot become ready again: another run has the same person.`,
    hint: `\`salesq runs resolve ${run} --row ${row} --as abandoned --reason "another run has this person"\` closes it.`,
  });
