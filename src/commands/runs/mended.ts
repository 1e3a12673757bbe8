import { unusable } from '../../core/errors.js';
import type { Json } from '../../core/json.js';
import type { Run } from '../../core/ledger.js';
import type { InputRow, InputSource } from '../../core/row.js';

/** A row of a mended results file, and which row of the run it is. */
export interface MendedRow {
  readonly of: number;
  readonly cells: InputRow;
}

const own = { row: '_salesq_row', run: '_salesq_run' } as const;

/**
 * The rows of a results file of the run, in the file's order. Throws UserError (exit 6): `retry.no-results-file`,
 * `retry.other-run`, `retry.bad-row`, `retry.row-twice`.
 */
export async function* mendedRows(source: InputSource, run: Pick<Run, 'id'>): AsyncIterable<MendedRow> {
  const seen = new Set<number>();
  for await (const cells of source.rows()) {
    if (cellOf(cells, own.row) === undefined || cellOf(cells, own.run) === undefined)
      throw noResultsFile(source);
    if (text(cellOf(cells, own.run)).toUpperCase() !== run.id) throw otherRun(source, cells, run);
    const number = text(cellOf(cells, own.row));
    if (!/^[1-9]\d{0,14}$/.test(number)) throw badRow(source, cells);
    const of = Number(number);
    if (seen.has(of)) throw rowTwice(source, cells, of);
    seen.add(of);
    yield { of, cells };
  }
}

function cellOf({ columns, values }: InputRow, name: string): Json | undefined {
  return values[columns.findIndex((column) => column.trim().toLowerCase() === name)];
}

const text = (cell: Json | undefined): string =>
  typeof cell === 'string' || typeof cell === 'number' ? String(cell).trim() : '';

const place = ({ facts }: InputSource, { row, line }: InputRow): string =>
  `${facts.name}, row ${row}${line === null ? '' : `, line ${line}`}`;

const noResultsFile = ({ facts }: InputSource): Error =>
  unusable({
    code: 'retry.no-results-file',
    message: `${facts.name} is no results file: it has no columns ${own.row} and ${own.run}`,
    hint: 'Write one with salesq runs resume <run> --results <file>, mend its rows and leave its _salesq_ columns as they are',
  });

const otherRun = (source: InputSource, row: InputRow, run: Pick<Run, 'id'>): Error =>
  unusable({
    code: 'retry.other-run',
    message: `${place(source, row)}: ${own.run} does not name run ${run.id}`,
    hint: 'Give the results file of the run that is tried again',
  });

const badRow = (source: InputSource, row: InputRow): Error =>
  unusable({
    code: 'retry.bad-row',
    message: `${place(source, row)}: ${own.row} is no row number`,
    hint: 'Leave the _salesq_ columns of a results file as they are',
  });

const rowTwice = (source: InputSource, row: InputRow, of: number): Error =>
  unusable({
    code: 'retry.row-twice',
    message: `${place(source, row)}: row ${of} of the run stands in the file twice`,
    hint: 'Remove one of the two',
  });
