import type { Options } from 'csv-stringify/sync';
import type { JsonObject } from '../core/json.js';
import type { Column, OutputFormat, Report } from '../core/report.js';
import { writeTable } from './table.js';
import type { Terminal } from './terminal.js';
import { type CellStyle, escapeCharacter, jsonLine, jsonText, printable, wholeText } from './text.js';

export type { OutputFormat } from '../core/report.js';

/** The format where none was asked for: a table on a terminal, TSV in a pipe. */
export const defaultFormat = (stdoutIsTTY: boolean): OutputFormat => (stdoutIsTTY ? 'table' : 'tsv');

/** Turns records into text: what stands above them, and any number of them. */
export interface RecordText {
  readonly head: string;
  lines(records: readonly JsonObject[]): string;
}

type OpenText = (columns: readonly Column[], terminal: Terminal) => Promise<RecordText>;

/** How records are printed one after the other; null where a format needs all of a report at once. */
export const formats: Readonly<Record<OutputFormat, OpenText | null>> = {
  table: null,
  json: null,
  ndjson: () => Promise.resolve({ head: '', lines: (records) => records.map(jsonLine).join('') }),
  csv: openCsvText,
  tsv: (columns) => Promise.resolve(tsvText(columns)),
};

/** Records turned into text at a time. */
const batch = 200;

/**
 * Prints a report on stdout in that format, waiting for a slow reader. Ends early where the reader went away. `json` is
 * indented on a terminal and one line in a pipe; both end with a newline.
 */
export async function emit(report: Report, format: OutputFormat, terminal: Terminal): Promise<void> {
  const open = formats[format];
  if (open) return writeRecords(report, await open(report.columns, terminal), terminal);
  if (format === 'table') return writeTable(report, terminal, await makeStyle(report, terminal));
  return terminal.write(`${jsonText(await report.document(), terminal.stdoutIsTTY ? 2 : 0)}\n`);
}

async function writeRecords(report: Report, text: RecordText, terminal: Terminal): Promise<void> {
  await terminal.write(text.head);
  let records: JsonObject[] = [];
  for await (const record of report.records()) {
    if (terminal.stdoutClosed) return;
    records.push(record);
    if (records.length < batch) continue;
    await terminal.write(text.lines(records));
    records = [];
  }
  if (records.length > 0) await terminal.write(text.lines(records));
}

/** For a report without columns. */
const noText: RecordText = { head: '', lines: () => '' };

/** The columns of each record, whole: raw in a pipe, made `printable` on a terminal. */
async function openCsvText(columns: readonly Column[], terminal: Terminal): Promise<RecordText> {
  if (columns.length === 0) return noText;
  const safe = terminal.stdoutIsTTY ? printable : (text: string): string => text;
  const csv = await openCsv(columns.length);
  return {
    head: csv([columns.map(({ title }) => safe(title))]),
    lines: (records) =>
      csv(records.map((record) => columns.map((column) => safe(wholeText(column, record))))),
  };
}

function tsvText(columns: readonly Column[]): RecordText {
  if (columns.length === 0) return noText;
  const line = (record: JsonObject): string => tsvLine(columns.map((column) => wholeText(column, record)));
  return {
    head: tsvLine(columns.map(({ title }) => title)),
    lines: (records) => records.map(line).join(''),
  };
}

/** Returns how cells are shown. The module that knows phones is heavy: it is loaded only to mask one. */
async function makeStyle(report: Report, terminal: Terminal): Promise<CellStyle> {
  const masks = !terminal.showPii && report.columns.some(({ kind }) => kind === 'phone');
  return {
    unicode: terminal.unicode,
    paint: await terminal.paint('stdout'),
    mask: masks ? (await import('../core/phone-key.js')).maskPhone : null,
  };
}

/** Turns records of texts into CSV: comma, quotes where needed and doubled inside, a line feed after each. */
export type CsvText = (records: readonly (readonly string[])[]) => string;

/**
 * Returns a CSV writer for so many columns. RFC 4180 quoting; no formula escaping, which would turn `+49…` into something else. The only cell of a record is
 * quoted when it is empty: many readers skip blank lines.
 */
export async function openCsv(columns: number): Promise<CsvText> {
  const { stringify } = await import('csv-stringify/sync');
  const options: Options = columns === 1 ? { quoted_empty: true } : {};
  return (records) => stringify(records as string[][], options);
}

const unsafeInTsv = /[\p{Cc}\\\u2028-\u202e\u2066-\u2069]/u;
const allUnsafeInTsv = new RegExp(unsafeInTsv.source, 'gu');
/**
 * A cell of a TSV line: tab, line feed, carriage return and backslash as `\t \n \r \\`, other control characters,
 * directional overrides and line separators as `\u001b`. Nothing is lost, and a line is always a record.
 */
const tsvCell = (text: string): string =>
  unsafeInTsv.test(text) ? text.replace(allUnsafeInTsv, escapeCharacter) : text;

const tsvLine = (cells: readonly string[]): string => `${cells.map(tsvCell).join('\t')}\n`;
