import { unusable } from '../../core/errors.js';
import type { InputRow, InputSource } from '../../core/row.js';
import { likenessOf, normaliseHeader } from '../../core/synonyms.js';
import type { App } from '../app.js';

/**
 * A list of values as an input: one a line without a header, or a table with a column of that name. A list without a
 * header shows itself by a first line that could be a value: then the header is the first row too.
 */
export function listSource(source: InputSource, field: string): InputSource {
  const header = source.columns;
  if (header?.length !== 1 || !looksLikeValue(header[0] ?? '')) return source;
  const columns = [field];
  const first: InputRow = { row: 1, line: 1, columns, values: [header[0] ?? ''], broken: null };
  return {
    facts: source.facts,
    columns,
    warnings: source.warnings,
    async *rows() {
      yield first;
      for await (const row of source.rows()) yield { ...row, row: row.row + 1, columns };
    },
    close: () => source.close(),
  };
}

/** A number, or an id in hexadecimal: no header anybody would write. */
const looksLikeValue = (text: string): boolean =>
  /^[+(\d][\d\s()/.-]{4,}$/.test(text.trim()) || /^[0-9a-f]{24}$/i.test(text.trim());

/** The values of a list, whole: for commands that are no push. Throws UserError (exit 6). */
export async function readList(app: App, path: string, column: string): Promise<string[]> {
  const source = listSource(await app.ports.input({ path, skipInvalid: false }), column);
  try {
    const values: string[] = [];
    for await (const { columns, values: cells, broken } of source.rows()) {
      const at = indexOf(columns, column);
      const cell = at < 0 || broken ? null : cells[at];
      if (cell === undefined || cell === null || typeof cell === 'object') throw noColumn(column);
      if (String(cell).trim() !== '') values.push(String(cell).trim());
    }
    return values;
  } finally {
    await source.close();
  }
}

const indexOf = (columns: readonly string[], column: string): number => {
  const named = columns.findIndex((name) => normaliseHeader(name) === normaliseHeader(column));
  return named >= 0 ? named : columns.findIndex((name) => likenessOf(name, 'phone') !== null);
};

const noColumn = (column: string): Error =>
  unusable({
    code: 'input.no-column',
    message: `The list has a row without a "${column}" column`,
    hint: `One ${column} a line, or a table with a column "${column}"`,
  });
