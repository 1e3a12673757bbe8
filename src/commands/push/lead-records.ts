import type { Json, JsonObject } from '../../core/json.js';
import { isObject } from '../../core/json.js';
import type { InputRow, InputSource } from '../../core/row.js';

/**
 * Leads as this program prints them (`sales-q update`, `sales-q listen`) taken as input of a push: the number, the
 * comment and the answers become columns; the vendor's own ids, states and chats stay behind. Other rows pass as they are.
 */
export function leadRecords(source: InputSource): InputSource {
  if (source.columns) return source;
  return {
    facts: source.facts,
    columns: null,
    warnings: source.warnings,
    async *rows() {
      for await (const row of source.rows()) yield opened(row);
    },
    close: () => source.close(),
  };
}

const marks = ['phone', 'status', 'data'] as const;

function opened(row: InputRow): InputRow {
  if (row.broken || !marks.every((mark) => row.columns.includes(mark))) return row;
  const value = (column: string): Json => row.values[row.columns.indexOf(column)] ?? null;
  const data = value('data');
  if (!isObject(data)) return row;
  const cells: [string, Json][] = [['phone', value('phone')]];
  if (row.columns.includes('comment')) cells.push(['comment', value('comment')]);
  for (const [name, answer] of Object.entries(data satisfies JsonObject)) {
    if (!cells.some(([taken]) => taken === name)) cells.push([name, answer]);
  }
  return { ...row, columns: cells.map(([name]) => name), values: cells.map(([, cell]) => cell) };
}
