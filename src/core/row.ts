import type { Json } from './json.js';

/** Most columns an input may have. */
export const maxColumns = 1_000;

/** Largest cell an input may hold, in characters. Larger ones are a broken file, not a lead. */
export const maxCellLength = 64 * 1024;

/**
 * What keeps a row, or a file, from being sent. `code` is stable and dotted; `message` says what is
 * wrong without quoting the cell, because reasons are stored, logged and shown.
 */
export interface Problem {
  readonly code: string;
  readonly message: string;
  /** The column of the input the problem is in, as its header spells it. */
  readonly column?: string | undefined;
}

/** One data row of an input, as it stands there: nothing trimmed, cast or repaired. */
export interface InputRow {
  /** Counts data rows from 1; stable for a given file. */
  readonly row: number;
  /** Line of the file the row starts on, from 1; null where the format has no lines. */
  readonly line: number | null;
  /** Column names, in the input's order; the same array object for every row of a table. */
  readonly columns: readonly string[];
  /** Values beside `columns`; always text for CSV. */
  readonly values: readonly Json[];
  /** Set where the row itself is broken (ragged, undecodable, oversize) and was set aside. */
  readonly broken: Problem | null;
}

/** What was found out about an input, shown to the user and kept with the run. */
export interface SourceFacts {
  /** File name without its folder, or `stdin`. */
  readonly name: string;
  /** SHA-256 of the bytes, 64 hex digits: the same bytes are the same file. */
  readonly sha256: string;
  readonly bytes: number;
  readonly format: InputFormat;
  /** WHATWG-like name in lower case: `utf-8`, `utf-16le`, `windows-1252`, … */
  readonly encoding: string;
  /** Only for CSV. */
  readonly delimiter: string | null;
}

export const inputFormats = ['csv', 'json', 'ndjson', 'xlsx'] as const;
export type InputFormat = (typeof inputFormats)[number];

/** An opened input: what it is, and its rows once, in order, holding no more than a few of them in memory. */
export interface InputSource {
  readonly facts: SourceFacts;
  /** Header of a table; null where every row brings its own keys (JSON, NDJSON). */
  readonly columns: readonly string[] | null;
  /** Things the user should see before trusting the result (a guessed encoding, an empty column). */
  readonly warnings: readonly string[];
  /**
   * Reads from the start each time it is called. Throws a UserError (exit 6) naming file, row, line, column and code
   * where the file is broken as a file, or where it changed since it was opened (`input.changed`).
   */
  rows(): AsyncIterable<InputRow>;
  /**
   * The text of the file line by line, each a row of one value, whatever its format: for a list that may be no table. Absent
   * where there is no text.
   */
  lines?(): AsyncIterable<InputRow>;
  /** Deletes what was spooled from a pipe. Safe to call twice. */
  close(): Promise<void>;
}
