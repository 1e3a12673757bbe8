import type { ExitCode } from './errors.js';
import type { Json, JsonObject } from './json.js';

/** How data can be printed. */
export const outputFormats = ['table', 'json', 'ndjson', 'csv', 'tsv'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** A column of a table view: its title and how to get its text from a record. */
export interface Column {
  readonly title: string;
  readonly value: (record: JsonObject) => Json | undefined;
  /** Phones are masked for people unless `--show-pii`. */
  readonly kind?: 'text' | 'phone' | 'number' | 'time' | 'state' | undefined;
}

/**
 * What a command found out, before anybody decides how it looks. `json` prints `document`, `ndjson` a line for each
 * record, `csv` and `tsv` the columns of each record whole, `table` the columns for people.
 */
export interface Report {
  readonly document: () => Json | Promise<Json>;
  readonly records: () => Iterable<JsonObject> | AsyncIterable<JsonObject>;
  readonly columns: readonly Column[];
  /** Lines above and below the table, for people only. */
  readonly heading?: readonly string[];
  readonly footer?: readonly string[];
  /** Printed instead of an empty table. */
  readonly empty?: string;
  readonly exit: ExitCode;
}
