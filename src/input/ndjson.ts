import type { jsonParser } from 'stream-json/core/parser.js';
import type { InputRow, Problem } from '../core/row.js';
import { type JsonRow, RowBuilder } from './json-rows.js';
import { maxRecordSize } from './limits.js';
import type { Reader, Text } from './source.js';
import { markedText } from './transcode.js';

type JsonParser = typeof jsonParser;

const badJson: Problem = { code: 'input.bad-json', message: 'the line is not one valid JSON value' };
const tooLarge: Problem = {
  code: 'input.oversize',
  message: `the line is longer than ${maxRecordSize} characters`,
};

/** Reads one JSON object a line. Lines of white space alone are no rows and do not count. */
export function ndjsonReader(file: Text): Reader {
  return async function* () {
    const parser = await import('stream-json/core/parser.js');
    const lines = new LineCutter();
    let row = 0;
    const toRow = ({ text, line }: Line): InputRow[] => {
      if (text !== null && /^[ \t\r]*$/.test(text)) return [];
      const { columns, values, problem } =
        text === null ? empty(tooLarge) : parseLine(parser.jsonParser, text, file.encoding);
      return [{ row: ++row, line, columns, values, broken: problem }];
    };
    for await (const text of markedText(file.bytes())) yield lines.cut(text).flatMap(toRow);
    yield lines.end().flatMap(toRow);
  };
}

const empty = (problem: Problem): JsonRow => ({ columns: [], values: [], problem });

function parseLine(parser: JsonParser, text: string, encoding: string): JsonRow {
  const builder = new RowBuilder(encoding);
  let whole: JsonRow | null = null;
  try {
    // The line feed tells the parser that a number or a literal has ended.
    const result = parser({ packValues: true, streamValues: false })(`${text}\n`);
    if (typeof result !== 'object' || !('values' in result)) return empty(badJson);
    for (const token of result.values) whole = builder.push(token);
  } catch {
    return empty(badJson);
  }
  return whole ?? empty(badJson);
}

interface Line {
  /** null where the line is too long to be kept. */
  readonly text: string | null;
  readonly line: number;
}

/** Cuts pieces of text into lines and keeps no more of an endless one than the limit. */
class LineCutter {
  #rest = '';
  #line = 1;
  #tooLong = false;

  cut(text: string): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#add(text.slice(from, end));
      lines.push(this.#take());
      from = end + 1;
    }
    this.#add(text.slice(from));
    return lines;
  }

  end(): Line[] {
    return this.#tooLong || this.#rest !== '' ? [this.#take()] : [];
  }

  #add(part: string): void {
    this.#tooLong ||= this.#rest.length + part.length > maxRecordSize;
    this.#rest = this.#tooLong ? '' : this.#rest + part;
  }

  #take(): Line {
    const taken = { text: this.#tooLong ? null : this.#rest, line: this.#line++ };
    this.#rest = '';
    this.#tooLong = false;
    return taken;
  }
}
