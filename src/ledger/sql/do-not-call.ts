import { sql } from 'kysely';
import { onTheList } from '../../core/gate.js';
import type { BlockEntry, UnderWay } from '../../core/ledger.js';
import type { Flavour } from '../flavour.js';
import { move, type Moved } from '../move.js';
import type { Db, Store, Tx } from '../store.js';
import { note } from './events.js';
import { livingOwners } from './locks.js';
import { isHeard } from './numbers.js';
import { isReady, isSending } from './records.js';

/** Numbers handled by one statement. */
const chunk = 1_000;

interface Entry {
  readonly phone: string;
  readonly reason: string;
}

const entryColumns = { phone: 'text', reason: 'text' } as const;

/** When this is committed no row of which somebody with these numbers would hear is ready any more, in any run. */
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

/** Rows that wait to be sent and of which somebody with one of these numbers would hear. */
async function blockReady(tx: Tx, who: string, part: readonly Entry[]): Promise<number> {
  const { code, reason } = onTheList;
  const found = await heardBy(tx.db, tx.flavour, part)
    .where(isReady)
    .select(['rows.run', 'rows.row', 'rows.attempt'])
    .distinct()
    .execute();
  const moved = found.map((row): Moved<'block'> => ({ ...row, from: 'ready', to: 'blocked', code, reason }));
  await move(tx, 'block', moved);
  for (const run of new Set(found.map((row) => row.run))) {
    const rows = found.filter((row) => row.run === run);
    const events = rows.map(({ row, attempt }) => ({ row, attempt, ...blockedEvent }));
    await note(tx, run, who, events);
  }
  return found.length;
}

const blockedEvent = { kind: 'blocked', code: onTheList.code, reason: onTheList.reason, detail: null };

/** Rows of all runs of which people with these numbers hear; the numbers are `t.phone`. */
const heardBy = (db: Db, flavour: Flavour, part: readonly { readonly phone: string }[]) =>
  db
    .selectFrom(flavour.table<{ phone: string }>({ phone: 'text' }, part))
    .innerJoin('numbers', 'numbers.value', 't.phone')
    .innerJoin('rows', (join) =>
      join.onRef('rows.run', '=', 'numbers.run').onRef('rows.row', '=', 'numbers.row'),
    )
    .innerJoin('runs', 'runs.no', 'rows.run')
    .where(isHeard);

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

/** Rows of these numbers that are being sent, where people hear of it. */
export async function underWay(store: Store, phones: readonly string[]): Promise<UnderWay[]> {
  const rows: SendingRecord[] = [];
  for (const part of chunks([...new Set(phones)]))
    rows.push(...(await store.read((db) => sending(db, store, part))));
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

const sending = (db: Db, { flavour }: Store, part: readonly string[]): Promise<SendingRecord[]> =>
  heardBy(
    db,
    flavour,
    part.map((phone) => ({ phone })),
  )
    .where(isSending)
    .select(['runs.id as run', 'rows.row', 't.phone', 'rows.owner', 'rows.sent_at as since'])
    .execute();
