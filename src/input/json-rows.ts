import type { Token } from 'stream-json/core/parser.js';
import type { Json } from '../core/json.js';
import { maxColumns } from '../core/limits.js';
import type { Problem } from '../core/row.js';
import { textProblem } from './cells.js';
import { maxJsonDepth } from './limits.js';

/** One row as JSON has it: its own keys, in its own order. */
export interface JsonRow {
  readonly columns: readonly string[];
  readonly values: readonly Json[];
  readonly problem: Problem | null;
}

type Frame =
  | { readonly kind: 'object'; readonly target: Record<string, Json>; key: string }
  | { readonly kind: 'array'; readonly target: Json[] };

/**
 * Puts the tokens of one JSON value together as a row. Keys are judged before anything is assigned, so that a doubled
 * key or `__proto__` cannot hide; objects have no prototype. After the first problem the rest is only skipped.
 */
export class RowBuilder {
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

  /** Takes a token; gives the row when the value is whole, else null. */
  push(token: Token): JsonRow | null {
    const { name } = token;
    if (name === 'startObject') this.#open('object');
    else if (name === 'startArray') this.#open('array');
    else if (name === 'endObject' || name === 'endArray') this.#close();
    else if (name === 'keyValue') this.#key(token.value);
    else if (name === 'stringValue') this.#text(token.value);
    else if (name === 'numberValue') this.#value(jsonNumber(token.value));
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
      kind === 'array'
        ? { kind, target: [] }
        : { kind, target: Object.create(null) as Record<string, Json>, key: '' },
    );
  }

  #close(): void {
    this.#depth--;
    if (this.#problem !== null || this.#depth === 0) return;
    const frame = this.#frames.pop();
    if (frame) this.#value(frame.target);
  }

  #text(text: string): void {
    if (this.#depth > 0) this.#problem ??= textProblem(text, this.#encoding, this.#column);
    this.#value(text);
  }

  #key(key: string): void {
    if (this.#problem !== null) return;
    const frame = this.#frames.at(-1);
    const known = frame?.kind === 'object' ? key in frame.target : this.#keys.has(key);
    if (frame === undefined) this.#column = key;
    this.#problem = keyProblem(key, known, this.#column, this.#encoding);
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
    else frame.target[frame.key] = value;
  }
}

const notAnObject: Problem = { code: 'input.not-an-object', message: 'this is no JSON object' };

function keyProblem(key: string, known: boolean, column: string, encoding: string): Problem | null {
  if (key === '__proto__') {
    return { code: 'input.proto-header', message: 'a key may not be called "__proto__"' };
  }
  if (known) return { code: 'input.duplicate-key', message: 'the object has a key twice', column };
  const problem = textProblem(key, encoding, '');
  return problem && { ...problem, message: 'the name of a key is damaged or too long', column: undefined };
}

/**
 * A JSON number where nothing of its text is lost by that, else the text: integers beyond 2^53, exponents and digits
 * that do not fit stay as they were written, so that a phone number is never rounded or rewritten.
 */
export function jsonNumber(text: string): number | string {
  const value = Number(text);
  const plain = text.includes('.') && !/e/i.test(text) ? text.replace(/\.?0+$/, '') : text;
  return String(value) === plain ? value : text;
}
