import type { Report } from '../core/report.js';
import { wholeText, type CellStyle } from './cell.js';
import { openCsv, tsvLine } from './csv.js';
import { jsonLine, jsonText, printable } from './printable.js';
import { writeTable } from './table.js';
import type { Terminal } from './terminal.js';

export const outputFormats = ['table', 'json', 'ndjson', 'csv', 'tsv'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export const isOutputFormat = (text: string): text is OutputFormat =>
  (outputFormats as readonly string[]).includes(text);

/** The format where none was asked for: a table on a terminal, TSV in a pipe. */
export const defaultFormat = (stdoutIsTTY: boolean): OutputFormat => (stdoutIsTTY ? 'table' : 'tsv');

export interface EmitOptions {
  /** Phones whole in tables; the terminal's own flag where absent. */
  readonly showPii?: boolean | undefined;
}

/** Records turned into text at a time: few enough for the memory, enough for the speed. */
const batch = 200;

/**
 * Prints a report on stdout in that format, a record at a time, waiting for a slow reader. Ends early where the reader
 * went away. `json` is indented on a terminal and one line in a pipe; both end with a newline.
 */
export async function emit(
  report: Report,
  format: OutputFormat,
  terminal: Terminal,
  options: EmitOptions = {},
): Promise<void> {
  switch (format) {
    case 'json':
      return terminal.write(`${jsonText(await report.document(), terminal.stdoutIsTTY ? 2 : 0)}\n`);
    case 'ndjson':
      return writeNdjson(report, terminal);
    case 'csv':
      return writeCsv(report, terminal);
    case 'tsv':
      return writeTsv(report, terminal);
    case 'table':
      return writeTable(report, terminal, await styleOf(report, terminal, options));
  }
}

async function writeNdjson(report: Report, terminal: Terminal): Promise<void> {
  for await (const record of report.records()) {
    if (terminal.stdoutClosed) return;
    await terminal.write(jsonLine(record));
  }
}

/** The columns of each record, whole. Raw in a pipe; on a terminal nothing in them may act on it. */
async function writeCsv(report: Report, terminal: Terminal): Promise<void> {
  const { columns } = report;
  if (columns.length === 0) return;
  const safe = terminal.stdoutIsTTY ? printable : (text: string): string => text;
  const csv = await openCsv(columns.length);
  let records = [columns.map((column) => safe(column.title))];
  for await (const record of report.records()) {
    if (terminal.stdoutClosed) return;
    records.push(columns.map((column) => safe(wholeText(column, record))));
    if (records.length < batch) continue;
    await terminal.write(csv(records));
    records = [];
  }
  if (records.length > 0) await terminal.write(csv(records));
}

async function writeTsv(report: Report, terminal: Terminal): Promise<void> {
  const { columns } = report;
  if (columns.length === 0) return;
  await terminal.write(tsvLine(columns.map((column) => column.title)));
  for await (const record of report.records()) {
    if (terminal.stdoutClosed) return;
    await terminal.write(tsvLine(columns.map((column) => wholeText(column, record))));
  }
}

/** Phone numbers are understood by a heavy module: it is loaded only where there is a phone to mask. */
async function styleOf(report: Report, terminal: Terminal, options: EmitOptions): Promise<CellStyle> {
  const masks = !(options.showPii ?? terminal.showPii) && report.columns.some(({ kind }) => kind === 'phone');
  return {
    unicode: terminal.unicode,
    paint: await terminal.paint('stdout'),
    mask: masks ? (await import('../core/phone-key.js')).maskPhone : null,
  };
}
