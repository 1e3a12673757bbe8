import { StringDecoder } from 'node:string_decoder';
import type { InputRow } from '../core/row.js';
import type { Reader, Text } from './source.js';

/** The one column of a file that is read line by line. */
export const lineColumns: readonly string[] = ['line'];

/** Reads each line of a text as a row of one value. Bytes that cannot be decoded spoil no line but their own. */
export function makeLineReader(text: Text): Reader {
  return async function* () {
    const decoder = new StringDecoder('utf8');
    let line = 0;
    let rest = '';
    const rowOf = (value: string): InputRow => {
      line += 1;
      return { row: line, line, columns: lineColumns, values: [value], broken: null };
    };
    for await (const chunk of text.bytes()) {
      // A line feed after a carriage return may be in the next chunk.
      const parts = (rest + decoder.write(chunk)).split(/\r\n|\n|\r(?!$)/);
      rest = parts.pop() ?? '';
      yield parts.map(rowOf);
    }
    const last = rest + decoder.end();
    if (last !== '') yield last.replace(/\r$/, '').split('\r').map(rowOf);
  };
}
