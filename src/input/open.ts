import type { InputSource } from '../core/row.js';
import { knownBinary, unknownBinary, type HintedProblem } from './binary.js';
import { chooseEncoding, type EncodingChoice } from './encoding.js';
import { encodingName } from './encoding-names.js';
import { examine, type Examination } from './examine.js';
import { readAgain } from './file.js';
import { delimiterName } from './delimiter.js';
import { BrokenFile, fileError } from './problems.js';
import { OpenedInput } from './source.js';
import { localInput, type LocalInput } from './spool.js';
import { openTable, type Opening } from './table.js';
import { undecodableMark, utf8Bytes } from './transcode.js';

import type { OpenOptions } from './options.js';

/** See `openInput`, which loads this module when it is called. */
export async function openLocal(options: OpenOptions): Promise<InputSource> {
  if (options.encoding !== undefined) encodingName(options.encoding);
  if (options.delimiter !== undefined) delimiterName(options.delimiter);
  if (options.format === 'xlsx') throw unsupported(options.path);
  const local = await localInput(options);
  try {
    return await open(local, options);
  } catch (error) {
    await local.release();
    if (error instanceof BrokenFile) throw fileError(local.name, error.problem, error.place);
    throw error;
  }
}

const unsupported = (path: string): Error =>
  fileError(
    path === '-' ? 'stdin' : (path.split(/[\\/]/).at(-1) ?? path),
    { code: 'input.format-unsupported', message: 'XLSX cannot be read yet' },
    {},
    'Save the sheet as "CSV UTF-8" in the spreadsheet program.',
  );

async function open(local: LocalInput, options: OpenOptions): Promise<InputSource> {
  const exam = await examine(local);
  if (exam.bytes === 0) throw new BrokenFile({ code: 'input.empty', message: 'the file is empty' }, {});
  refuse(exam, knownBinary(exam.head));
  const chosen = await chooseEncoding(exam, options.encoding);
  const choice = { ...chosen, sound: chosen.sound || (await decodesCleanly(exam, chosen)) };
  if (!choice.encoding.startsWith('utf-16')) refuse(exam, unknownBinary(exam.head));
  const opening: Opening = {
    name: exam.name,
    head: await headText(exam, choice),
    text: {
      encoding: choice.encoding,
      sound: choice.sound,
      bytes: () => utf8Bytes(readAgain(exam), choice),
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
    skipInvalid: options.skipInvalid,
    release: () => local.release(),
  });
}

/** True where all of a file that is not UTF-8 can be decoded and holds no NUL: then no cell need be looked at. */
async function decodesCleanly(exam: Examination, choice: EncodingChoice): Promise<boolean> {
  if (choice.encoding === 'utf-8') return false;
  for await (const bytes of utf8Bytes(readAgain(exam), choice)) {
    if (bytes.includes(undecodableMark) || bytes.includes(0)) return false;
  }
  return true;
}

function refuse(exam: Examination, problem: HintedProblem | null): void {
  if (problem) throw fileError(exam.name, problem, {}, problem.hint);
}

async function headText(exam: Examination, choice: EncodingChoice): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of utf8Bytes(one(exam.head), choice)) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of one chunk
async function* one(chunk: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield chunk;
}
