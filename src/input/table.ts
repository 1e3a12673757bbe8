import type { InputFormat } from '../core/row.js';
import { csvReader, readHeader } from './csv.js';
import { delimiterName, findDelimiter } from './delimiter.js';
import { findFormat } from './format.js';
import { jsonReader } from './json.js';
import { ndjsonReader } from './ndjson.js';
import { BrokenFile, printable } from './problems.js';
import type { Reader, Text } from './source.js';

/** A file whose bytes are understood, and whose format is not settled yet. */
export interface Opening {
  readonly name: string;
  /** The start of its text. */
  readonly head: string;
  readonly text: Text;
}

/** A file whose rows can be read. */
export interface Table {
  readonly format: InputFormat;
  readonly delimiter: string | null;
  readonly columns: readonly string[] | null;
  readonly warnings: readonly string[];
  readonly read: Reader;
}

/** Settles format, delimiter and header. @throws BrokenFile, UserError */
export async function openTable(
  opening: Opening,
  declared: { readonly format?: InputFormat | undefined; readonly delimiter?: string | undefined },
): Promise<Table> {
  const format = declared.format ?? findFormat(opening.name, opening.head);
  if (format === 'csv') return openCsv(opening, declared.delimiter);
  const start = opening.head.trimStart()[0];
  if (start === undefined) {
    throw new BrokenFile({ code: 'input.empty', message: 'the file holds nothing but white space' }, {});
  }
  const shared = { format, delimiter: null, columns: null, warnings: [] };
  if (format === 'ndjson') return { ...shared, read: ndjsonReader(opening.text) };
  if (start === '{') {
    const message = 'the file is one JSON object, not an array of rows';
    throw new BrokenFile({ code: 'input.not-an-array', message }, {});
  }
  return { ...shared, read: jsonReader(opening.text) };
}

async function openCsv(opening: Opening, declared: string | undefined): Promise<Table> {
  const found = declared === undefined ? findDelimiter(opening.head) : null;
  const delimiter = found?.delimiter ?? delimiterName(declared ?? ',');
  const file = { ...opening.text, delimiter };
  const columns = await readHeader(file);
  const warnings = found?.ambiguous
    ? [
        `The delimiter of ${printable(opening.name)} was guessed; another would fit as well. --delimiter settles it.`,
      ]
    : [];
  return { format: 'csv', delimiter, columns, warnings, read: csvReader(file, columns) };
}
