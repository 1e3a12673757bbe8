import { sql } from 'kysely';
import { planChunk } from '../../core/ledger.js';
import type { LedgerRow, PlannedRow, PlanPolicy } from '../../core/ledger.js';
import { seal } from '../../core/number.js';
import { historyGate } from '../flavour.js';
import type { RowTable } from '../schema.js';
import type { Tx } from '../store.js';
import { storableText } from '../text.js';
import { listedAmong, peopleOf } from './gate.js';
import { judgePlanned, type ChunkFacts, type Judged, type RefHolder } from './judge.js';
import { addNumbers } from './numbers.js';
import { isLive, mustChange, reachesOf, type RunRecord } from './records.js';
import { mustUnsealed } from './runs.js';
import { holders } from './standing.js';

/** Judges the rows of one chunk and stores them, in the order given. */
export async function addRows(
  tx: Tx,
  id: string,
  rows: readonly PlannedRow[],
  policy: PlanPolicy,
): Promise<LedgerRow[]> {
  if (rows.length > planChunk) throw new Error(`A plan takes ${planChunk} rows at a time.`);
  const run = await mustUnsealed(tx, id);
  if (rows.length === 0) return [];
  await tx.flavour.pass(tx.db, historyGate(run.history));
  const texts = rows.map(storable);
  const facts = await gather(tx, run, texts, policy);
  const judged = texts.map((row) => judgePlanned(row, facts));
  await supersede(tx, run.no, judged);
  await insert(tx, run, judged);
  await addNumbers(
    tx,
    run,
    judged.map(({ row }) => row),
  );
  return judged.map(({ row }) => ({
    ...row,
    run: id,
    vendorId: null,
    detail: null,
    attempt: 0,
    updatedAt: tx.now,
  }));
}

/** The row with its texts as any database can hold them. */
function storable(row: PlannedRow): PlannedRow {
  const { key, phone, reason, ref } = row;
  return {
    ...row,
    key: key === null ? null : storableText(key),
    phone: phone === null ? null : storableText(phone),
    reason: reason === null ? null : storableText(reason),
    ref: storableText(ref),
  };
}

async function gather(
  tx: Tx,
  run: RunRecord,
  rows: readonly PlannedRow[],
  policy: PlanPolicy,
): Promise<ChunkFacts> {
  const ready = rows.filter((row) => row.state === 'ready');
  const keys = new Set(ready.flatMap(({ key }) => (key === null ? [] : [key])));
  const reaches = reachesOf(run);
  const subjects = ready.map(({ payload, ...row }) => ({ payload, people: peopleOf(reaches, row, []) }));
  return {
    no: run.no,
    run: run.id,
    reaches,
    now: tx.now,
    policy,
    listed: await listedAmong(tx, subjects),
    holders: await holders(tx.db, tx.flavour, run.history, keys),
    refs: await refHolders(tx, run.account, new Set(ready.map(({ ref }) => ref))),
  };
}

async function refHolders(
  tx: Tx,
  account: number,
  refs: ReadonlySet<string>,
): Promise<Map<string, RefHolder>> {
  const found = await tx.db
    .selectFrom(
      tx.flavour.table<{ ref: string }>(
        { ref: 'text' },
        [...refs].map((ref) => ({ ref })),
      ),
    )
    .innerJoin('rows', 'rows.ref', 't.ref')
    .innerJoin('runs', 'runs.no', 'rows.run')
    .where('rows.account', '=', account)
    .where(isLive)
    .select(['t.ref', 'runs.no', 'runs.id as run', 'rows.row'])
    .execute();
  return new Map(found.map(({ ref, ...holder }) => [ref, holder]));
}

interface Succession {
  readonly old_run: number;
  readonly old_row: number;
  readonly new_row: number;
}

/** The new row takes the place in the same commit: never two live contacts, and never none in between. */
async function supersede(tx: Tx, no: number, judged: readonly Judged[]): Promise<void> {
  const successions = judged.flatMap(({ row, superseded }) =>
    superseded.map((old): Succession => ({ old_run: old.no, old_row: old.row, new_row: row.row })),
  );
  if (successions.length === 0) return;
  const columns = { old_run: 'integer', old_row: 'integer', new_row: 'integer' } as const;
  const { numUpdatedRows } = await tx.db
    .updateTable('rows')
    .from(tx.flavour.table<Succession>(columns, successions))
    .set((eb) => ({ superseded_run: no, superseded_row: eb.ref('t.new_row') }))
    .whereRef('rows.run', '=', 't.old_run')
    .whereRef('rows.row', '=', 't.old_row')
    .where('rows.state', '=', 'delivered')
    .where('rows.superseded_run', 'is', null)
    .executeTakeFirst();
  mustChange('supersede', numUpdatedRows, successions.length);
}

type NewRow = Pick<
  RowTable,
  'row' | 'key' | 'slot' | 'state' | 'code' | 'reason' | 'phone' | 'ref' | 'payload' | 'bytes' | 'source'
>;

const newRow = {
  row: 'integer',
  key: 'text',
  slot: 'integer',
  state: 'text',
  code: 'text',
  reason: 'text',
  phone: 'text',
  ref: 'text',
  payload: 'text',
  bytes: 'integer',
  source: 'text',
} as const;

const names = Object.keys(newRow) as (keyof NewRow)[];

async function insert({ db, flavour, now }: Tx, run: RunRecord, judged: readonly Judged[]): Promise<void> {
  const records = judged.map(({ row, slot }): NewRow => {
    const { payload, source } = row;
    return {
      ...row,
      slot,
      payload: payload === null ? null : seal(payload),
      source: JSON.stringify(source),
    };
  });
  await db
    .insertInto('rows')
    .columns(['run', 'account', 'history', 'updated_at', 'attempt', ...names])
    .expression((eb) =>
      eb
        .selectFrom(flavour.table<NewRow>(newRow, records))
        .select([
          sql<number>`${run.no}`.as('run'),
          sql<number>`${run.account}`.as('account'),
          sql<number>`${run.history}`.as('history'),
          sql<number>`${now}`.as('updated_at'),
          sql<number>`0`.as('attempt'),
        ])
        .select(names.map((name) => `t.${name}` as const)),
    )
    .execute();
}
