import { sql } from 'kysely';
import { onTheList, refusedSince, similarTo, type Ruling } from '../../core/gate.js';
import type { BlockEntry } from '../../core/ledger.js';
import type { To } from '../../core/life.js';
import { move, type Moved } from '../move.js';
import type { Store, Tx } from '../store.js';
import { chunks, findContacts, type Contact } from './contacts.js';
import { countOptOuts } from './progress.js';
import { noteEvents } from './records.js';
import { isCall, refusesEvery } from './refusals.js';

/** Numbers handled by one statement. */
const chunk = 1_000;

interface Entry {
  readonly phone: string;
  readonly reason: string;
}

const entryColumns = { phone: 'text', reason: 'text' } as const;

/**
 * Adds numbers to the do-not-call list. After the commit no row that contacts one of them is ready, in any run; rows whose
 * number a rounded entry may mean are held.
 */
export async function block(
  tx: Tx,
  who: string,
  entries: readonly Entry[],
): Promise<{ added: number; blockedRows: number; heldRows: number }> {
  const wanted = [...new Map(entries.map((entry) => [entry.phone, entry])).values()];
  let added = 0;
  for (const part of chunks(wanted)) {
    const fresh = await addToList(tx, part);
    await logChange(tx, who, 'add', fresh);
    added += fresh.length;
  }
  const phones = wanted.map(({ phone }) => phone);
  const ready = await findContacts(tx, phones, ['ready']);
  const stopped = await stopReady(tx, who, ready, ({ similar }) =>
    similar === null ? onTheList : similarTo(similar),
  );
  return { added, blockedRows: stopped.blocked, heldRows: stopped.held };
}

async function addToList({ db, flavour, now }: Tx, part: readonly Entry[]): Promise<Entry[]> {
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

type Stop = Pick<Ruling, 'code' | 'reason'> & { readonly state: To<'block'> };

/** Stops ready rows. Returns how many became blocked, and how many held. */
async function stopReady(
  tx: Tx,
  who: string,
  found: readonly Contact[],
  stopOf: (row: Contact) => Stop,
): Promise<Record<To<'block'>, number>> {
  const stops = new Map<string, { readonly row: Contact; readonly stop: Stop }>();
  for (const row of found) {
    const name = `${row.run} ${row.row}`;
    const stop = stopOf(row);
    if (stops.get(name)?.stop.state !== 'blocked') stops.set(name, { row, stop });
  }
  const all = [...stops.values()];
  const moved = all.map(({ row: { run, row, attempt }, stop: { state, code, reason } }): Moved<'block'> => {
    return { run, row, attempt, from: 'ready', to: state, code, reason };
  });
  for (const part of chunks(moved)) await move(tx, 'block', part);
  for (const run of new Set(moved.map((one) => one.run))) {
    const events = moved
      .filter((one) => one.run === run)
      .map(({ row, attempt, to, code, reason }) => ({ row, attempt, kind: to, code, reason, detail: null }));
    await noteEvents(tx, run, who, events);
  }
  const blocked = moved.filter(({ to }) => to === 'blocked').length;
  return { blocked, held: moved.length - blocked };
}

/**
 * Blocks the ready rows, in any run, that contact somebody whom a row of this run's file refuses. Who refuses messages alone
 * may be called. Returns how many there were.
 */
export async function blockRefused(tx: Tx, who: string, run: number): Promise<number> {
  let sum = 0;
  for (let after: RefusalPlace = { row: -1, phone: '' }; ;) {
    const part = await refusalsAfter(tx, run, after);
    for (const every of [true, false]) {
      const phones = part.filter(({ detail }) => refusesEvery(detail) === every).map(({ phone }) => phone);
      const found = await findContacts(tx, phones, ['ready']);
      const meant = found.filter(({ settings }) => every || !isCall(settings));
      sum += (await stopReady(tx, who, meant, () => ({ state: 'blocked', ...refusedSince }))).blocked;
    }
    const last = part[chunk - 1];
    if (last === undefined) return sum;
    after = last;
  }
}

/** A number of a row that refuses; pages of them follow one another in this order. */
interface RefusalPlace {
  readonly row: number;
  readonly phone: string;
}

const refusalsAfter = (tx: Tx, run: number, after: RefusalPlace) =>
  tx.db
    .selectFrom('rows')
    .innerJoin('numbers', (join) =>
      join.onRef('numbers.run', '=', 'rows.run').onRef('numbers.row', '=', 'rows.row'),
    )
    .select(['rows.row', 'rows.detail', 'numbers.value as phone'])
    .where('rows.run', '=', run)
    .where('rows.state', '=', 'held')
    .where('rows.code', '=', refusedSince.code)
    .where('numbers.kind', '=', 'phone')
    .where((eb) =>
      eb.or([
        eb('rows.row', '>', after.row),
        eb('rows.row', '=', after.row).and('numbers.value', '>', after.phone),
      ]),
    )
    .orderBy('rows.row')
    .orderBy('numbers.value')
    .limit(chunk)
    .execute();

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
    await logChange(
      tx,
      who,
      'remove',
      gone.map(({ phone }) => ({ phone, reason })),
    );
    removed += gone.length;
  }
  return removed;
}

async function logChange(
  tx: Tx,
  who: string,
  action: 'add' | 'remove',
  entries: readonly Entry[],
): Promise<void> {
  if (entries.length === 0) return;
  const { db, flavour, now } = tx;
  await countOptOuts(tx, entries.length);
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

/** Entries of the list, by number: those of the numbers given, or all. */
export async function* blocked(store: Store, phones?: readonly string[]): AsyncIterable<BlockEntry> {
  if (phones) {
    for (const part of chunks([...new Set(phones)].sort())) yield* await readEntries(store, '', part);
    return;
  }
  for (let after = ''; ;) {
    const found = await readEntries(store, after, null);
    yield* found;
    const last = found[chunk - 1];
    if (last === undefined) return;
    after = last.phone;
  }
}

function readEntries(store: Store, after: string, only: readonly string[] | null): Promise<BlockEntry[]> {
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
