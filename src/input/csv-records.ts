import { CsvError, Parser, type Options } from 'csv-parse';
import type { Problem } from '../core/row.js';
import { LineCounter } from './lines.js';
import { maxRecordSize } from './limits.js';
import { BrokenFile } from './problems.js';

/** One record of a CSV file as it stands there. */
export interface CsvRecord {
  readonly cells: string[];
  /** Line of the file it starts on, from 1. */
  readonly line: number;
  /** Length in bytes with its line end: no cell can be longer. */
  readonly size: number;
}

/** How to read a CSV file's bytes. */
export interface CsvDialect {
  readonly delimiter: string;
  /** `latin1` gives each byte as one character, for bytes that may be no UTF-8. */
  readonly cells: 'utf8' | 'latin1';
}

type CsvOptions = Options<string[], string[]>;

/** Options of csv-parse that every reading of CSV here shares: nothing is trimmed, cast or skipped. */
export const parserOptions = (dialect: CsvDialect): CsvOptions => ({
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
 * Records in batches of a chunk, lines without any character left out.
 * @throws BrokenFile `input.unclosed-quote`, `input.bad-quote`, `input.oversize`, after the records before it
 */
export async function* csvRecords(
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
    const failure = await settled((callback) => parser.write(chunk, callback));
    yield take();
    if (failure) throw brokenBy(failure, lines.line);
    if (fed - done > maxRecordSize) throw new BrokenFile(tooLarge, { line: lines.line });
  }
  const failure = await settled((callback) => parser.end(callback));
  yield take();
  if (failure) throw brokenBy(failure, lines.line);

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

function settled(start: (callback: (error?: Error | null) => void) => unknown): Promise<Error | null> {
  return new Promise((resolve) => start((error) => resolve(error ?? null)));
}

const tooLarge: Problem = {
  code: 'input.oversize',
  message: `a row is larger than ${maxRecordSize} bytes`,
};

// The library's own messages quote cells; only its codes are used.
function brokenBy(error: Error, line: number): Error {
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
