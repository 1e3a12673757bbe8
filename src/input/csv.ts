import type { InputRow, Problem } from '../core/row.js';
import { fromBytes, oversize, textProblem, undecodable } from './cells.js';
import { csvRecords, type CsvRecord } from './csv-records.js';
import { maxCellLength } from '../core/limits.js';
import { headerProblem } from './header.js';
import { BrokenFile } from './problems.js';
import type { Reader, Text } from './source.js';

/** A CSV file: how its bytes are read, and with which delimiter. */
export interface CsvFile extends Text {
  readonly delimiter: string;
}

/**
 * Reads the header, the first line that is not empty (an Excel line `sep=;` before it is skipped).
 * @throws BrokenFile `input.empty` and what `headerProblem` finds
 */
export async function readHeader(file: CsvFile): Promise<readonly string[]> {
  for await (const records of dataRecords(file)) {
    const record = records[0];
    if (!record) continue;
    const columns = textCells(file, record.cells);
    const problem = columns ? headerProblem(columns) : undecodable(file.encoding);
    if (problem) throw new BrokenFile(problem, { line: record.line });
    return columns ?? [];
  }
  throw new BrokenFile({ code: 'input.empty', message: 'there is no header line' }, {});
}

/** The rows of a CSV file. Lines without any character are no rows and do not count. */
export function csvReader(file: CsvFile, columns: readonly string[]): Reader {
  return async function* () {
    let row = 0;
    let header = true;
    try {
      for await (const records of dataRecords(file)) {
        const from = header && records.length > 0 ? 1 : 0;
        header &&= records.length === 0;
        const rows: InputRow[] = [];
        for (let at = from; at < records.length; at++) {
          rows.push(toRow(file, columns, records[at] as CsvRecord, ++row));
        }
        yield rows;
      }
    } catch (error) {
      if (!(error instanceof BrokenFile)) throw error;
      throw new BrokenFile(error.problem, { row: row + 1, ...error.place });
    }
  };
}

async function* dataRecords(file: CsvFile): AsyncGenerator<CsvRecord[], void, undefined> {
  let first = true;
  const cells = file.sound ? 'utf8' : 'latin1';
  for await (const records of csvRecords(file.bytes(), { delimiter: file.delimiter, cells })) {
    const head = records[0];
    if (first && head) {
      first = false;
      if (/^sep=.$/i.test(head.cells.join(file.delimiter))) records.shift();
    }
    yield records;
  }
}

function toRow(file: CsvFile, columns: readonly string[], record: CsvRecord, row: number): InputRow {
  const { line, cells, size } = record;
  const text = file.sound ? cells : cells.map((cell) => fromBytes(cell) ?? lossy(cell));
  let broken: Problem | null = null;
  if (!file.sound || size > maxCellLength) broken = cellProblem(file, columns, cells, text);
  if (cells.length !== columns.length) broken = ragged(cells.length, columns.length);
  return { row, line, columns, values: text, broken };
}

const textCells = (file: CsvFile, cells: string[]): string[] | null => {
  const text = file.sound ? cells : cells.map(fromBytes);
  return text.every((cell) => cell !== null) ? text : null;
};

const lossy = (cell: string): string => Buffer.from(cell, 'latin1').toString('utf8');

function cellProblem(
  file: CsvFile,
  columns: readonly string[],
  cells: readonly string[],
  text: readonly string[],
): Problem | null {
  for (let at = 0; at < cells.length; at++) {
    const column = columns[at] ?? `column ${at + 1}`;
    if (!file.sound && fromBytes(cells[at] as string) === null) return undecodable(file.encoding, column);
    const value = text[at] as string;
    const problem =
      value.length > maxCellLength ? oversize(column) : textProblem(value, file.encoding, column);
    if (problem) return problem;
  }
  return null;
}

const ragged = (cells: number, columns: number): Problem => ({
  code: 'input.ragged',
  message: `the row has ${cells} ${cells === 1 ? 'cell' : 'cells'}, the header has ${columns}`,
});
