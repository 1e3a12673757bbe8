import { sql, type RawBuilder } from 'kysely';
import { judge, type EarlierRow, type Moment, type Ruling, type Subject } from '../../core/gate.js';
import type { OnList, PlanPolicy, Standing } from '../../core/ledger.js';
import { keyOf, peopleOf, subjectOf, textOfKey, unseal, type PhoneKey } from '../../core/number.js';
import { listedAs, roundedFrom, roundedMark, shownEntry } from '../../core/phone-key.js';
import type { RowState } from '../../core/life.js';
import { storableText, type Flavour } from '../flavour.js';
import { buildOnce, type Db, type Tx } from '../store.js';
import { numbersOf } from './numbers.js';
import { isLive, reachesOf, wasRemoved, type RowRecord, type RunRecord } from './records.js';

/** A row with the numbers that may be dialled because of it (`dialled`). */
export type Dialled = RowRecord & { readonly dialled: string | null };

/** A stored row as the gate is asked about it. */
export function candidateOf(run: RunRecord, record: Dialled) {
  const reaches = reachesOf(run);
  return {
    record,
    row: record.row,
    ref: record.ref,
    reaches,
    people: peopleOf(reaches, record, numbersOf(record.dialled)),
    payload: unseal(record.payload ?? '{}'),
  };
}

interface Where {
  readonly db: Db;
  readonly flavour: Flavour;
}

/** What the do-not-call list says now of the numbers of these rows. */
export function listedAmong(
  where: Where,
  rows: readonly Pick<Subject, 'people' | 'numbers'>[],
): Promise<OnList> {
  const keys = new Set<PhoneKey>();
  for (const { people, numbers } of rows) {
    for (const key of people) keys.add(key);
    for (const { key } of numbers) keys.add(key);
  }
  return listed(where, keys);
}

/** What the do-not-call list says now of these numbers, in any of the spellings it may have them. */
export async function listed(where: Where, keys: ReadonlySet<PhoneKey>): Promise<OnList> {
  const found = await entriesOf(where, keys, listedAs);
  // Each number has a hundred roundings: they are looked for where there is any.
  const { rows } = keys.size === 0 ? { rows: [] } : await findRounded(where, {});
  const similar = rows.length === 0 ? [] : await entriesOf(where, keys, roundedFrom);
  return {
    listed: new Set(found.map(({ phone }) => keyOf(phone))),
    similar: new Map(similar.map(({ phone, entry }) => [keyOf(phone), shownEntry(entry)])),
  };
}

async function entriesOf(
  where: Where,
  keys: ReadonlySet<PhoneKey>,
  entriesFor: (phone: string) => readonly string[],
): Promise<readonly Wanted[]> {
  if (keys.size === 0) return [];
  const wanted = [...keys].flatMap((key) => {
    const phone = textOfKey(key);
    return entriesFor(phone).map((entry) => ({ phone, entry }));
  });
  return (await findListed(where, { phones: where.flavour.encode(wantedType, wanted) })).rows;
}

const findRounded = buildOnce<object, { phone: string }, Where>(({ db }) =>
  db.selectFrom('do_not_call').select('phone').where('phone', '>=', sql.lit(roundedMark)).limit(sql.lit(1)),
);

interface Wanted {
  readonly phone: string;
  readonly entry: string;
}

const wantedType = { phone: 'text', entry: 'text' } as const;

const findListed = buildOnce<{ phones: string }, Wanted, Where>(({ db, flavour }, { phones }) =>
  db
    .selectFrom(flavour.encoded<Wanted>(wantedType, phones))
    .innerJoin('do_not_call', 'do_not_call.phone', 't.entry')
    .select(['t.phone', 't.entry']),
);

/** What the gate says of stored rows at this moment, by row; rows it lets pass are not in it. */
export async function rulingsOn(
  tx: Tx,
  run: RunRecord,
  records: readonly Dialled[],
  moment: Moment,
): Promise<Map<number, Ruling>> {
  const candidates = records.map((record) => candidateOf(run, record));
  const subjects = candidates.map(subjectOf);
  const facts = { ...(await listedAmong(tx, subjects)), earlier: null };
  const rulings = new Map<number, Ruling>();
  for (const subject of subjects) {
    const ruling = judge(subject, facts, moment);
    if (ruling) rulings.set(subject.row, ruling);
  }
  return rulings;
}

/** A row that has, or had, a key in a history. */
export interface Holder extends EarlierRow {
  readonly key: string;
  /** Number of the run. */
  readonly no: number;
  readonly slot: number;
}

/** Rows that have or had these keys in a history, live or superseded, by key. */
export async function findHolders(
  db: Db,
  flavour: Flavour,
  history: number,
  keys: ReadonlySet<string>,
): Promise<Map<string, Holder[]>> {
  if (keys.size === 0) return new Map();
  const wanted = [...keys].map((key) => ({ key }));
  const { rows } = await selectHolders({ db, flavour }, { history, keys: flavour.encode(keyType, wanted) });
  return holdersByKey(rows);
}

type HolderRecord = Omit<Holder, 'superseded'> & { readonly superseded: number };

function holdersByKey(records: readonly HolderRecord[]): Map<string, Holder[]> {
  const byKey = new Map<string, Holder[]>();
  for (const record of records) {
    const holder: Holder = { ...record, superseded: record.superseded === 1 };
    const known = byKey.get(holder.key);
    if (known) known.push(holder);
    else byKey.set(holder.key, [holder]);
  }
  return byKey;
}

const keyType = { key: 'text' } as const;

const selectHolders = buildOnce<{ history: number; keys: string }, HolderRecord, Where>(
  ({ db, flavour }, { history, keys }) => {
    const from = (superseded: 0 | 1, where: RawBuilder<boolean>, states: readonly RowState[]) =>
      db
        .selectFrom(flavour.encoded<{ key: string }>(keyType, keys))
        .innerJoin('rows', 'rows.key', 't.key')
        .innerJoin('runs', 'runs.no', 'rows.run')
        .where('rows.history', '=', history)
        .where(where)
        .where('rows.state', 'in', states)
        .select(['t.key', 'runs.no', 'runs.id as run', 'rows.row', 'rows.slot', 'rows.state'])
        .select(['rows.updated_at as at', sql<number>`${sql.lit(superseded)}`.as('superseded')]);
    const live = ['ready', 'sending', 'in-doubt', 'delivered'] as const;
    return (
      from(0, isLive, live)
        .unionAll(from(1, sql<boolean>`rows.superseded_run is not null`, live))
        // Given up after it was sent: it may have arrived, so the person counts as contacted.
        .unionAll(from(1, sql<boolean>`rows.state = 'abandoned' and rows.attempt > 0`, ['abandoned']))
        // Taken back after the contact: the person was contacted, until then.
        .unionAll(from(1, wasRemoved, ['withdrawn']))
    );
  },
);

/** Rows of a history that have, or had, these numbers as second ones, by number; live or contacted before. */
export async function findSharers(
  db: Db,
  flavour: Flavour,
  history: number,
  numbers: ReadonlySet<string>,
): Promise<Map<string, Holder[]>> {
  if (numbers.size === 0) return new Map();
  const wanted = [...numbers].map((key) => ({ key }));
  const { rows } = await selectSharers({ db, flavour }, { history, keys: flavour.encode(keyType, wanted) });
  return holdersByKey(rows);
}

const selectSharers = buildOnce<{ history: number; keys: string }, HolderRecord, Where>(
  ({ db, flavour }, { history, keys }) =>
    db
      .selectFrom(flavour.encoded<{ key: string }>(keyType, keys))
      .innerJoin('numbers', 'numbers.value', 't.key')
      .innerJoin('rows', (join) =>
        join.onRef('rows.run', '=', 'numbers.run').onRef('rows.row', '=', 'numbers.row'),
      )
      .innerJoin('runs', 'runs.no', 'rows.run')
      .where('numbers.kind', '=', 'phone')
      .where('numbers.history', '=', history)
      .where('numbers.main', '=', 0)
      .where('numbers.dials', '=', 1)
      .where(
        sql<boolean>`(rows.state in ('ready', 'sending', 'in-doubt', 'delivered')
          or (rows.state = 'abandoned' and rows.attempt > 0) or ${wasRemoved})`,
      )
      .select(['t.key', 'runs.no', 'runs.id as run', 'rows.row', 'rows.slot', 'rows.state'])
      .select([
        'rows.updated_at as at',
        sql<number>`case when rows.superseded_run is null and rows.state in ('ready', 'sending', 'in-doubt', 'delivered')
          then 0 else 1 end`.as('superseded'),
      ]),
);

/** What `addRows` would say of keys that are in no plan yet. */
export async function standing(
  db: Db,
  flavour: Flavour,
  where: { readonly account: string; readonly scope: string; readonly now: number },
  keys: readonly string[],
  policy: PlanPolicy,
): Promise<Map<string, Standing>> {
  const wanted = new Set(keys);
  const people = new Map([...wanted].map((key) => [key, peopleOf('by-number', { key, phone: null })]));
  const onList = await listed({ db, flavour }, new Set([...people.values()].flat()));
  const history = await db
    .selectFrom('histories')
    .select('no')
    .where('account', '=', Number(where.account))
    .where('scope', '=', where.scope)
    .executeTakeFirst();
  const held = history ? await findHolders(db, flavour, history.no, wanted) : new Map<string, Holder[]>();
  const sharing = history ? await findSharers(db, flavour, history.no, wanted) : new Map<string, Holder[]>();
  const all = new Map<string, Standing>();
  for (const [key, persons] of people) {
    const subject = { row: 0, reaches: 'by-number', numbers: [], people: persons } as const;
    const text = storableText(key);
    const isTest = policy.testNumbers?.has(key) === true;
    const others = isTest ? [] : [...(held.get(text) ?? []), ...(sharing.get(text) ?? [])];
    const earlier = { inFile: null, others, ...policy, now: where.now };
    const ruling = judge(subject, { ...onList, earlier }, 'plan');
    if (ruling) all.set(key, ruling);
  }
  return all;
}
