import type { jsonParser, Token } from 'stream-json/core/parser.js';
import { type Json, numberOf, recordOf } from '../core/json.js';
import { maxColumns } from '../core/row.js';
import type { InputRow, Problem } from '../core/row.js';
import { decodeMarkedText } from './encoding.js';
import { BrokenFile, maxJsonDepth, maxRecordSize, findTextProblem } from './problems.js';
import type { Reader, Text } from './source.js';

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
export function makeJsonReader(file: Text): Reader {
  return async function* () {
    const parser = await import('stream-json/core/parser.js');
    const reading = new ArrayReading(
      parser.jsonParser({ packValues: true, streamValues: false }),
      file.encoding,
    );
    try {
      for await (const text of decodeMarkedText(file.bytes())) {
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

type JsonParser = typeof jsonParser;

const badLine: Problem = { code: 'input.bad-json', message: 'the line is not one valid JSON value' };
const lineTooLong: Problem = {
  code: 'input.oversize',
  message: `the line is longer than ${maxRecordSize} characters`,
};

/** Reads one JSON object a line. Lines of white space alone are no rows and do not count. */
export function makeNdjsonReader(file: Text): Reader {
  return async function* () {
    const parser = await import('stream-json/core/parser.js');
    const lines = new LineCutter();
    let row = 0;
    const toRow = ({ text, line }: Line): InputRow[] => {
      if (text !== null && /^[ \t\r]*$/.test(text)) return [];
      const { columns, values, problem } =
        text === null ? emptyRow(lineTooLong) : parseLine(parser.jsonParser, text, file.encoding);
      return [{ row: ++row, line, columns, values, broken: problem }];
    };
    for await (const text of decodeMarkedText(file.bytes())) yield lines.cut(text).flatMap(toRow);
    yield lines.end().flatMap(toRow);
  };
}

const emptyRow = (problem: Problem): JsonRow => ({ columns: [], values: [], problem });

function parseLine(parser: JsonParser, text: string, encoding: string): JsonRow {
  const builder = new RowBuilder(encoding);
  let whole: JsonRow | null = null;
  try {
    // The line feed tells the parser that a number or a literal has ended.
    const result = parser({ packValues: true, streamValues: false })(`${text}\n`);
    if (typeof result !== 'object' || !('values' in result)) return emptyRow(badLine);
    for (const token of result.values) whole = builder.push(token);
  } catch {
    return emptyRow(badLine);
  }
  return whole ?? emptyRow(badLine);
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

/** One row of JSON: its own keys, in their order. */
interface JsonRow {
  readonly columns: readonly string[];
  readonly values: readonly Json[];
  readonly problem: Problem | null;
}

type Frame =
  | { readonly kind: 'object'; readonly target: Map<string, Json>; key: string }
  | { readonly kind: 'array'; readonly target: Json[] };

/**
 * Builds a row from the tokens of one JSON value. Keys are checked before anything is assigned, so that a doubled
 * key or `__proto__` cannot hide; objects have no prototype. After the first problem the rest is only skipped.
 */
class RowBuilder {
  readonly #frames: Frame[] = [];
  readonly #columns: string[] = [];
  readonly #values: Json[] = [];
  readonly #encoding: string;
  #keys = new Set<string>();
  #column = '';
  #depth = 0;
  #problem: Problem | null = null;

  constructor(encoding: string) {
    this.#encoding = encoding;
  }

  /** Takes a token; returns the row when the value is whole, else null. */
  push(token: Token): JsonRow | null {
    const { name } = token;
    if (name === 'startObject') this.#open('object');
    else if (name === 'startArray') this.#open('array');
    else if (name === 'endObject' || name === 'endArray') this.#close();
    else if (name === 'keyValue') this.#key(token.value);
    else if (name === 'stringValue') this.#text(token.value);
    else if (name === 'numberValue') this.#value(numberOf(token.value));
    else if ('value' in token && typeof token.value !== 'string') this.#value(token.value);
    return this.#depth === 0
      ? { columns: this.#columns, values: this.#values, problem: this.#problem }
      : null;
  }

  #open(kind: 'object' | 'array'): void {
    this.#depth++;
    if (this.#problem !== null) return;
    if (this.#depth === 1) {
      if (kind === 'array') this.#problem = notAnObject;
      return;
    }
    if (this.#depth > maxJsonDepth) {
      const message = `the value is nested deeper than ${maxJsonDepth} levels`;
      this.#problem = { code: 'input.oversize', message, column: this.#column };
      return;
    }
    this.#frames.push(
      kind === 'array' ? { kind, target: [] } : { kind, target: new Map<string, Json>(), key: '' },
    );
  }

  #close(): void {
    this.#depth--;
    if (this.#problem !== null || this.#depth === 0) return;
    const frame = this.#frames.pop();
    if (frame) this.#value(frame.kind === 'array' ? frame.target : recordOf(frame.target));
  }

  #text(text: string): void {
    if (this.#depth > 0) this.#problem ??= findTextProblem(text, this.#encoding, this.#column);
    this.#value(text);
  }

  #key(key: string): void {
    if (this.#problem !== null) return;
    const frame = this.#frames.at(-1);
    const known = frame?.kind === 'object' ? frame.target.has(key) : this.#keys.has(key);
    if (frame === undefined) this.#column = key;
    this.#problem = findKeyProblem(key, known, this.#column, this.#encoding);
    if (this.#problem !== null) return;
    if (frame?.kind === 'object') frame.key = key;
    else this.#keys.add(key);
    if (this.#keys.size > maxColumns) {
      this.#problem = { code: 'input.too-many-columns', message: `there are more than ${maxColumns} keys` };
    }
  }

  #value(value: Json): void {
    if (this.#depth === 0) this.#problem ??= notAnObject;
    if (this.#problem !== null) return;
    const frame = this.#frames.at(-1);
    if (frame === undefined) {
      this.#columns.push(this.#column);
      this.#values.push(value);
    } else if (frame.kind === 'array') frame.target.push(value);
    else frame.target.set(frame.key, value);
  }
}

const notAnObject: Problem = { code: 'input.not-an-object', message: 'this is no JSON object' };

function findKeyProblem(key: string, known: boolean, column: string, encoding: string): Problem | null {
  if (key === '__proto__') {
    return { code: 'input.proto-header', message: 'a key may not be called "__proto__"' };
  }
  if (known) return { code: 'input.duplicate-key', message: 'the object has a key twice', column };
  const problem = findTextProblem(key, encoding, '');
  return problem && { ...problem, message: 'the name of a key is damaged or too long', column: undefined };
}
