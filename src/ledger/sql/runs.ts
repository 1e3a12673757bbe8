import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { type Json, readJson, writeJson } from '../../core/json.js';
import type { LedgerRow, Lock, RowFilter, Run, RunDraft } from '../../core/ledger.js';
import { noCounts, type RowState, type StateCounts } from '../../core/life.js';
import type { SourceFacts } from '../../core/row.js';
import { buildOnce, type Db, type Store, type Tx } from '../store.js';
import { lockLost, mustHold } from './locks.js';
import { addRecordNumbers } from './numbers.js';
import {
  isSending,
  mustRun,
  rowColumns,
  runOf,
  selectRuns,
  toRow,
  toRun,
  type RowRecord,
} from './records.js';

export async function runsOf(db: Db, account: string, operation: string, sha256: string): Promise<Run[]> {
  const found = await selectRuns(db)
    .where('runs.account', '=', Number(account))
    .where('runs.operation', '=', operation)
    .where('runs.sha256', '=', sha256)
    .where('runs.sealed_at', 'is not', null)
    .orderBy('runs.id', 'desc')
    .execute();
  return found.map(toRun);
}

export async function runById(db: Db, id: string): Promise<Run | null> {
  const [found] = (await runOf({ db }, { id })).rows;
  return found ? toRun(found) : null;
}

export async function latestRuns(db: Db, limit: number): Promise<Run[]> {
  return (await selectRuns(db).orderBy('runs.id', 'desc').limit(limit).execute()).map(toRun);
}

export async function runsByPrefix(db: Db, prefix: string): Promise<Run[]> {
  const start = prefix.toUpperCase();
  const found = await selectRuns(db)
    .where('runs.id', '>=', start)
    .where('runs.id', '<', `${start}~`)
    .orderBy('runs.id', 'desc')
    .execute();
  return found.map(toRun);
}

/** Begins a plan: stores a run without rows, after deleting an unsealed one of the same account and operation. */
export async function beginPlan(tx: Tx, draft: RunDraft, lock: Lock): Promise<string> {
  await mustHold(tx, lock);
  const { db, now } = tx;
  const account = Number(draft.account);
  const unsealed = await db
    .selectFrom('runs')
    .select('no')
    .where('account', '=', account)
    .where('operation', '=', draft.operation)
    .where('sealed_at', 'is', null)
    .execute();
  for (const { no } of unsealed) await deletePlan(tx, no);
  const id = newRunId(now, await latestId(db));
  const history = await historyOf(tx, account, draft.scope);
  const { profile, vendor, operation } = draft;
  await db
    .insertInto('runs')
    .values({
      id,
      account,
      history,
      profile,
      vendor,
      operation,
      created_at: now,
      updated_at: now,
      ...columnsOfDraft(draft),
    })
    .execute();
  return id;
}

const columnsOfDraft = (draft: RunDraft) => ({
  reaches: draft.reaches,
  reaches_person: draft.reaches === 'nobody' ? 0 : 1,
  source: writeJson(draft.source),
  sha256: draft.source.sha256,
  columns: writeJson(draft.columns),
  settings: writeJson(draft.settings),
  settings_hash: draft.settingsHash,
  sealed_at: null,
  reported_at: null,
});

async function latestId(db: Db): Promise<string | null> {
  const found = await db.selectFrom('runs').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return found?.id ?? null;
}

async function historyOf({ db }: Tx, account: number, scope: string): Promise<number> {
  await db
    .insertInto('histories')
    .values({ account, scope })
    .onConflict((conflict) => conflict.columns(['account', 'scope']).doNothing())
    .execute();
  const found = await db
    .selectFrom('histories')
    .select('no')
    .where('account', '=', account)
    .where('scope', '=', scope)
    .executeTakeFirstOrThrow();
  return found.no;
}

/** Seals a plan, once. Returns the number of the run. */
export async function seal(
  tx: Tx,
  id: string,
  source: SourceFacts,
  columns: readonly string[],
): Promise<number> {
  const run = await mustUnsealed(tx, id);
  await tx.db
    .updateTable('runs')
    .set({
      sealed_at: tx.now,
      updated_at: tx.now,
      source: writeJson(source),
      sha256: source.sha256,
      columns: writeJson(columns),
    })
    .where('no', '=', run.no)
    .execute();
  return run.no;
}

/** Throws an unsealed plan away; one that is gone already is no error. */
export async function discardPlan(tx: Tx, id: string): Promise<void> {
  if ((await runById(tx.db, id)) === null) return;
  await deletePlan(tx, (await mustUnsealed(tx, id)).no);
}

/**
 * A plan that is being written. It is gone where another process took the lock over and began a plan of its own.
 * @throws UserError `run.lock-lost` (exit 11)
 */
export async function mustUnsealed({ db }: Tx, id: string) {
  const run = await selectRuns(db).where('runs.id', '=', id).executeTakeFirst();
  if (!run) throw lockLost();
  if (run.sealed_at !== null) throw new Error(`The plan of run ${id} is sealed already.`);
  return run;
}

async function deletePlan({ db }: Tx, no: number): Promise<void> {
  await db.deleteFrom('keepsakes').where('run', '=', no).execute();
  await db.deleteFrom('events').where('run', '=', no).execute();
  await db.deleteFrom('numbers').where('run', '=', no).execute();
  await db.deleteFrom('rows').where('run', '=', no).execute();
  await db.deleteFrom('runs').where('no', '=', no).execute();
  await restoreSuperseded(db, no);
}

/**
 * Delivered rows that the plan had superseded are live again; unless a row of another run has taken their place since (the
 * plan's own had been blocked): then that one supersedes them.
 */
async function restoreSuperseded(db: Db, no: number): Promise<void> {
  const successor = (what: 'run' | 'row') =>
    sql<number | null>`(select live.${sql.ref(what)} from rows live
      where live.key = rows.key and live.history = rows.history and live.slot = rows.slot
        and live.state in ('ready', 'sending', 'in-doubt', 'delivered') and live.superseded_run is null)`;
  await db
    .updateTable('rows')
    .set({ superseded_run: successor('run'), superseded_row: successor('row') })
    .where('superseded_run', '=', no)
    .execute();
}

export async function counts(db: Db, id: string): Promise<StateCounts> {
  const { no } = await mustRun(db, id);
  const all = noCounts();
  for (const { state, n } of (await countStates({ db }, { no })).rows) all[state] = Number(n);
  return all;
}

const countStates = buildOnce<{ no: number }, { state: RowState; n: number }>(({ db }, { no }) =>
  db
    .selectFrom('rows')
    .select(({ fn }) => ['state', fn.countAll<number>().as('n')])
    .where('run', '=', no)
    .groupBy('state'),
);

/** Changes are noted to the second: all workers of a run would wait for each other at its one record. */
const touchMs = 1_000;

/**
 * Notes that something in the run changed.
 * @param last when that was noted last, where it is known
 */
export async function touch({ db, now }: Tx, no: number, last = -Infinity): Promise<void> {
  if (now >= last && now - last < touchMs) return;
  await db.updateTable('runs').set({ updated_at: now }).where('no', '=', no).execute();
}

/** Notes, once, that the summary of the run was shown. */
export async function markReported({ db, now }: Tx, id: string): Promise<void> {
  await db
    .updateTable('runs')
    .set({ reported_at: now })
    .where('id', '=', id)
    .where('reported_at', 'is', null)
    .execute();
}

/** Owners of the rows that are being sent. */
export async function senders(db: Db, id: string): Promise<string[]> {
  const { no } = await mustRun(db, id);
  const found = await db
    .selectFrom('rows')
    .select('owner')
    .distinct()
    .where('run', '=', no)
    .where(isSending)
    .execute();
  return found.flatMap(({ owner }) => owner ?? []);
}

/** Rows read at a time. */
const page = 500;

/** The rows of a run, in order. Nothing is locked between pages: a slow reader keeps nobody from writing. */
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

/** The next rows of each state, by the index: a few rows in doubt are found quickly among a million delivered. */
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
 * Keeps a copy of the vendor's record of a row, beside earlier ones. The phones it shows belong to the row from then on, so
 * that the do-not-call list applies to them.
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
    .values({ ...ofRow, seq: (last?.seq ?? 0) + 1, at: now, record: writeJson(record) })
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

/** The kept copies of a run, by row, oldest first. */
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
    for (const one of found) yield { row: one.row, record: readJson(one.record) as Json };
    const last = found[page - 1];
    if (last === undefined) return;
    at = last;
  }
}

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const timeLength = 10;

function crockford(value: bigint, length: number): string {
  let text = '';
  for (let rest = value, left = length; left > 0; left -= 1, rest >>= 5n)
    text = digits[Number(rest & 31n)] + text;
  return text;
}

const timeOf = (id: string): number =>
  [...id.slice(0, timeLength)].reduce((sum, digit) => sum * 32 + digits.indexOf(digit), 0);

/**
 * A new run id: 26 characters of Crockford's base 32, ten of time and sixteen of chance, like a ULID.
 * It sorts after `latest`, even where the clock stands still or jumped back, so that ids tell the order of runs.
 */
export function newRunId(now: number, latest: string | null): string {
  const chance = BigInt(`0x${randomBytes(10).toString('hex')}`);
  const time = latest === null ? now : Math.max(now, timeOf(latest) + 1);
  return crockford(BigInt(Math.max(0, Math.floor(time))), timeLength) + crockford(chance, 16);
}
