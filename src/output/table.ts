import type { Column, Report } from '../core/report.js';
import { isRowState } from '../core/life.js';
import type { Terminal } from './terminal.js';
import { type CellStyle, measureWidth, printable, printableStyled, formatShown, stateTone } from './text.js';

/** Records measured for the widths of the columns; those after them get the same widths. */
const measuredRecords = 1_000;

const gap = '  ';

interface Layout {
  readonly columns: readonly Column[];
  readonly widths: readonly number[];
  readonly style: CellStyle;
}

function padCell(text: string, width: number, right: boolean, last: boolean): [string, string] {
  const fill = ' '.repeat(Math.max(0, width - measureWidth(text)));
  if (right) return [fill, ''];
  return ['', last ? '' : fill];
}

/** Colours a cell that is a state and its sign. */
function paintState(column: Column, text: string, style: CellStyle): string {
  const state = text.slice(text.indexOf(' ') + 1);
  return column.kind === 'state' && isRowState(state) ? style.paint(stateTone(state), text) : text;
}

function formatLine(
  texts: readonly string[],
  layout: Layout,
  decorate: (column: Column, text: string) => string,
): string {
  const cells = layout.columns.map((column, at) => {
    const text = texts[at] ?? '';
    const last = at === layout.columns.length - 1;
    const [before, after] = padCell(text, layout.widths[at] ?? 0, column.kind === 'number', last);
    return before + decorate(column, text) + after;
  });
  return `${cells.join(gap).trimEnd()}\n`;
}

function measureLayout(columns: readonly Column[], rows: readonly string[][], style: CellStyle): Layout {
  const widths = columns.map((column, at) =>
    rows.reduce(
      (most, row) => Math.max(most, measureWidth(row[at] ?? '')),
      measureWidth(printable(column.title)),
    ),
  );
  return { columns, widths, style };
}

function formatHead(layout: Layout): string {
  const { style, widths, columns } = layout;
  const titles = columns.map((column) => printable(column.title));
  const rule = widths.map((width) => (style.unicode ? '─' : '-').repeat(width)).join(gap);
  const strong = formatLine(titles, layout, (_column, text) => style.paint('strong', text));
  return `${strong}${style.paint('dim', rule)}\n`;
}

async function writeLines(lines: readonly string[] | undefined, terminal: Terminal): Promise<void> {
  for (const text of lines ?? [])
    await terminal.write(`${printableStyled(text, terminal.colors('stdout'))}\n`);
}

/** Writes rows as they come, the first ones once the widths are known; returns how many. */
async function writeRows(report: Report, terminal: Terminal, style: CellStyle): Promise<number> {
  let layout: Layout | null = null;
  let held: string[][] = [];
  let count = 0;
  const show = (row: string[], within: Layout): string =>
    formatLine(row, within, (column, text) => paintState(column, text, style));
  const begin = async (): Promise<Layout> => {
    const made = measureLayout(report.columns, held, style);
    await terminal.write(formatHead(made));
    for (const row of held) await terminal.write(show(row, made));
    held = [];
    return made;
  };
  for await (const record of report.records()) {
    if (terminal.stdoutClosed) break;
    count += 1;
    const row = report.columns.map((column) => formatShown(column, record, style));
    if (layout) await terminal.write(show(row, layout));
    else if (held.push(row) === measuredRecords) layout = await begin();
  }
  if (!layout && held.length > 0) await begin();
  return count;
}

/** Writes a table for people: whole cells, aligned by their width on screen, however wide the terminal is. */
export async function writeTable(report: Report, terminal: Terminal, style: CellStyle): Promise<void> {
  await writeLines(report.heading, terminal);
  const count = report.columns.length > 0 ? await writeRows(report, terminal, style) : 0;
  if (count === 0 && report.empty !== undefined) await writeLines([report.empty], terminal);
  await writeLines(report.footer, terminal);
}
