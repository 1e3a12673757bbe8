import { CsvError, type Options, Parser } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { unusable } from '../core/errors.js';
import { maxCellLength, maxColumns } from '../core/row.js';
import type { InputRow, Problem } from '../core/row.js';
import { LineCounter } from './bytes.js';
import {
  BrokenFile,
  decodeUtf8Cell,
  maxRecordSize,
  oversizeCell,
  findTextProblem,
  undecodableBytes,
} from './problems.js';
import type { Reader, Text } from './source.js';

/** A CSV file: how its bytes are read, and with which delimiter. */
interface CsvFile extends Text {
  readonly delimiter: string;
}

/**
 * Reads the header, the first line that is not empty (an Excel line `sep=;` before it is skipped).
 * @throws BrokenFile `input.empty` and what `headerProblem` finds
 */
export async function readHeader(file: CsvFile): Promise<readonly string[]> {
  for await (const records of readDataRecords(file)) {
    const record = records[0];
    if (!record) continue;
    const columns = decodeCells(file, record.cells);
    const problem = columns ? findHeaderProblem(columns) : undecodableBytes(file.encoding);
    if (problem) throw new BrokenFile(problem, { line: record.line });
    return columns ?? [];
  }
  throw new BrokenFile({ code: 'input.empty', message: 'there is no header line' }, {});
}

/** The rows of a CSV file. Lines without any character are no rows and do not count. */
export function makeCsvReader(file: CsvFile, columns: readonly string[]): Reader {
  return async function* () {
    let row = 0;
    let header = true;
    try {
      for await (const records of readDataRecords(file)) {
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
      throw new BrokenFile(error.problem, { row: row + 1, ...error.position });
    }
  };
}

async function* readDataRecords(file: CsvFile): AsyncGenerator<CsvRecord[], void, undefined> {
  let first = true;
  const cells = file.sound ? 'utf8' : 'latin1';
  for await (const records of readRecords(file.bytes(), { delimiter: file.delimiter, cells })) {
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
  const text = file.sound ? cells : cells.map((cell) => decodeUtf8Cell(cell) ?? decodeLossily(cell));
  let broken: Problem | null = null;
  if (!file.sound || size > maxCellLength) broken = findCellProblem(file, columns, cells, text);
  if (cells.length !== columns.length) broken = raggedRow(cells.length, columns.length);
  return { row, line, columns, values: text, broken };
}

const decodeCells = (file: CsvFile, cells: string[]): string[] | null => {
  const text = file.sound ? cells : cells.map(decodeUtf8Cell);
  return text.every((cell) => cell !== null) ? text : null;
};

const decodeLossily = (cell: string): string => Buffer.from(cell, 'latin1').toString('utf8');

function findCellProblem(
  file: CsvFile,
  columns: readonly string[],
  cells: readonly string[],
  text: readonly string[],
): Problem | null {
  for (let at = 0; at < cells.length; at++) {
    const column = columns[at] ?? `column ${at + 1}`;
    if (!file.sound && decodeUtf8Cell(cells[at] as string) === null)
      return undecodableBytes(file.encoding, column);
    const value = text[at] as string;
    const problem =
      value.length > maxCellLength ? oversizeCell(column) : findTextProblem(value, file.encoding, column);
    if (problem) return problem;
  }
  return null;
}

const raggedRow = (cells: number, columns: number): Problem => ({
  code: 'input.ragged',
  message: `the row has ${cells} ${cells === 1 ? 'cell' : 'cells'}, the header has ${columns}`,
});

/**
 * Returns what makes a header unusable, or null: `input.too-many-columns`, `input.empty-header`, `input.duplicate-header` (compared
 * without the spaces around), `input.proto-header`, `input.undecodable`, `input.nul`, `input.oversize`.
 */
function findHeaderProblem(columns: readonly string[]): Problem | null {
  if (columns.length > maxColumns) {
    return { code: 'input.too-many-columns', message: `there are more than ${maxColumns} columns` };
  }
  const seen = new Map<string, number>();
  for (const [index, column] of columns.entries()) {
    const problem = findNameProblem(column, index) ?? findRepeatedName(column, index, seen);
    if (problem) return problem;
  }
  return null;
}

function findNameProblem(column: string, index: number): Problem | null {
  const name = column.trim();
  if (name === '') return { code: 'input.empty-header', message: `column ${index + 1} has no name` };
  if (name === '__proto__') {
    return { code: 'input.proto-header', message: 'a column may not be called "__proto__"' };
  }
  if (column.length > maxCellLength) {
    return { code: 'input.oversize', message: `the name of column ${index + 1} is too long` };
  }
  const problem = findTextProblem(column, 'text', column);
  return problem && { ...problem, message: `the name of column ${index + 1} is damaged`, column: undefined };
}

function findRepeatedName(column: string, index: number, seen: Map<string, number>): Problem | null {
  const name = column.trim();
  const first = seen.get(name);
  seen.set(name, index);
  if (first === undefined) return null;
  const message = `columns ${first + 1} and ${index + 1} have the same name`;
  return { code: 'input.duplicate-header', message, column };
}

/** One record of a CSV file, unchanged. */
interface CsvRecord {
  readonly cells: string[];
  /** Line of the file where it starts, from 1. */
  readonly line: number;
  /** Length in bytes with its line end: no cell can be longer. */
  readonly size: number;
}

/** How to read a CSV file's bytes. */
interface CsvDialect {
  readonly delimiter: string;
  /** `latin1` gives each byte as one character, for bytes that may be no UTF-8. */
  readonly cells: 'utf8' | 'latin1';
}

type CsvOptions = Options<string[], string[]>;

/** The options of csv-parse every read of CSV shares: nothing is trimmed, cast or skipped. */
const parserOptions = (dialect: CsvDialect): CsvOptions => ({
  delimiter: dialect.delimiter,
  encoding: dialect.cells,
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
  max_record_size: maxRecordSize,
});

/** csv-parse with its records taken where they are made: its object stream costs half of the time. */
class Records extends Parser {
  readonly found: { cells: string[]; end: number }[] = [];

  override push(record: string[] | null): boolean {
    if (record !== null) this.found.push({ cells: record, end: this.info.bytes });
    return true;
  }
}

/**
 * Yields the records of each chunk, without empty lines.
 * @throws BrokenFile `input.unclosed-quote`, `input.bad-quote`, `input.oversize`, after the records before it
 */
async function* readRecords(
  bytes: AsyncIterable<Buffer>,
  dialect: CsvDialect,
): AsyncGenerator<CsvRecord[], void, undefined> {
  const parser = new Records(parserOptions(dialect));
  const lines = new LineCounter();
  let fed = 0;
  let done = 0;
  // Each error also comes to the callback of the write it stems from.
  parser.on('error', () => undefined);
  for await (const chunk of bytes) {
    lines.add(chunk);
    fed += chunk.length;
    const failure = await waitForParser((callback) => parser.write(chunk, callback));
    yield take();
    if (failure) throw toBrokenFile(failure, lines.line);
    if (fed - done > maxRecordSize) throw new BrokenFile(tooLarge, { line: lines.line });
  }
  const failure = await waitForParser((callback) => parser.end(callback));
  yield take();
  if (failure) throw toBrokenFile(failure, lines.line);

  function take(): CsvRecord[] {
    const records: CsvRecord[] = [];
    for (const { cells, end } of parser.found) {
      const line = lines.line;
      const size = end - done;
      const ended = lines.advance(end);
      done = end;
      const blank = cells.length === 1 && cells[0] === '' && size <= 2 && ended === 1;
      if (!blank) records.push({ cells, line, size });
    }
    parser.found.length = 0;
    return records;
  }
}

function waitForParser(start: (callback: (error?: Error | null) => void) => unknown): Promise<Error | null> {
  return new Promise((resolve) => start((error) => resolve(error ?? null)));
}

const tooLarge: Problem = {
  code: 'input.oversize',
  message: `a row is larger than ${maxRecordSize} bytes`,
};

// The library's own messages quote cells; only its codes are used.
function toBrokenFile(error: Error, line: number): Error {
  if (!(error instanceof CsvError)) return error;
  switch (error.code as string) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new BrokenFile(
        { code: 'input.unclosed-quote', message: 'a double quote is opened and never closed' },
        { line },
      );
    case 'INVALID_OPENING_QUOTE':
    case 'CSV_INVALID_CLOSING_QUOTE':
      return new BrokenFile(
        { code: 'input.bad-quote', message: 'a double quote stands where none may be' },
        { line },
      );
    case 'CSV_MAX_RECORD_SIZE':
      return new BrokenFile(tooLarge, { line });
    default:
      return error;
  }
}

const usualDelimiters = [';', ',', '\t'];
/** Records read to find a delimiter. */
const sampleRecords = 200;

const namedDelimiters: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  '\\t': '\t',
  pipe: '|',
};

/** Returns the delimiter the user named: one ASCII character, or `comma`, `semicolon`, `tab`, `pipe`. @throws UserError `input.bad-delimiter` */
export function readDelimiterName(text: string): string {
  const delimiter = namedDelimiters[text.toLowerCase()] ?? text;
  if (/^[\t\x20-\x7e]$/.test(delimiter) && !/["A-Za-z0-9]/.test(delimiter)) return delimiter;
  throw unusable({
    code: 'input.bad-delimiter',
    message: 'A delimiter is one ASCII character that is no letter, digit or double quote.',
    hint: 'Say --delimiter ";", --delimiter "," or --delimiter tab.',
  });
}

interface DelimiterChoice {
  readonly delimiter: string;
  /** True where a second delimiter would fit each line as well. */
  readonly ambiguous: boolean;
}

/**
 * Finds the delimiter from the start of a file: the one that cuts the most rows into as many cells as the header has,
 * quotes respected. A file of one column has `,`. A first line `sep=;`, as Excel understands it, decides.
 */
export function findDelimiter(head: string): DelimiterChoice {
  const declared = /^sep=(.)(?:\r|\n|$)/i.exec(head)?.[1];
  if (declared !== undefined) return { delimiter: readDelimiterName(declared), ambiguous: false };
  const fits = usualDelimiters.map((delimiter) => ({ delimiter, ...measureFit(head, delimiter) }));
  const useful = fits.filter((fit) => fit.columns > 1);
  useful.sort((a, b) => b.share - a.share || b.columns - a.columns);
  const [best, second] = useful;
  if (!best)
    return {
      delimiter: fits.some((fit) => fit.columns === 1) ? ',' : findCommonestDelimiter(head),
      ambiguous: false,
    };
  return { delimiter: best.delimiter, ambiguous: second?.share === best.share && best.share > 0 };
}

/** The delimiter that occurs most often in a header that cannot be parsed. */
function findCommonestDelimiter(head: string): string {
  const header = head.trimStart().split(/[\r\n]/, 1)[0] ?? '';
  const counts = usualDelimiters.map((delimiter) => header.split(delimiter).length);
  return usualDelimiters[counts.indexOf(Math.max(...counts))] ?? ',';
}

interface Fit {
  readonly columns: number;
  /** Rows with as many cells as the header, of all rows that could be read. */
  readonly share: number;
}

function measureFit(head: string, delimiter: string): Fit {
  const widths: number[] = [];
  let whole = true;
  try {
    parse(head, {
      ...parserOptions({ delimiter, cells: 'utf8' }),
      to: sampleRecords,
      on_record: (record: string[]) => {
        if (record.length > 1 || record[0] !== '') widths.push(record.length);
        return null;
      },
    });
  } catch {
    whole = false;
  }
  const [columns = 0, ...rows] = widths;
  // The head of a file may end inside a row, and a wrong delimiter breaks on quotes: then the last row counts little.
  if (rows.length === 0) return { columns, share: whole ? 1 : 0 };
  const matching = rows.filter((width) => width === columns).length;
  return { columns, share: matching / (rows.length + (whole ? 0 : 1)) };
}
