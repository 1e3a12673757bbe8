import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { temporary, unusable, UserError } from '../core/errors.js';
import { isObject, type Json } from '../core/json.js';
import type { LedgerRow } from '../core/ledger.js';
import { retryColumn } from '../core/retry.js';
import { cellText } from './cell.js';
import { openCsv, type CsvText } from './csv.js';
import { systemCode } from './system-error.js';

/** What the results file needs of a row. */
export type ResultRow = Pick<LedgerRow, 'run' | 'row' | 'state' | 'code' | 'reason' | 'vendorId' | 'source'>;

/** Our columns, after the input's own. */
export const resultColumns = [
  '_salesq_row',
  '_salesq_state',
  '_salesq_code',
  '_salesq_reason',
  '_salesq_vendor_id',
  '_salesq_run',
] as const;

/** Ours in an input, to be made anew; which row of which run a row tries again stays with it. */
const isOurs = (column: string): boolean => column.startsWith('_salesq_') && column !== retryColumn;

/** Rows written at a time. */
const batch = 500;

export interface ResultsWriter {
  /** Every input row once, in row order. */
  add(row: ResultRow): Promise<void>;
  /** Makes the file appear, whole, under its name and fsynced; resolves with its absolute path. */
  finish(): Promise<string>;
  /** Leaves whatever was there before. Safe to call twice and after finish. */
  abort(): Promise<void>;
}

const notWritable = (path: string, why: string): UserError =>
  unusable({
    code: 'results.not-writable',
    message: `The results file ${path} cannot be written: ${why}.`,
    hint: 'Give --results a file name in a folder that exists and that you may write to.',
  });

/** The file a path means: a symbolic link is followed, so that the link stays one. */
async function targetOf(path: string, cwd: string): Promise<string> {
  const file = resolve(cwd, path);
  return realpath(file).catch(() => file);
}

async function checkExisting(path: string, target: string, input: string | null): Promise<void> {
  const there = await stat(target, { bigint: true }).catch(() => null);
  if (!there) return;
  const read = input === null ? null : await stat(input, { bigint: true }).catch(() => null);
  if (read && read.dev === there.dev && read.ino === there.ino) {
    throw unusable({
      code: 'results.same-as-input',
      message: `The results file ${path} is the input file.`,
      hint: 'Give --results another name: the input is never overwritten.',
    });
  }
  if (!there.isFile()) throw notWritable(path, 'it is no regular file');
  if (there.size > 0n && !(await isResults(target))) {
    throw unusable({
      code: 'results.foreign-file',
      message: `${path} exists and is no results file of this program; it is not overwritten.`,
      hint: 'Give --results another name, or move the file away.',
    });
  }
  await access(target, constants.W_OK).catch(() => {
    throw notWritable(path, 'it is write-protected');
  });
}

/** Whether a file begins like one of ours: with a header that has our columns. */
async function isResults(target: string): Promise<boolean> {
  const file = await open(target, 'r').catch(() => null);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
    const [header = ''] = buffer.toString('latin1', 0, bytesRead).split('\n');
    return header.includes(resultColumns[0]);
  } finally {
    await file.close();
  }
}

/**
 * To be asked before anything is sent. Throws UserError (exit 6) `results.not-writable`, `results.same-as-input`,
 * `results.foreign-file`.
 * Input: path of the input file, null for stdin. A relative results path starts from `cwd`.
 */
export async function checkResults(path: string, input: string | null, cwd: string): Promise<void> {
  const target = await targetOf(path, cwd);
  await checkExisting(path, target, input);
  const folder = await stat(dirname(target)).catch(() => null);
  if (!folder?.isDirectory()) throw notWritable(path, 'its folder does not exist');
  const probe = await createBeside(path, target, 0o600);
  await probe.file.close();
  await rm(probe.path, { force: true });
}

/** A new file in the same folder, so that renaming it is one step. */
async function createBeside(
  path: string,
  target: string,
  mode: number,
): Promise<{ file: FileHandle; path: string }> {
  const beside = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    return { file: await open(beside, 'wx', mode), path: beside };
  } catch (error) {
    throw notWritable(path, `its folder refuses a new file (${systemCode(error) || 'unknown reason'})`);
  }
}

/** The columns of rows that bring their own keys, in order of first sight; `_salesq_*` are left out. */
export async function columnsOfRows(rows: AsyncIterable<Pick<ResultRow, 'source'>>): Promise<string[]> {
  const seen = new Set<string>();
  for await (const { source } of rows) {
    if (isObject(source)) for (const key of Object.keys(source)) if (!isOurs(key)) seen.add(key);
  }
  return [...seen];
}

/**
 * Starts the results file: UTF-8 without BOM, comma, RFC 4180 quoting, one record a row. Columns are the header of the
 * input, or `columnsOfRows`; input columns named `_salesq_*` are dropped, so that a results file pushed again keeps its
 * shape. A new file is private (0600), an existing one keeps its mode. A relative path starts from `cwd`.
 */
export async function openResults(
  path: string,
  columns: readonly string[],
  cwd: string,
): Promise<ResultsWriter> {
  const target = await targetOf(path, cwd);
  const before = await stat(target).catch(() => null);
  const beside = await createBeside(path, target, 0o600).catch((error: unknown) => {
    throw error instanceof UserError
      ? temporary({ code: error.code, message: error.message, hint: laterHint })
      : error;
  });
  if (before) await beside.file.chmod(before.mode & 0o777).catch(() => undefined);
  const own = columns.map((name, at) => ({ name, at })).filter(({ name }) => !isOurs(name));
  return new CsvResults(path, target, beside, own, await openCsv(own.length + resultColumns.length));
}

const laterHint = 'Every result is in the ledger: salesq runs resume last --results <file>.';

interface OwnColumn {
  readonly name: string;
  /** Place in a row that is a list. */
  readonly at: number;
}

class CsvResults implements ResultsWriter {
  #records: string[][];
  #lastRow = 0;
  #ended = false;
  readonly #path: string;
  readonly #target: string;
  readonly #beside: { readonly file: FileHandle; readonly path: string };
  readonly #own: readonly OwnColumn[];
  readonly #csv: CsvText;

  constructor(
    path: string,
    target: string,
    beside: { readonly file: FileHandle; readonly path: string },
    own: readonly OwnColumn[],
    csv: CsvText,
  ) {
    this.#path = path;
    this.#target = target;
    this.#beside = beside;
    this.#own = own;
    this.#csv = csv;
    this.#records = [[...own.map(({ name }) => name), ...resultColumns]];
  }

  async add(row: ResultRow): Promise<void> {
    if (row.row <= this.#lastRow) throw new RangeError('Results take every row once, in row order.');
    this.#lastRow = row.row;
    this.#records.push([...this.#own.map((column) => cellText(cellOf(row.source, column))), ...ours(row)]);
    if (this.#records.length >= batch) await this.#guard(() => this.#flush());
  }

  async finish(): Promise<string> {
    await this.#guard(async () => {
      await this.#flush();
      await this.#beside.file.sync();
      await this.#beside.file.close();
      await rename(this.#beside.path, this.#target);
      await syncFolder(dirname(this.#target));
    });
    this.#ended = true;
    return this.#target;
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#beside.file.close().catch(() => undefined);
    await rm(this.#beside.path, { force: true }).catch(() => undefined);
  }

  async #flush(): Promise<void> {
    const text = this.#csv(this.#records);
    this.#records = [];
    await this.#beside.file.writeFile(text, 'utf8');
  }

  /** What was sent stays sent: a full disk costs the file, not the run. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.abort();
      throw temporary({
        code: 'results.write-failed',
        message: `The results file ${this.#path} could not be written to its end (${systemCode(error) || 'unknown reason'}).`,
        hint: 'Every result is in the ledger: make room, then salesq runs resume last --results <file>.',
      });
    }
  }
}

const ours = (row: ResultRow): string[] => [
  String(row.row),
  row.state,
  row.code ?? '',
  row.reason ?? '',
  row.vendorId ?? '',
  row.run,
];

function cellOf(source: Json, column: OwnColumn): Json | undefined {
  if (Array.isArray(source)) return (source as readonly Json[])[column.at];
  return isObject(source) && Object.hasOwn(source, column.name) ? source[column.name] : undefined;
}

/** Makes the new name survive a power cut; where a folder cannot be opened (Windows), the system does it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  if (!folder) return;
  await folder.sync().catch(() => undefined);
  await folder.close();
}
