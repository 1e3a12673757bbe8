import type { InputSource } from '../core/row.js';
import type { OpenOptions } from './options.js';

export type { OpenOptions } from './options.js';
export { rowChunks } from './source.js';

/**
 * Opens CSV, a JSON array or NDJSON. Reads the input once to its end: for its SHA-256, and because only the whole file
 * tells its encoding. Rows count from 1 without the header and without empty lines (CSV: no character at all; NDJSON:
 * white space alone).
 *
 * With `skipInvalid`, rows that are ragged, undecodable, oversize, hold NUL, or (JSON, NDJSON) are no object, have a
 * doubled or forbidden key, or are a bad NDJSON line, come with `broken` set. What breaks the file is thrown either
 * way: its header, quotes, the syntax of a JSON array, a CSV record beyond `maxRecordSize`.
 * @throws UserError (exit 6) with an `input.*` code
 */
export async function openInput(options: OpenOptions): Promise<InputSource> {
  const { openLocal } = await import('./open.js');
  return openLocal(options);
}
