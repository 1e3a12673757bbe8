import type { Json } from '../../core/json.js';
import type { LedgerRow, RowFilter } from '../../core/ledger.js';
import type { RowState } from '../../core/life.js';
import type { Db, Store, Tx } from '../store.js';
import { addRecordNumbers } from './numbers.js';
import { mustRun, rowColumns, toRow, type RowRecord } from './records.js';

/** Rows read at a time: enough to be fast, few enough to be nothing in memory. */
const page = 500;

/** In row order. Between pages nothing is held: who reads slowly keeps nobody from writing. */
export async function* rowsOf(store: Store, id: string, filter: RowFilter = {}): AsyncIterable<LedgerRow> {
  const { no } = await store.read((db) => mustRun(db, id));
  for (let after = -1; ;) {
    const records = await pageAfter(store, no, after, filter);
    for (const record of records) yield toRow(id, record);
    if (records.length < page) return;
    after = records[records.length - 1]?.row ?? after;
  }
}

function pageAfter(store: Store, no: number, after: number, filter: RowFilter): Promise<RowRecord[]> {
  const { states, row } = filter;
  return store.read((db) => {
    let query = db.selectFrom('rows').select(rowColumns).where('rows.run', '=', no);
    if (row !== undefined) query = query.where('rows.row', '=', row).where('rows.row', '>', after);
    if (states && row !== undefined) query = query.where('rows.state', 'in', states);
    else if (states) query = query.where('rows.row', 'in', nextOf(db, no, after, states));
    else query = query.where('rows.row', '>', after);
    return query.orderBy('rows.row').limit(page).execute();
  });
}

/** The next rows of each state, found in the index: a few rows in doubt among a million delivered cost nothing. */
function nextOf(db: Db, no: number, after: number, states: readonly RowState[]) {
  const [first, ...others] = [...new Set(states)].map((state) => {
    const next = db
      .selectFrom('rows as n')
      .select('n.row')
      .where('n.run', '=', no)
      .where('n.state', '=', state)
      .where('n.row', '>', after)
      .orderBy('n.row')
      .limit(page);
    return db.selectFrom(next.as('s')).select('s.row');
  });
  if (!first) return db.selectFrom('rows as n').select('n.row').where('n.run', 'is', null);
  return others.reduce((all, one) => all.unionAll(one), first);
}

/**
 * Adds a copy; an earlier one of the same row is kept too, it may be the better one. The phones the record shows are the
 * row's from here on, so that the do-not-call list applies to them.
 */
export async function keep(
  tx: Tx,
  id: string,
  row: number,
  record: Json,
  phones: readonly string[],
): Promise<void> {
  const { db, now } = tx;
  const run = await mustRun(db, id);
  const ofRow = { run: run.no, row };
  const last = await db
    .selectFrom('keepsakes')
    .select(({ fn }) => fn.max('seq').as('seq'))
    .where((eb) => eb.and(ofRow))
    .executeTakeFirst();
  await db
    .insertInto('keepsakes')
    .values({ ...ofRow, seq: (last?.seq ?? 0) + 1, at: now, record: JSON.stringify(record) })
    .execute();
  const [first] = phones;
  if (first === undefined) return;
  const { numUpdatedRows } = await db
    .updateTable('rows')
    .set({ phone: first })
    .where((eb) => eb.and(ofRow))
    .where('phone', 'is', null)
    .executeTakeFirst();
  await addRecordNumbers(tx, run, row, phones, numUpdatedRows === 1n ? first : null);
}

export async function* kept(store: Store, id: string): AsyncIterable<{ row: number; record: Json }> {
  const { no } = await store.read((db) => mustRun(db, id));
  for (let at = { row: -1, seq: 0 }; ;) {
    const { row, seq } = at;
    const found = await store.read((db) =>
      db
        .selectFrom('keepsakes')
        .select(['row', 'seq', 'record'])
        .where('run', '=', no)
        .where((eb) => eb.or([eb('row', '>', row), eb.and([eb('row', '=', row), eb('seq', '>', seq)])]))
        .orderBy('row')
        .orderBy('seq')
        .limit(page)
        .execute(),
    );
    for (const one of found) yield { row: one.row, record: JSON.parse(one.record) as Json };
    const last = found[page - 1];
    if (last === undefined) return;
    at = last;
  }
}
