import { sql } from 'kysely';
import type { PlannedRow } from '../../core/ledger.js';
import { numbersIn, textOfKey } from '../../core/number.js';
import type { NumberTable } from '../schema.js';
import type { Tx } from '../store.js';
import type { RunRecord } from './records.js';

/** Every number of a row, so that the row is found by it: for the do-not-call list, and for whoever asks about a person. */

type Line = Pick<NumberTable, 'row' | 'value' | 'main' | 'dials' | 'place'>;

const lineTypes = {
  row: 'integer',
  value: 'text',
  main: 'integer',
  dials: 'integer',
  place: 'text',
} as const;

const isE164 = (text: string): boolean => /^\+\d+$/.test(text);

/** The numbers a row itself names as its person's: its phone, and its key where that is a number. */
export const ownNumbers = ({ phone, key }: Pick<PlannedRow, 'phone' | 'key'>): string[] => {
  const own = new Set<string>();
  if (phone !== null) own.add(phone);
  if (key !== null && isE164(key)) own.add(key);
  return [...own];
};

function linesOf(row: PlannedRow): Line[] {
  const lines = new Map<string, Line>();
  for (const { key, dials } of numbersIn(row.payload)) {
    const value = textOfKey(key);
    const known = lines.get(value)?.dials ?? 0;
    lines.set(value, { row: row.row, value, main: 0, dials: dials ? 1 : known, place: 'payload' });
  }
  for (const value of ownNumbers(row)) {
    const known: Line = lines.get(value) ?? { row: row.row, value, main: 1, dials: 0, place: 'row' };
    lines.set(value, { ...known, main: 1 });
  }
  return [...lines.values()];
}

/** Stores the numbers of rows that are planned. */
export const addNumbers = (tx: Tx, run: RunRecord, rows: readonly PlannedRow[]): Promise<void> =>
  insert(tx, run, rows.flatMap(linesOf));

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
  insert(
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

/** A number that is there already is dialled from where it was dialled first, and stays the row's own if it was. */
async function insert({ db, flavour }: Tx, run: RunRecord, lines: readonly Line[]): Promise<void> {
  if (lines.length === 0) return;
  await db
    .insertInto('numbers')
    .columns(['run', 'history', 'kind', 'row', 'value', 'main', 'dials', 'place'])
    .expression((eb) =>
      eb
        .selectFrom(flavour.table<Line>(lineTypes, lines))
        .select([sql<number>`${run.no}`.as('run'), sql<number>`${run.history}`.as('history')])
        .select([sql.lit<'phone'>('phone').as('kind'), 't.row', 't.value', 't.main', 't.dials', 't.place'])
        .where(sql<boolean>`true`),
    )
    .onConflict((conflict) =>
      conflict.columns(['run', 'row', 'kind', 'value']).doUpdateSet({
        main: sql<number>`case when excluded.main = 1 then 1 else numbers.main end`,
        place: sql<
          Line['place']
        >`case when numbers.dials < excluded.dials then excluded.place else numbers.place end`,
        dials: sql<number>`case when excluded.dials = 1 then 1 else numbers.dials end`,
      }),
    )
    .execute();
}

/** Numbers of the vendor's record or of the payload that may be dialled because of the row, parted by spaces. */
export const dialled = sql<string | null>`(select string_agg(n.value, ' ') from numbers n
  where n.run = rows.run and n.row = rows.row and n.kind = 'phone' and n.dials = 1)`;

export const numbersOf = (dialled: string | null): string[] => dialled?.split(' ') ?? [];

/**
 * Holds for a number by which somebody hears of the row, as the gate sees it: in a run that reaches people the row's own and
 * all that may be dialled, in another those of its payload that may be. For queries of `numbers`, `rows` and `runs`.
 */
export const isHeard = sql<boolean>`(numbers.kind = 'phone' and (
  (runs.reaches_person = 1 and (numbers.main = 1 or numbers.dials = 1))
  or (numbers.dials = 1 and numbers.place = 'payload')))`;
