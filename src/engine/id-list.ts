import { UserError } from '../core/errors.js';
import { plainText, type Json } from '../core/json.js';
import type { InputRow, InputSource } from '../core/row.js';
import { conceptsOf, normaliseHeader } from '../core/synonyms.js';

/**
 * A list of ids as rows of a push: a table with a column of that name, or one id a line. A line that holds none is a broken
 * row, which is named; it keeps no other from being read.
 */
export function idSource(source: InputSource, field: string): InputSource {
  const { columns } = source;
  const lines = source.lines?.bind(source);
  if (lines === undefined || columns === null) return source;
  const names = (line: readonly string[]): boolean =>
    line.some(
      (name) => normaliseHeader(name) === normaliseHeader(field) || conceptsOf(name).includes('vendor-id'),
    );
  const byLine = (): AsyncIterable<InputRow> => rowsByLine(lines(), field, names);
  const shared = { facts: source.facts, warnings: source.warnings, close: () => source.close() };
  if (!names(columns)) return { ...shared, columns: [field], rows: byLine };
  return { ...shared, columns, rows: () => rowsOfTable(source, byLine, columns, field) };
}

/** The rows of a table; those of its lines where it is none. */
async function* rowsOfTable(
  source: InputSource,
  byLine: () => AsyncIterable<InputRow>,
  columns: readonly string[],
  field: string,
): AsyncIterable<InputRow> {
  if (await isTable(source)) {
    yield* source.rows();
    return;
  }
  const named = columns.findIndex((name) => normaliseHeader(name) === normaliseHeader(field));
  const at = named >= 0 ? named : columns.findIndex((name) => conceptsOf(name).includes('vendor-id'));
  for await (const row of byLine())
    yield {
      ...row,
      columns,
      values: columns.map((_, index) => (index === at ? (row.values[0] ?? null) : '')),
    };
}

async function isTable(source: InputSource): Promise<boolean> {
  try {
    for await (const row of source.rows()) void row;
    return true;
  } catch (error) {
    if (error instanceof UserError && error.code !== 'input.changed') return false;
    throw error;
  }
}

/** An id of 24 hexadecimal digits, as all that are documented. */
const isId = (text: string): boolean => /^[0-9a-f]{24}$/i.test(text);

async function* rowsByLine(
  lines: AsyncIterable<InputRow>,
  field: string,
  names: (line: readonly string[]) => boolean,
): AsyncIterable<InputRow> {
  const columns = [field];
  let row = 0;
  for await (const { line, values } of lines) {
    const text = plainText(values[0] satisfies Json | undefined).trim();
    const cells = text.split(/[;,\t|]/).map((cell) => cell.replaceAll(/["']/g, '').trim());
    if (text === '' || text.startsWith('#') || (row === 0 && names(cells))) continue;
    row += 1;
    const ids = cells.filter(isId);
    const [id] = ids.length > 0 ? ids : cells.length === 1 && !/\s/.test(text) ? cells : [];
    const broken =
      id !== undefined && ids.length < 2
        ? null
        : {
            code: 'input.no-id',
            message: `line ${line ?? row}: ${ids.length > 1 ? 'it holds several ids' : 'there is no id in it'}`,
          };
    yield { row, line, columns, values: [broken ? '' : (id ?? '')], broken };
  }
}
