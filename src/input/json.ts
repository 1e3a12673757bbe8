import type { jsonParser } from 'stream-json/core/parser.js';
import type { InputRow, Problem } from '../core/row.js';
import { RowBuilder } from './json-rows.js';
import { maxRecordSize } from './limits.js';
import { BrokenFile } from './problems.js';
import type { Reader, Text } from './source.js';
import { markedText } from './transcode.js';

const badJson: Problem = { code: 'input.bad-json', message: 'this is not valid JSON' };
const unfinished: Problem = { code: 'input.bad-json', message: 'the file ends before the array does' };
const tooLarge: Problem = {
  code: 'input.oversize',
  message: `a row is larger than ${maxRecordSize} characters`,
};
const notAnArray: Problem = {
  code: 'input.not-an-array',
  message: 'the file is JSON, but not an array of rows',
};

/** Reads a JSON array, element by element; `line` of a row is the line its object begins on. */
export function jsonReader(file: Text): Reader {
  return async function* () {
    const parser = await import('stream-json/core/parser.js');
    const reading = new ArrayReading(
      parser.jsonParser({ packValues: true, streamValues: false }),
      file.encoding,
    );
    try {
      for await (const text of markedText(file.bytes())) {
        reading.feed(text);
        yield reading.take();
      }
      reading.end();
    } catch (error) {
      yield reading.take();
      throw error;
    }
  };
}

type Parse = ReturnType<typeof jsonParser>;

class ArrayReading {
  readonly #parse: Parse;
  readonly #encoding: string;
  #state: 'before' | 'inside' | 'after' = 'before';
  #builder: RowBuilder | null = null;
  #rows: InputRow[] = [];
  #row = 0;
  #line = 1;
  #startLine = 1;
  #pending = 0;

  constructor(parse: Parse, encoding: string) {
    this.#parse = parse;
    this.#encoding = encoding;
  }

  take(): InputRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  /** Parses by the line and by the object: the parser does not say where it is, and loses what precedes an error. */
  feed(text: string): void {
    for (let from = 0; from < text.length;) {
      const cut = this.#state === 'before' ? /[[{\n]/g : /[}\n]/g;
      cut.lastIndex = from;
      const next = cut.test(text) ? cut.lastIndex : text.length;
      this.#piece(text.slice(from, next));
      if (text[next - 1] === '\n') this.#line++;
      from = next;
    }
  }

  end(): void {
    if (this.#state !== 'after') throw this.#broken(unfinished);
  }

  #piece(piece: string): void {
    let result: ReturnType<Parse>;
    this.#pending += piece.length;
    try {
      result = this.#parse(piece);
    } catch {
      throw this.#broken(badJson);
    }
    if (typeof result === 'object' && 'values' in result) {
      for (const token of result.values) this.#token(token);
    }
    if (this.#pending > maxRecordSize) throw this.#broken(tooLarge);
  }

  #token(token: Parameters<RowBuilder['push']>[0]): void {
    if (this.#builder === null && this.#state === 'before') {
      if (token.name !== 'startArray') throw this.#broken(notAnArray);
      this.#state = 'inside';
      return;
    }
    if (this.#builder === null) {
      if (token.name === 'endArray') {
        this.#state = 'after';
        return;
      }
      this.#builder = new RowBuilder(this.#encoding);
      this.#startLine = this.#line;
    }
    const done = this.#builder.push(token);
    if (done === null) return;
    const { columns, values, problem } = done;
    this.#rows.push({ row: ++this.#row, line: this.#startLine, columns, values, broken: problem });
    this.#builder = null;
    this.#pending = 0;
  }

  #broken(problem: Problem): BrokenFile {
    const inRows = this.#state === 'inside';
    return new BrokenFile(problem, { row: inRows ? this.#row + 1 : undefined, line: this.#line });
  }
}
