import { sql } from 'kysely';
import type { RowState } from '../../core/life.js';
import type { Reached, UnderWay } from '../../core/ledger.js';
import { unseal } from '../../core/number.js';
import {
  isKeptAsWritten,
  isRounded,
  listedAs,
  numbersMeantBy,
  roundedFrom,
  shownEntry,
} from '../../core/phone-key.js';
import type { Flavour } from '../flavour.js';
import type { Db, Store } from '../store.js';
import { livingOwners } from './locks.js';

/** A row that contacts somebody, found by an entry of the do-not-call list. */
export interface Contact {
  /** Number of the run. */
  readonly run: number;
  readonly row: number;
  readonly attempt: number;
  readonly phone: string;
  /** Settings of its run, as JSON text. */
  readonly settings: string;
  /** The rounded number that may mean it, as it is shown; null where it is meant for certain. */
  readonly similar: string | null;
}

interface Where {
  readonly db: Db;
  readonly flavour: Flavour;
}

/**
 * True for a number at which the row contacts a person, as the gate sees it: in a run that reaches people the row's own
 * number and all that may be dialled, in another run those of its payload that may be dialled. For queries of `numbers`,
 * `rows` and `runs`.
 */
const contactsNumber = sql<boolean>`(numbers.kind = 'phone' and (
  (runs.reaches_person = 1 and (numbers.main = 1 or numbers.dials = 1))
  or (numbers.dials = 1 and numbers.place = 'payload')))`;

/** Numbers handled by one statement. */
const chunk = 1_000;

/**
 * More entries that no rule could read are compared with every number of the ledger that could be meant; so many are asked
 * for one by one, each under some 600 numbers it may mean.
 */
const mostAsked = 20;

/** Rows in one of these states that contact somebody whom these entries of the do-not-call list mean, or may mean. */
export async function findContacts(
  where: Where,
  entries: readonly string[],
  states: readonly RowState[],
): Promise<Contact[]> {
  const kept = entries.filter(isKeptAsWritten);
  const one = kept.length > mostAsked ? entries.filter((entry) => !isKeptAsWritten(entry)) : entries;
  const asked = new Set(one.filter((entry) => !isRounded(entry)).flatMap(numbersMeantBy));
  const compared = new Set([...entries.filter(isRounded), ...(kept.length > mostAsked ? kept : [])]);
  const found: Contact[] = [];
  for (const part of chunks([...asked]))
    found.push(...(await contactsOf(where, part, states)).map((row) => ({ ...row, similar: null })));
  if (compared.size === 0) return found;
  const rounds = [...compared].some(isRounded);
  for await (const row of allContacts(where, states)) {
    const meant = listedAs(row.phone).some((entry) => compared.has(entry));
    const rounded =
      meant || !rounds ? undefined : roundedFrom(row.phone).find((entry) => compared.has(entry));
    if (meant) found.push({ ...row, similar: null });
    else if (rounded !== undefined) found.push({ ...row, similar: shownEntry(rounded) });
  }
  return found;
}

const columns = ['rows.run', 'rows.row', 'rows.attempt', 'runs.settings'] as const;

/** States are written out: for bound ones SQLite would plan the statement anew each time. */
const isIn = (states: readonly RowState[]) =>
  sql<boolean>`rows.state in (${sql.join(states.map((state) => sql.lit(state)))})`;

const contactsOf = (
  { db, flavour }: Where,
  phones: readonly string[],
  states: readonly RowState[],
): Promise<Omit<Contact, 'similar'>[]> =>
  db
    .selectFrom(
      flavour.table<{ phone: string }>(
        { phone: 'text' },
        phones.map((phone) => ({ phone })),
      ),
    )
    .innerJoin('numbers', 'numbers.value', 't.phone')
    .innerJoin('rows', (join) =>
      join.onRef('rows.run', '=', 'numbers.run').onRef('rows.row', '=', 'numbers.row'),
    )
    .innerJoin('runs', 'runs.no', 'rows.run')
    .where(contactsNumber)
    .where(isIn(states))
    .select([...columns, 't.phone'])
    .execute();

/** Every number at which a row in one of these states contacts somebody, a page at a time. */
async function* allContacts(
  { db }: Where,
  states: readonly RowState[],
): AsyncIterable<Omit<Contact, 'similar'>> {
  for (const { no } of await db.selectFrom('runs').select('no').orderBy('no').execute()) {
    for (let after = { row: -1, phone: '' }; ;) {
      const page: Omit<Contact, 'similar'>[] = await db
        .selectFrom('rows')
        .innerJoin('runs', 'runs.no', 'rows.run')
        .innerJoin('numbers', (join) =>
          join.onRef('rows.run', '=', 'numbers.run').onRef('rows.row', '=', 'numbers.row'),
        )
        .where('rows.run', '=', no)
        .where(isIn(states))
        .where('rows.row', '>=', after.row)
        .where((eb) => eb.or([eb('rows.row', '>', after.row), eb('numbers.value', '>', after.phone)]))
        .where(contactsNumber)
        .select([...columns, 'numbers.value as phone'])
        .orderBy('rows.row')
        .orderBy('numbers.value')
        .limit(chunk)
        .execute();
      yield* page;
      const last = page[chunk - 1];
      if (last === undefined) break;
      after = last;
    }
  }
}

/** Rows that contact somebody whom these entries mean and are being sent now. */
export async function underWay(store: Store, entries: readonly string[]): Promise<UnderWay[]> {
  const found = await store.read((db) => findContacts(whereOf(db, store), entries, ['sending']));
  const rows = await Promise.all(found.map((contact) => store.read((db) => readSending(db, contact))));
  const sending = rows.filter((row) => row !== null);
  const owners = [...new Set(sending.flatMap(({ owner }) => owner ?? []))];
  const living = await store.read(async (db) => livingOwners(db, store.world, await store.now(db), owners));
  return sending.map(({ owner, since, ...row }) => ({
    ...row,
    since: since ?? 0,
    alive: owner !== null && living.has(owner),
  }));
}

const whereOf = (db: Db, { flavour }: Store): Where => ({ db, flavour });

async function readSending(db: Db, { run, row, phone }: Contact) {
  const found = await db
    .selectFrom('rows')
    .innerJoin('runs', 'runs.no', 'rows.run')
    .where('rows.run', '=', run)
    .where('rows.row', '=', row)
    .where(isIn(['sending']))
    .select(['runs.id as run', 'rows.row', 'rows.owner', 'rows.sent_at as since'])
    .executeTakeFirst();
  return found ? { ...found, phone } : null;
}

const reachedStates = ['sending', 'in-doubt', 'delivered', 'already'] as const;

/** Rows by which somebody whom these entries mean heard of us, or may have; newest first. Rounded ones mean nobody for certain. */
export async function reached(store: Store, entries: readonly string[]): Promise<Reached[]> {
  const certain = entries.filter((entry) => !isRounded(entry));
  const found = await store.read((db) => findContacts(whereOf(db, store), certain, reachedStates));
  const rows: Reached[] = [];
  for (const contact of found) rows.push(await store.read((db) => readReached(db, contact)));
  return rows.sort((a, b) => b.at - a.at);
}

async function readReached(db: Db, { run, row, phone }: Contact): Promise<Reached> {
  const { payload, state, ...found } = await db
    .selectFrom('rows')
    .innerJoin('runs', 'runs.no', 'rows.run')
    .innerJoin('accounts', 'accounts.no', 'runs.account')
    .where('rows.run', '=', run)
    .where('rows.row', '=', row)
    .select(['runs.id as run', 'rows.row', 'runs.vendor', 'runs.operation', 'runs.profile', 'rows.state'])
    .select('accounts.name as account')
    .select(['rows.updated_at as at', 'rows.vendor_id as vendorId', 'rows.payload'])
    .executeTakeFirstOrThrow();
  return {
    ...found,
    phone,
    state: state as Reached['state'],
    payload: payload === null ? null : unseal(payload),
  };
}

export function* chunks<T>(all: readonly T[]): Iterable<readonly T[]> {
  for (let i = 0; i < all.length; i += chunk) yield all.slice(i, i + chunk);
}
