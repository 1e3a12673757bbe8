import type { InputRow, InputSource } from '../../core/row.js';

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
  /^[+\d][\d\s()/.-]{4,}$/.test(text.trim()) || /^[0-9a-f]{24}$/i.test(text.trim());
