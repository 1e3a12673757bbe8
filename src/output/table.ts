import type { Column, Report } from '../core/report.js';
import { isRowState } from '../core/row-state.js';
import { shownText, type CellStyle } from './cell.js';
import { printable, printableStyled } from './printable.js';
import { stateTone } from './symbols.js';
import type { Terminal } from './terminal.js';
import { displayWidth } from './width.js';

/** Records looked at for the widths of the columns; those after them are printed with the same widths. */
const measured = 1_000;

const gap = '  ';

interface Layout {
  readonly columns: readonly Column[];
  readonly widths: readonly number[];
  readonly style: CellStyle;
}

function padded(text: string, width: number, right: boolean, last: boolean): [string, string] {
  const fill = ' '.repeat(Math.max(0, width - displayWidth(text)));
  if (right) return [fill, ''];
  return ['', last ? '' : fill];
}

/** The colour of a state is found by its word: the sign stands before it. */
function toned(column: Column, text: string, style: CellStyle): string {
  const state = text.slice(text.indexOf(' ') + 1);
  return column.kind === 'state' && isRowState(state) ? style.paint(stateTone(state), text) : text;
}

function line(
  texts: readonly string[],
  layout: Layout,
  dress: (column: Column, text: string) => string,
): string {
  const cells = layout.columns.map((column, at) => {
    const text = texts[at] ?? '';
    const last = at === layout.columns.length - 1;
    const [before, after] = padded(text, layout.widths[at] ?? 0, column.kind === 'number', last);
    return before + dress(column, text) + after;
  });
  return `${cells.join(gap).trimEnd()}\n`;
}

function layoutOf(columns: readonly Column[], rows: readonly string[][], style: CellStyle): Layout {
  const widths = columns.map((column, at) =>
    rows.reduce(
      (most, row) => Math.max(most, displayWidth(row[at] ?? '')),
      displayWidth(printable(column.title)),
    ),
  );
  return { columns, widths, style };
}

function head(layout: Layout): string {
  const { style, widths, columns } = layout;
  const titles = columns.map((column) => printable(column.title));
  const rule = widths.map((width) => (style.unicode ? '─' : '-').repeat(width)).join(gap);
  const strong = line(titles, layout, (_column, text) => style.paint('strong', text));
  return `${strong}${style.paint('dim', rule)}\n`;
}

async function writeLines(lines: readonly string[] | undefined, terminal: Terminal): Promise<void> {
  for (const text of lines ?? [])
    await terminal.write(`${printableStyled(text, terminal.colors('stdout'))}\n`);
}

/** Rows as they come; the first ones are held back until the widths are known. */
async function writeRows(report: Report, terminal: Terminal, style: CellStyle): Promise<number> {
  let layout: Layout | null = null;
  let held: string[][] = [];
  let count = 0;
  const show = (row: string[], within: Layout): string =>
    line(row, within, (column, text) => toned(column, text, style));
  const begin = async (): Promise<Layout> => {
    const made = layoutOf(report.columns, held, style);
    await terminal.write(head(made));
    for (const row of held) await terminal.write(show(row, made));
    held = [];
    return made;
  };
  for await (const record of report.records()) {
    if (terminal.stdoutClosed) break;
    count += 1;
    const row = report.columns.map((column) => shownText(column, record, style));
    if (layout) await terminal.write(show(row, layout));
    else if (held.push(row) === measured) layout = await begin();
  }
  if (!layout && held.length > 0) await begin();
  return count;
}

/** A table for people: whole cells, aligned by what they take on screen, however wide the terminal is. */
export async function writeTable(report: Report, terminal: Terminal, style: CellStyle): Promise<void> {
  await writeLines(report.heading, terminal);
  const count = report.columns.length > 0 ? await writeRows(report, terminal, style) : 0;
  if (count === 0 && report.empty !== undefined) await writeLines([report.empty], terminal);
  await writeLines(report.footer, terminal);
}
