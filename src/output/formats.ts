import type { JsonObject } from '../core/json.js';
import { outputFormats, type Column, type OutputFormat, type Report } from '../core/report.js';
import { wholeText, type CellStyle } from './cell.js';
import { openCsv, tsvLine } from './csv.js';
import { jsonLine, jsonText, printable } from './printable.js';
import { writeTable } from './table.js';
import type { Terminal } from './terminal.js';

export { outputFormats, type OutputFormat } from '../core/report.js';

export const isOutputFormat = (text: string): text is OutputFormat =>
  (outputFormats as readonly string[]).includes(text);

/** The format where none was asked for: a table on a terminal, TSV in a pipe. */
export const defaultFormat = (stdoutIsTTY: boolean): OutputFormat => (stdoutIsTTY ? 'table' : 'tsv');

export interface EmitOptions {
  /** Phones whole in tables; the terminal's own flag where absent. */
  readonly showPii?: boolean | undefined;
}

/** Prints records as they come; resolves when the reader took them, or went away. */
export interface RecordWriter {
  write(records: readonly JsonObject[]): Promise<void>;
}

/** A way to print data. */
interface Format {
  /** Prints records one after the other; null where a format needs all of a report at once. */
  readonly open: ((columns: readonly Column[], terminal: Terminal) => Promise<RecordWriter>) | null;
  /** True where records say enough for a program to go on: it is told the summary and errors in the same stream. */
  readonly carriesDocuments: boolean;
}

/** Every format, in one table: whoever prints asks it. */
export const formats: Readonly<Record<OutputFormat, Format>> = {
  table: { open: null, carriesDocuments: false },
  json: { open: null, carriesDocuments: true },
  ndjson: {
    open: (_columns, terminal) => Promise.resolve(new NdjsonWriter(terminal)),
    carriesDocuments: true,
  },
  csv: { open: openCsvWriter, carriesDocuments: false },
  tsv: { open: openTsvWriter, carriesDocuments: false },
};

/** Records turned into text at a time: few enough for the memory, enough for the speed. */
const batch = 200;

/**
 * Prints a report on stdout in that format, waiting for a slow reader. Ends early where the reader went away. `json` is
 * indented on a terminal and one line in a pipe; both end with a newline.
 */
export async function emit(
  report: Report,
  format: OutputFormat,
  terminal: Terminal,
  options: EmitOptions = {},
): Promise<void> {
  const { open } = formats[format];
  if (open) return writeRecords(report, await open(report.columns, terminal), terminal);
  if (format === 'table') return writeTable(report, terminal, await styleOf(report, terminal, options));
  return terminal.write(`${jsonText(await report.document(), terminal.stdoutIsTTY ? 2 : 0)}\n`);
}

async function writeRecords(report: Report, writer: RecordWriter, terminal: Terminal): Promise<void> {
  let records: JsonObject[] = [];
  for await (const record of report.records()) {
    if (terminal.stdoutClosed) return;
    records.push(record);
    if (records.length < batch) continue;
    await writer.write(records);
    records = [];
  }
  if (records.length > 0) await writer.write(records);
}

class NdjsonWriter implements RecordWriter {
  constructor(private readonly terminal: Terminal) {}

  write(records: readonly JsonObject[]): Promise<void> {
    return this.terminal.write(records.map(jsonLine).join(''));
  }
}

/** Nothing at all where there are no columns. */
const silent: RecordWriter = { write: () => Promise.resolve() };

/** The columns of each record, whole. Raw in a pipe; on a terminal nothing in them may act on it. */
async function openCsvWriter(columns: readonly Column[], terminal: Terminal): Promise<RecordWriter> {
  if (columns.length === 0) return silent;
  const safe = terminal.stdoutIsTTY ? printable : (text: string): string => text;
  const csv = await openCsv(columns.length);
  await terminal.write(csv([columns.map(({ title }) => safe(title))]));
  return {
    write: (records) =>
      terminal.write(csv(records.map((record) => columns.map((column) => safe(wholeText(column, record)))))),
  };
}

async function openTsvWriter(columns: readonly Column[], terminal: Terminal): Promise<RecordWriter> {
  if (columns.length === 0) return silent;
  await terminal.write(tsvLine(columns.map(({ title }) => title)));
  return {
    write: (records) =>
      terminal.write(
        records.map((record) => tsvLine(columns.map((column) => wholeText(column, record)))).join(''),
      ),
  };
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
