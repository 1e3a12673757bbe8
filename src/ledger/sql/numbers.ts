import { sql, type InsertResult } from 'kysely';
import { onTheList, refusedSince } from '../../core/gate.js';
import type { BlockEntry, PlannedRow, UnderWay } from '../../core/ledger.js';
import { ownNumbers, textOfKey, type PhoneNumber } from '../../core/number.js';
import { numbersMeantBy } from '../../core/phone-key.js';
import type { Flavour } from '../flavour.js';
import { move, type Moved } from '../move.js';
import type { NumberTable } from '../schema.js';
import { buildOnce, type Db, type Store, type Tx } from '../store.js';
import { livingOwners } from './locks.js';
import { countOptOuts } from './progress.js';
import { isReady, isSending, noteEvents, type RunRecord } from './records.js';

/** A number of a row, by which the row is found: for the do-not-call list, and for questions about a person. */
type NumberLine = Pick<NumberTable, 'row' | 'value' | 'main' | 'dials' | 'place'>;

const numberColumns = {
  row: 'integer',
  value: 'text',
  main: 'integer',
  dials: 'integer',
  place: 'text',
} as const;

/** A row that is planned, and the numbers of its payload. */
interface Numbered {
  readonly row: PlannedRow;
  readonly numbers: readonly Pick<PhoneNumber, 'key' | 'dials'>[];
}

/** Adds the lines of a row; a number that stands in it twice is one line. */
function addLinesOf({ row, numbers }: Numbered, lines: NumberLine[]): void {
  const first = lines.length;
  const lineOf = (value: string, place: NumberLine['place']): NumberLine => {
    for (let at = first; at < lines.length; at++) {
      const line = lines[at];
      if (line?.value === value) return line;
    }
    const line: NumberLine = { row: row.row, value, main: 0, dials: 0, place };
    lines.push(line);
    return line;
  };
  for (const { key, dials } of numbers) {
    const line = lineOf(textOfKey(key), 'payload');
    if (dials) line.dials = 1;
  }
  for (const value of ownNumbers(row)) lineOf(value, 'row').main = 1;
}

/** Stores the numbers of rows that are planned. */
export function addNumbers(tx: Tx, run: RunRecord, rows: readonly Numbered[]): Promise<void> {
  const lines: NumberLine[] = [];
  for (const row of rows) addLinesOf(row, lines);
  return insertNumbers(tx, run, lines);
}

/**
 * Stores numbers that the vendor's own record of a row shows.
 * @param main the one that became the row's own phone
 */
export const addRecordNumbers = (
  tx: Tx,
  run: RunRecord,
  row: number,
  phones: readonly string[],
  main: string | null,
): Promise<void> =>
  insertNumbers(
    tx,
    run,
    [...new Set(phones)].map((value) => ({
      row,
      value,
      main: value === main ? 1 : 0,
      dials: 1,
      place: 'record' as const,
    })),
  );

/** A number that is stored already keeps the place it was first dialled from, and stays the row's own if it was. */
async function insertNumbers(tx: Tx, run: RunRecord, lines: readonly NumberLine[]): Promise<void> {
  if (lines.length === 0) return;
  const { no, history } = run;
  await insertLines(tx, { no, history, lines: tx.flavour.encode(numberColumns, lines) });
}

const insertLines = buildOnce<{ no: number; history: number; lines: string }, InsertResult, Tx>(
  ({ db, flavour }, { no, history, lines }) =>
    db
      .insertInto('numbers')
      .columns(['run', 'history', 'kind', 'row', 'value', 'main', 'dials', 'place'])
      .expression((eb) =>
        eb
          .selectFrom(flavour.encoded<NumberLine>(numberColumns, lines))
          .select([sql<number>`${no}`.as('run'), sql<number>`${history}`.as('history')])
          .select([sql.lit<'phone'>('phone').as('kind'), 't.row', 't.value', 't.main', 't.dials', 't.place'])
          .where(sql<boolean>`true`),
      )
      .onConflict((conflict) =>
        conflict.columns(['run', 'row', 'kind', 'value']).doUpdateSet({
          main: sql<number>`case when excluded.main = 1 then 1 else numbers.main end`,
          place: sql<
            NumberLine['place']
          >`case when numbers.dials < excluded.dials then excluded.place else numbers.place end`,
          dials: sql<number>`case when excluded.dials = 1 then 1 else numbers.dials end`,
        }),
      ),
);

/** Numbers of the vendor's record or of the payload that may be dialled because of the row, separated by spaces. */
export const dialled = sql<string | null>`(select string_agg(n.value, ' ') from numbers n
  where n.run = rows.run and n.row = rows.row and n.kind = 'phone' and n.dials = 1)`;

export const numbersOf = (dialled: string | null): string[] => dialled?.split(' ') ?? [];

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

interface Entry {
  readonly phone: string;
  readonly reason: string;
}

const entryColumns = { phone: 'text', reason: 'text' } as const;

/** Adds numbers to the do-not-call list. After the commit no row that contacts one of them is ready, in any run. */
export async function block(
  tx: Tx,
  who: string,
  entries: readonly Entry[],
): Promise<{ added: number; blockedRows: number }> {
  const wanted = [...new Map(entries.map((entry) => [entry.phone, entry])).values()];
  let added = 0;
  let blockedRows = 0;
  for (const part of chunks(wanted)) {
    const fresh = await addToList(tx, part);
    await logChange(tx, who, 'add', fresh);
    added += fresh.length;
    for (const meant of chunks(meantBy(part))) blockedRows += await blockReady(tx, who, meant, onTheList);
  }
  return { added, blockedRows };
}

/** Every number that these entries mean. */
const meantBy = (entries: readonly { readonly phone: string }[]): { readonly phone: string }[] =>
  [...new Set(entries.flatMap(({ phone }) => numbersMeantBy(phone)))].map((phone) => ({ phone }));

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

/** Blocks ready rows that would contact one of these numbers. Returns how many there were. */
async function blockReady(
  tx: Tx,
  who: string,
  part: readonly { readonly phone: string }[],
  { code, reason }: { readonly code: string; readonly reason: string },
): Promise<number> {
  const found = await rowsContacting(tx.db, tx.flavour, part)
    .where(isReady)
    .select(['rows.run', 'rows.row', 'rows.attempt'])
    .distinct()
    .execute();
  const moved = found.map((row): Moved<'block'> => ({ ...row, from: 'ready', to: 'blocked', code, reason }));
  await move(tx, 'block', moved);
  for (const run of new Set(found.map((row) => row.run))) {
    const rows = found.filter((row) => row.run === run);
    const events = rows.map(({ row, attempt }) => ({
      row,
      attempt,
      kind: 'blocked',
      code,
      reason,
      detail: null,
    }));
    await noteEvents(tx, run, who, events);
  }
  return found.length;
}

/** Blocks the ready rows, in any run, that contact somebody whom a row of this run's file refuses. */
export async function blockRefused(tx: Tx, who: string, run: number): Promise<void> {
  for (let after = ''; ;) {
    const part = await tx.db
      .selectFrom('rows')
      .select(sql<string>`phone`.as('phone'))
      .distinct()
      .where('run', '=', run)
      .where('state', '=', 'held')
      .where('code', '=', refusedSince.code)
      .where('phone', '>', after)
      .orderBy('phone')
      .limit(chunk)
      .execute();
    await blockReady(tx, who, part, refusedSince);
    const last = part[chunk - 1];
    if (last === undefined) return;
    after = last.phone;
  }
}

/** Rows of all runs that contact these numbers; the numbers are `t.phone`. */
const rowsContacting = (db: Db, flavour: Flavour, part: readonly { readonly phone: string }[]) =>
  db
    .selectFrom(flavour.table<{ phone: string }>({ phone: 'text' }, part))
    .innerJoin('numbers', 'numbers.value', 't.phone')
    .innerJoin('rows', (join) =>
      join.onRef('rows.run', '=', 'numbers.run').onRef('rows.row', '=', 'numbers.row'),
    )
    .innerJoin('runs', 'runs.no', 'rows.run')
    .where(contactsNumber);

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

function* chunks<T>(all: readonly T[]): Iterable<readonly T[]> {
  for (let i = 0; i < all.length; i += chunk) yield all.slice(i, i + chunk);
}

/** Rows that contact these numbers and are being sent now. */
export async function underWay(store: Store, phones: readonly string[]): Promise<UnderWay[]> {
  const rows: SendingRecord[] = [];
  for (const part of chunks(meantBy(phones.map((phone) => ({ phone })))))
    rows.push(...(await store.read((db) => readSending(db, store, part))));
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

const readSending = (
  db: Db,
  { flavour }: Store,
  part: readonly { readonly phone: string }[],
): Promise<SendingRecord[]> =>
  rowsContacting(db, flavour, part)
    .where(isSending)
    .select(['runs.id as run', 'rows.row', 't.phone', 'rows.owner', 'rows.sent_at as since'])
    .execute();
