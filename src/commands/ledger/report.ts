import type { ExitCode } from '../../core/errors.js';
import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { LedgerCopy } from '../../core/ledger-admin.js';
import type { Report } from '../../core/report.js';

/** A number of bytes for people. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes;
  let at = 0;
  for (; size >= 1024 && at < units.length - 1; at += 1) size /= 1024;
  return `${at === 0 ? size : size.toFixed(1)} ${units[at] ?? ''}`;
}

/** One record whose names are its columns; `lines` are what people read above it. */
export const recordReport = (
  schema: string,
  record: JsonObject,
  heading: readonly string[] = [],
  exit: ExitCode = Exit.ok,
): Report => ({
  document: () => ({ schema, ...record }),
  records: () => [record],
  columns: Object.keys(record).map((title) => ({
    title,
    value: (each) => each[title],
    kind: typeof record[title] === 'number' ? 'number' : 'text',
  })),
  heading,
  exit,
});

/** What a copy or backup took along, a line a table, with the hash both sides agree on. */
export function copyReport(schema: string, copy: LedgerCopy, footer: readonly string[]): Report {
  const records = copy.tables.map((table): JsonObject => ({ ...table }));
  const rows = copy.tables.reduce((sum, table) => sum + table.rows, 0);
  const { from, to, bytes } = copy;
  return {
    document: () => ({ schema, from, to, bytes, rows, tables: records }),
    records: () => records,
    columns: [
      { title: 'table', value: ({ table }) => table },
      { title: 'rows', value: (record) => record['rows'], kind: 'number' },
      { title: 'sha256', value: ({ sha256 }) => sha256 },
    ],
    heading: [`${from} -> ${to}${bytes === null ? '' : ` (${sizeText(bytes)})`}`],
    footer: [`${rows.toLocaleString('en-US')} rows read back and found the same.`, ...footer],
    exit: Exit.ok,
  };
}
