import type { ExitCode } from '../../core/errors.js';
import { Exit } from '../../core/errors.js';
import type { Json, JsonObject } from '../../core/json.js';
import type { Column, Report } from '../../core/report.js';

const phones = new Set(['phone', 'alt_phone', 'number', 'phone_number']);

/** A column that shows one key of a record; keys that hold numbers to call are masked for people. */
export const keyColumn = (key: string): Column => ({
  title: key,
  value: (record) => record[key],
  kind: phones.has(key.replace(/^customerfield_/, '')) ? 'phone' : 'text',
});

/** Every key of the records, in the order they first stand there. */
export const columnsOf = (records: readonly JsonObject[]): Column[] =>
  [...new Set(records.flatMap((record) => Object.keys(record)))].map(keyColumn);

/** A report over records that are at hand. */
export function reportOf(parts: {
  readonly schema: string;
  readonly document: Readonly<Record<string, Json>>;
  readonly records: readonly JsonObject[];
  readonly columns?: readonly Column[];
  readonly footer?: readonly string[];
  readonly empty: string;
  readonly exit?: ExitCode;
}): Report {
  const { schema, document, records, footer, empty } = parts;
  return {
    document: () => ({ schema: `salesq/mmdial-${schema}@1`, ...document }),
    records: () => records,
    columns: parts.columns ?? columnsOf(records),
    ...(footer ? { footer } : {}),
    empty,
    exit: parts.exit ?? Exit.ok,
  };
}
