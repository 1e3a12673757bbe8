import type { InputFormat } from '../core/row.js';

/** What to open and what is already known about it; what is left out is found out. */
export interface OpenOptions {
  /** A file, or `-` for `stdin`. */
  readonly path: string;
  readonly stdin: NodeJS.ReadableStream;
  /** Folder (0700, made if missing) for the private copy (0600) of what comes through a pipe. */
  readonly spoolDir: string;
  readonly format?: InputFormat | undefined;
  readonly encoding?: string | undefined;
  /** One character, or `comma`, `semicolon`, `tab`, `pipe`. */
  readonly delimiter?: string | undefined;
  /** Give broken rows with `broken` set and go on, instead of refusing the file at the first one. */
  readonly skipInvalid: boolean;
}
