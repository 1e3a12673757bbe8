import { sql, type InsertResult } from 'kysely';
import type { PlannedRow } from '../../core/ledger.js';
import { ownNumbers, textOfKey, type PhoneNumber } from '../../core/number.js';
import type { NumberTable } from '../schema.js';
import { buildOnce, type Tx } from '../store.js';
import type { RunRecord } from './records.js';

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
  for (const value of row.refusing ?? []) lineOf(value, 'row');
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
