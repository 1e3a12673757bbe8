import { sql } from 'kysely';
import type { BlockEntry, UnderWay } from '../../core/ledger.js';
import type { Flavour } from '../flavour.js';
import type { Db, Store, Tx } from '../store.js';
import { note } from './events.js';
import { livingOwners } from './locks.js';
import { hasOtherPhone, isLive } from './records.js';
import { onTheList } from './standing.js';

/** Numbers handled by one statement. */
const chunk = 1_000;

interface Entry {
  readonly phone: string;
  readonly reason: string;
}

const entryColumns = { phone: 'text', reason: 'text' } as const;

/** T10. When this is committed nobody of these numbers is ready any more, in any run that reaches people. */
export async function block(
  tx: Tx,
  who: string,
  entries: readonly Entry[],
): Promise<{ added: number; blockedRows: number }> {
  const wanted = [...new Map(entries.map((entry) => [entry.phone, entry])).values()];
  let added = 0;
  let blockedRows = 0;
  for (const part of chunks(wanted)) {
    const fresh = await list(tx, part);
    await log(tx, who, 'add', fresh);
    added += fresh.length;
    blockedRows += await blockReady(tx, who, part);
  }
  return { added, blockedRows };
}

async function list({ db, flavour, now }: Tx, part: readonly Entry[]): Promise<Entry[]> {
  return db
    .insertInto('do_not_call')
    .columns(['phone', 'reason', 'added_at'])
    .expression((eb) =>
      eb
        .selectFrom(flavour.table<Entry>(entryColumns, part))
        .select(['t.phone', 't.reason', sql<number>`${now}`.as('added_at')])
        .where(sql<boolean>`true`),
    )
    .onConflict((conflict) => conflict.column('phone').doNothing())
    .returning(['phone', 'reason'])
    .execute();
}

/** A row that reaches a person has the person's number as its key, or, where it has another key, as its phone. */
async function blockReady(tx: Tx, who: string, part: readonly Entry[]): Promise<number> {
  const { state, code, reason } = onTheList;
  const found = [...(await blockWhere(tx, part, 'rows.key', isLive))];
  found.push(...(await blockWhere(tx, part, 'rows.phone', hasOtherPhone)));
  for (const run of new Set(found.map((row) => row.run))) {
    const rows = found.filter((row) => row.run === run);
    const events = rows.map(({ row, attempt }) => ({
      row,
      attempt,
      kind: state,
      code,
      reason,
      detail: null,
    }));
    await note(tx, run, who, events);
  }
  return found.length;
}

function blockWhere(
  { db, flavour, now }: Tx,
  part: readonly Entry[],
  column: 'rows.key' | 'rows.phone',
  indexed: typeof isLive,
): Promise<{ run: number; row: number; attempt: number }[]> {
  const { state, code, reason } = onTheList;
  return db
    .updateTable('rows')
    .from(
      flavour.table<{ number: string }>(
        { number: 'text' },
        part.map(({ phone }) => ({ number: phone })),
      ),
    )
    .set({ state, code, reason, updated_at: now })
    .whereRef(column, '=', 't.number')
    .where(indexed)
    .where('rows.state', '=', 'ready')
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('runs')
          .select('runs.no')
          .whereRef('runs.no', '=', 'rows.run')
          .where('runs.reaches_person', '=', 1),
      ),
    )
    .returning(['rows.run', 'rows.row', 'rows.attempt'])
    .execute();
}

/** Takes numbers off the list; rows that were blocked stay so. Returns how many were on it. */
export async function unblock(
  tx: Tx,
  who: string,
  phones: readonly string[],
  reason: string,
): Promise<number> {
  let removed = 0;
  for (const part of chunks([...new Set(phones)])) {
    const gone = await tx.db
      .deleteFrom('do_not_call')
      .where('phone', 'in', part)
      .returning('phone')
      .execute();
    await log(
      tx,
      who,
      'remove',
      gone.map(({ phone }) => ({ phone, reason })),
    );
    removed += gone.length;
  }
  return removed;
}

async function log(
  { db, flavour, now }: Tx,
  who: string,
  action: 'add' | 'remove',
  entries: readonly Entry[],
): Promise<void> {
  if (entries.length === 0) return;
  const seq = sql<number>`1 + coalesce((select max(l.seq) from do_not_call_log l where l.phone = t.phone), 0)`;
  await db
    .insertInto('do_not_call_log')
    .columns(['phone', 'seq', 'at', 'action', 'reason', 'who'])
    .expression((eb) =>
      eb
        .selectFrom(flavour.table<Entry>(entryColumns, entries))
        .select(['t.phone', seq.as('seq'), sql<number>`${now}`.as('at')])
        .select([sql<'add'>`${action}`.as('action'), 't.reason', sql<string>`${who}`.as('who')]),
    )
    .execute();
}

/** By number; a page at a time, or looked up where numbers are given. */
export async function* blocked(store: Store, phones?: readonly string[]): AsyncIterable<BlockEntry> {
  if (phones) {
    for (const part of chunks([...new Set(phones)].sort())) yield* await entries(store, '', part);
    return;
  }
  for (let after = ''; ;) {
    const found = await entries(store, after, null);
    yield* found;
    const last = found[chunk - 1];
    if (last === undefined) return;
    after = last.phone;
  }
}

function entries(store: Store, after: string, only: readonly string[] | null): Promise<BlockEntry[]> {
  return store.read((db) => {
    let query = db
      .selectFrom('do_not_call')
      .select(['phone', 'reason', 'added_at as addedAt'])
      .where('phone', '>', after)
      .orderBy('phone')
      .limit(chunk);
    if (only) query = query.where('phone', 'in', only);
    return query.execute();
  });
}

function* chunks<T>(all: readonly T[]): Iterable<readonly T[]> {
  for (let i = 0; i < all.length; i += chunk) yield all.slice(i, i + chunk);
}

/** Rows of these numbers that are being sent, in runs that reach people. */
export async function underWay(store: Store, phones: readonly string[]): Promise<UnderWay[]> {
  const rows: SendingRecord[] = [];
  for (const part of chunks([...new Set(phones)])) {
    const [byKey, byPhone] = await store.read((db) =>
      Promise.all([
        sending(db, store.flavour, part, 'rows.key', isLive),
        sending(db, store.flavour, part, 'rows.phone', hasOtherPhone),
      ]),
    );
    rows.push(...byKey, ...byPhone);
  }
  const owners = [...new Set(rows.flatMap(({ owner }) => owner ?? []))];
  const living = await store.read(async (db) => livingOwners(db, store.world, await store.now(db), owners));
  return rows.map(({ owner, since, ...row }) => ({
    ...row,
    since: since ?? 0,
    alive: owner !== null && living.has(owner),
  }));
}

interface SendingRecord {
  readonly run: string;
  readonly row: number;
  readonly phone: string;
  readonly owner: string | null;
  readonly since: number | null;
}

const sending = (
  db: Db,
  flavour: Flavour,
  part: readonly string[],
  column: 'rows.key' | 'rows.phone',
  indexed: typeof isLive,
): Promise<SendingRecord[]> =>
  db
    .selectFrom(
      flavour.table<{ number: string }>(
        { number: 'text' },
        part.map((number) => ({ number })),
      ),
    )
    .innerJoin('rows', column, 't.number')
    .innerJoin('runs', 'runs.no', 'rows.run')
    .select(['runs.id as run', 'rows.row', 't.number as phone', 'rows.owner', 'rows.sent_at as since'])
    .where(indexed)
    .where('rows.state', '=', 'sending')
    .where('runs.reaches_person', '=', 1)
    .execute();
