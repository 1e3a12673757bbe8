import { createHash } from 'node:crypto';
import type { InputRow, InputSource } from '../../core/row.js';

/** Rows given on the command line, each the value of one field, as an input like any other. */
export function argumentSource(field: string, values: readonly string[]): InputSource {
  const columns = [field];
  const bytes = Buffer.from(values.join('\n'));
  return {
    facts: {
      name: 'arguments',
      sha256: createHash('sha256').update(`arguments\n${field}\n`).update(bytes).digest('hex'),
      bytes: bytes.length,
      format: 'csv',
      encoding: 'utf-8',
      delimiter: null,
    },
    columns,
    warnings: [],
    // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous, the rows are at hand
    async *rows(): AsyncIterable<InputRow> {
      for (const [index, value] of values.entries()) {
        yield { row: index + 1, line: null, columns, values: [value], broken: null };
      }
    },
    close: () => Promise.resolve(),
  };
}
