import { dirname, resolve } from 'node:path';
import { temporary, unusable, type UserError, systemCode } from '../core/errors.js';
import { FileError } from '../core/files.js';
import { isObject, type Json, keysOf } from '../core/json.js';
import type { LedgerRow } from '../core/ledger.js';
import { shownNumbersOf } from '../core/report.js';
import { retryColumn } from '../core/life.js';
import { followLinks, isWritable, lookAt, openWhole, readStart, tryBeside } from '../files.js';
import { openCsv } from './formats.js';
import { cellText } from './text.js';

/** The part of a row the results file shows. */
export type ResultRow = Pick<
  LedgerRow,
  'run' | 'row' | 'state' | 'code' | 'reason' | 'vendorId' | 'source' | 'payload' | 'phone'
>;

/** Our columns, after the input's own. */
const resultColumns = [
  '_salesq_row',
  '_salesq_state',
  '_salesq_code',
  '_salesq_reason',
  '_salesq_vendor_id',
  '_salesq_run',
  '_salesq_numbers',
] as const;

/** Whether a column of an input is one of ours, to be written anew. The one that links a row to the row it retries stays. */
const isOwnColumn = (column: string): boolean => column.startsWith('_salesq_') && column !== retryColumn;

/** Rows written at a time. */
const batch = 500;

interface ResultsWriter {
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

const refusesNewFile = (path: string, error: unknown): UserError =>
  notWritable(path, `its folder refuses a new file (${findSystemCode(error) || 'unknown reason'})`);

/** Returns the system's code of a write error; empty where it has none. */
const findSystemCode = (error: unknown): string =>
  error instanceof FileError ? error.system : systemCode(error);

async function checkExisting(path: string, target: string, input: string | null): Promise<void> {
  const there = await lookAt(target);
  if (!there) return;
  const read = input === null ? null : await lookAt(input);
  if (read?.identity === there.identity) {
    throw unusable({
      code: 'results.same-as-input',
      message: `The results file ${path} is the input file.`,
      hint: 'Give --results another name: the input is never overwritten.',
    });
  }
  if (!there.isFile) throw notWritable(path, 'it is no regular file');
  if (there.size > 0 && !(await isResults(target))) {
    throw unusable({
      code: 'results.foreign-file',
      message: `${path} exists and is no results file of this program; it is not overwritten.`,
      hint: 'Give --results another name, or move the file away.',
    });
  }
  if (!(await isWritable(target))) throw notWritable(path, 'it is write-protected');
}

/** Whether a file begins with a header that has our columns. */
async function isResults(target: string): Promise<boolean> {
  const start = await readStart(target, 65_536);
  const [header = ''] = start?.toString('latin1').split('\n') ?? [];
  return header.includes(resultColumns[0]);
}

/**
 * Checks, before anything is sent, that a results file can be written. Throws UserError (exit 6) `results.not-writable`, `results.same-as-input`,
 * `results.foreign-file`.
 * Input: path of the input file, null for stdin. A relative results path starts from `cwd`.
 */
export async function checkResults(path: string, input: string | null, cwd: string): Promise<void> {
  const target = await followLinks(resolve(cwd, path));
  await checkExisting(path, target, input);
  const folder = await lookAt(dirname(target));
  if (!folder?.isFolder) throw notWritable(path, 'its folder does not exist');
  await tryBeside(target).catch((error: unknown) => {
    throw refusesNewFile(path, error);
  });
}

/** Returns the columns of rows that have their own keys, in order of first sight; `_salesq_*` are left out. */
export async function columnsOfRows(rows: AsyncIterable<Pick<ResultRow, 'source'>>): Promise<string[]> {
  const seen = new Set<string>();
  for await (const { source } of rows) {
    if (isObject(source)) for (const key of keysOf(source)) if (!isOwnColumn(key)) seen.add(key);
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
  // A link is followed, so that it stays one.
  const target = await followLinks(resolve(cwd, path));
  const file = await openWhole(target, { mode: 'keep', replace: true }).catch((error: unknown) => {
    const { code, message } = refusesNewFile(path, error);
    throw temporary({ code, message, hint: laterHint });
  });
  const own = columns.map((name, at) => ({ name, at })).filter(({ name }) => !isOwnColumn(name));
  const csv = await openCsv(own.length + resultColumns.length);
  let records: string[][] = [[...own.map(({ name }) => name), ...resultColumns]];
  let lastRow = 0;
  const flush = async (): Promise<void> => {
    const text = csv(records);
    records = [];
    await file.write(text);
  };
  /** What was sent stays sent: a full disk costs the file, not the run. */
  const guard = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      await file.abort();
      throw temporary({
        code: 'results.write-failed',
        message: `The results file ${path} could not be written to its end (${findSystemCode(error) || 'unknown reason'}).`,
        hint: 'Every result is in the ledger: make room, then `salesq runs resume last --results <file>`.',
      });
    }
  };
  return {
    async add(row) {
      if (row.row <= lastRow) throw new RangeError('Results take every row once, in row order.');
      lastRow = row.row;
      records.push([...own.map((column) => cellText(readCell(row.source, column))), ...ownCells(row)]);
      if (records.length >= batch) await guard(flush);
    },
    async finish() {
      await guard(async () => {
        await flush();
        await file.finish();
      });
      return target;
    },
    abort: () => file.abort(),
  };
}

const laterHint = 'Every result is in the ledger: `salesq runs resume last --results <file>`.';

interface OwnColumn {
  readonly name: string;
  /** Place in a row that is a list. */
  readonly at: number;
}

const ownCells = (row: ResultRow): string[] => [
  String(row.row),
  row.state,
  row.code ?? '',
  row.reason ?? '',
  row.vendorId ?? '',
  row.run,
  shownNumbersOf(row).join(' '),
];

function readCell(source: Json, column: OwnColumn): Json | undefined {
  if (Array.isArray(source)) return (source as readonly Json[])[column.at];
  return isObject(source) && Object.hasOwn(source, column.name) ? source[column.name] : undefined;
}
