import { extname } from 'node:path';
import type { InputFormat, InputSource } from '../core/row.js';
import { type HintedProblem, findKnownBinary, findUnknownBinary } from './bytes.js';
import { makeCsvReader, readDelimiterName, findDelimiter, readHeader } from './csv.js';
import {
  chooseEncoding,
  type EncodingChoice,
  type Examination,
  examineFile,
  undecodableMark,
  transcodeToUtf8,
} from './encoding.js';
import { makeLocal, type LocalInput, readAgain } from './file.js';
import { readEncodingName } from './guess.js';
import { makeJsonReader, makeNdjsonReader } from './json.js';
import { lineColumns, makeLineReader } from './lines.js';
import { BrokenFile, makeFileError, printable } from './problems.js';
import { OpenedInput, type Reader, type Text } from './source.js';

/** What to open, and what is known of it; what is left out is detected. */
export interface OpenOptions {
  /** A file, or `-` for `stdin`. */
  readonly path: string;
  readonly stdin: NodeJS.ReadableStream;
  /** Folder (0700, made if missing) for the private copy (0600) of what comes through a pipe. */
  readonly spoolDir: string;
  /** Called when the private copy of a pipe is not needed any more. */
  readonly onReleased?: (() => Promise<void>) | undefined;
  readonly format?: InputFormat | undefined;
  readonly encoding?: string | undefined;
  /** One character, or `comma`, `semicolon`, `tab`, `pipe`. */
  readonly delimiter?: string | undefined;
  /** Give broken rows with `broken` set and go on, instead of refusing the file at the first one. */
  readonly skipInvalid: boolean;
  /** Give a table whose header cannot be read line by line, instead of refusing it. */
  readonly list?: boolean | undefined;
}

/**
 * Opens CSV, a JSON array or NDJSON. Reads the input once to its end: for its SHA-256, and because only the whole file
 * tells its encoding. Rows count from 1 without the header and without empty lines (CSV: no character at all; NDJSON:
 * white space alone).
 *
 * With `skipInvalid`, rows that are ragged, undecodable, oversize, hold NUL, or (JSON, NDJSON) are no object, have a
 * doubled or forbidden key, or are a bad NDJSON line, come with `broken` set. What breaks the file is thrown either
 * way: its header, quotes, the syntax of a JSON array, a CSV record beyond `maxRecordSize`.
 * @throws UserError (exit 6) with an `input.*` code
 */
export async function openInput(options: OpenOptions): Promise<InputSource> {
  if (options.encoding !== undefined) readEncodingName(options.encoding);
  if (options.delimiter !== undefined) readDelimiterName(options.delimiter);
  if (options.format === 'xlsx') throw xlsxUnsupported(options.path);
  const local = await makeLocal(options);
  try {
    return await openLocal(local, options);
  } catch (error) {
    await local.release();
    if (error instanceof BrokenFile) throw makeFileError(local.name, error.problem, error.position);
    throw error;
  }
}

const xlsxUnsupported = (path: string): Error =>
  makeFileError(
    path === '-' ? 'stdin' : (path.split(/[\\/]/).at(-1) ?? path),
    { code: 'input.format-unsupported', message: 'XLSX cannot be read yet' },
    {},
    'Save the sheet as "CSV UTF-8" in the spreadsheet program.',
  );

async function openLocal(local: LocalInput, options: OpenOptions): Promise<InputSource> {
  const exam = await examineFile(local);
  if (exam.bytes === 0) throw new BrokenFile({ code: 'input.empty', message: 'the file is empty' }, {});
  refuseBinary(exam, findKnownBinary(exam.head));
  const chosen = await chooseEncoding(exam, options.encoding);
  const choice = { ...chosen, sound: chosen.sound || (await decodesCleanly(exam, chosen)) };
  if (!choice.encoding.startsWith('utf-16')) refuseBinary(exam, findUnknownBinary(exam.head));
  const opening: DecodedFile = {
    name: exam.name,
    head: await decodeHead(exam, choice),
    text: {
      encoding: choice.encoding,
      sound: choice.sound,
      bytes: () => transcodeToUtf8(readAgain(exam), choice),
    },
  };
  const table = await openTable(opening, options);
  return new OpenedInput({
    facts: {
      name: exam.name,
      sha256: exam.sha256,
      bytes: exam.bytes,
      format: table.format,
      encoding: choice.encoding,
      delimiter: table.delimiter,
    },
    columns: table.columns,
    warnings: [...choice.warnings, ...table.warnings],
    read: table.read,
    readLines: makeLineReader(opening.text),
    skipInvalid: options.skipInvalid,
    release: () => local.release(),
  });
}

/** True where every byte of a file that is not UTF-8 decodes and none is NUL: then no cell needs a check. */
async function decodesCleanly(exam: Examination, choice: EncodingChoice): Promise<boolean> {
  if (choice.encoding === 'utf-8') return false;
  for await (const bytes of transcodeToUtf8(readAgain(exam), choice)) {
    if (bytes.includes(undecodableMark) || bytes.includes(0)) return false;
  }
  return true;
}

function refuseBinary(exam: Examination, problem: HintedProblem | null): void {
  if (problem) throw makeFileError(exam.name, problem, {}, problem.hint);
}

async function decodeHead(exam: Examination, choice: EncodingChoice): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of transcodeToUtf8(streamOf(exam.head), choice)) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of one chunk
async function* streamOf(chunk: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield chunk;
}

/** A file whose encoding is known and whose format is not. */
interface DecodedFile {
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

/** Detects format and delimiter, reads the header. @throws BrokenFile, UserError */
async function openTable(
  opening: DecodedFile,
  declared: Pick<OpenOptions, 'format' | 'delimiter' | 'list'>,
): Promise<Table> {
  const format = declared.format ?? findFormat(opening.name, opening.head);
  if (format === 'csv') return openCsv(opening, declared.delimiter, declared.list === true);
  const start = opening.head.trimStart()[0];
  if (start === undefined) {
    throw new BrokenFile({ code: 'input.empty', message: 'the file holds nothing but white space' }, {});
  }
  const shared = { format, delimiter: null, columns: null, warnings: [] };
  if (format === 'ndjson') return { ...shared, read: makeNdjsonReader(opening.text) };
  if (start === '{') {
    const message = 'the file is one JSON object, not an array of rows';
    throw new BrokenFile({ code: 'input.not-an-array', message }, {});
  }
  return { ...shared, read: makeJsonReader(opening.text) };
}

function noHeader(error: unknown): null {
  if (error instanceof BrokenFile && error.problem.code !== 'input.empty') return null;
  throw error;
}

async function openCsv(opening: DecodedFile, declared: string | undefined, asList: boolean): Promise<Table> {
  const found = declared === undefined ? findDelimiter(opening.head) : null;
  const delimiter = found?.delimiter ?? readDelimiterName(declared ?? ',');
  const file = { ...opening.text, delimiter };
  const columns = asList ? await readHeader(file).catch(noHeader) : await readHeader(file);
  if (columns === null)
    return {
      format: 'csv',
      delimiter: null,
      columns: lineColumns,
      warnings: [],
      read: makeLineReader(opening.text),
    };
  const warnings = found?.ambiguous
    ? [
        `The delimiter of ${printable(opening.name)} was guessed; another would fit as well. --delimiter settles it.`,
      ]
    : [];
  return { format: 'csv', delimiter, columns, warnings, read: makeCsvReader(file, columns) };
}

/**
 * Returns the format of a file, from its name and the start of its text. An extension that names a format decides,
 * except that `.json` with several objects, one a line, is NDJSON. Else text that begins like JSON is JSON, the rest CSV.
 */
function findFormat(name: string, head: string): InputFormat {
  const extension = extname(name).toLowerCase();
  if (extension === '.csv' || extension === '.tsv') return 'csv';
  if (extension === '.ndjson' || extension === '.jsonl') return 'ndjson';
  const start = head.trimStart();
  if (extension === '.json') return hasSecondObject(start) ? 'ndjson' : 'json';
  if (/^\[\s*(?:[{[\]"\d-]|true|false|null|$)/.test(start)) return 'json';
  if (!/^\{\s*(?:"|\}|$)/.test(start)) return 'csv';
  return isOneLineObject(start) ? 'ndjson' : 'json';
}

const isOneLineObject = (text: string): boolean => {
  const line = text.split(/\r?\n/, 1)[0] as string;
  return line.trimEnd().endsWith('}') || line.length === text.length;
};

const hasSecondObject = (text: string): boolean => /^\{[^\r\n]*\}[ \t]*\r?\n\s*\{/.test(text);
