/**
 * JSON as it was written: what came in leaves again, digit for digit and key for key. `JSON.parse` rounds long numbers,
 * drops the zero of `1.10` and moves keys like `7` to the front, so nothing else in src/ calls it or `JSON.stringify`
 * (eslint.config.js).
 */

/** Any value that JSON can carry. */
export type Json = null | boolean | number | ExactNumber | string | readonly Json[] | JsonObject;

/** A JSON object. Objects read from a file have no prototype, so that a key `__proto__` is a key. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** True for a JSON object: not null, not an array, not a number. */
export function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

/** True for an object or an array: what holds other values. */
export const isNested = (value: Json | undefined): value is JsonObject | readonly Json[] =>
  typeof value === 'object' && value !== null && !(value instanceof ExactNumber);

/** A number that JavaScript would write in another way, or round: its text, as it was written. */
export class ExactNumber {
  readonly #text: string;

  /** @param text a number of JSON */
  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  /** For what writes JSON by other means: the digits stay, as a text. */
  toJSON(): string {
    return this.#text;
  }

  /** What `console` and a failed comparison show; read by Node under this name. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.#text;
  }

  /** The text of a whole number, also where a zero stands behind its point (`5.0` is `5`); null for any other. */
  whole(): string | null {
    return /^(-?\d+)(?:\.0+)?$/u.exec(this.#text)?.[1] ?? null;
  }
}

/** A number of JSON: an ordinary one where that is written in the same way, else exact. */
export function numberOf(text: string): number | ExactNumber {
  const value = Number(text);
  return String(value) === text ? value : new ExactNumber(text);
}

function Bare(): void {
  // Made with `new` alone, for what it inherits: nothing.
}
Bare.prototype = Object.create(null) as object;

/**
 * An empty object that inherits nothing, so that any text can be a key, `__proto__` too. Filling and copying one takes a
 * fraction of what `Object.create(null)` takes, which V8 keeps as a hash table.
 */
export const emptyRecord = <T>(): Record<string, T> => new (Bare as unknown as new () => Record<string, T>)();

/** Where an object keeps the order of its keys if JavaScript has another; copied with the object by `{ ...it }`. */
const order = Symbol('order of keys');

interface Ordered {
  [order]?: readonly string[];
}

/** Keys that JavaScript puts before all others, by size. */
const isIndex = (key: string): boolean =>
  key.charCodeAt(0) <= 57 && /^(?:0|[1-9]\d{0,9})$/u.test(key) && Number(key) < 2 ** 32 - 1;

/** True where an object with these keys would have them in another order. */
export function isReordered(keys: readonly string[]): boolean {
  let last = -1;
  return keys.some((key) => {
    const at = isIndex(key) ? Number(key) : Infinity;
    const moves = at < last;
    last = at;
    return moves;
  });
}

/** An object with these keys in this order. A key that comes twice has its first place and its last value. */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const record = emptyRecord<T>();
  const keys: string[] = [];
  for (const [key, value] of entries) {
    record[key] = value;
    keys.push(key);
  }
  return isReordered(keys) ? inOrder(record, keys) : record;
}

/** Says in which order the keys of an object came; those it has not do no harm, others come last. */
export function inOrder<T extends object>(record: T, keys: readonly string[]): T {
  (record as Ordered)[order] = [...new Set(keys)];
  return record;
}

/** As `Object.keys`, in the order the keys came. */
export function keysOf(record: object): string[] {
  const came = (record as Ordered)[order];
  if (!came) return Object.keys(record);
  return [...new Set([...came.filter((key) => Object.hasOwn(record, key)), ...Object.keys(record)])];
}

/** As `Object.entries`, in the order the keys came. */
export const entriesOf = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
  (record as Ordered)[order] ? keysOf(record).map((key) => [key, record[key] as T]) : Object.entries(record);

/** As `Object.values`, in the order the keys came. */
export const valuesOf = <T>(record: Readonly<Record<string, T>>): T[] =>
  (record as Ordered)[order] ? keysOf(record).map((key) => record[key] as T) : Object.values(record);

/**
 * What `JSON.parse` may not keep: a number that is long, begins with -0, has an exponent, a zero at its end or many after
 * its point, or a key of digits. It also finds what only looks so, which costs time and does no harm.
 */
const mayLose =
  /(?:^|[\s:,[])(?:-0|-?(?:[\d.]{16}|\d+(?:\.\d+)?[eE]|\d+\.(?:0{5}|\d*0(?!\d))))|"(?:\d|\\u003)[^"]*"\s*:/u;

/**
 * Reads JSON; throws SyntaxError for anything else. The value is of `JSON.parse`, but for numbers (`ExactNumber`) and the
 * order of keys (`entriesOf`).
 */
export function readJson(text: string): unknown {
  const value = JSON.parse(text) as unknown;
  return mayLose.test(text) ? readTokens(text).value : value;
}

/** True for JSON with an object that has a key twice: one of the two values would be lost. */
export const repeatsKey = (text: string): boolean => readTokens(text).repeats;

interface Frame {
  readonly items: Json[];
  /** Of an object. */
  readonly entries: Map<string, Json> | null;
  key: string | null;
}

/** Reads what is known to be JSON, without a call for each level: nothing is too deep for it. */
function readTokens(text: string): { readonly value: Json; readonly repeats: boolean } {
  const open: Frame[] = [{ items: [], entries: null, key: null }];
  const top = (): Frame => open.at(-1) as Frame;
  let repeats = false;
  const put = (value: Json): void => {
    const { items, entries, key } = top();
    if (!entries) items.push(value);
    else if (key !== null) {
      repeats ||= entries.has(key);
      entries.set(key, value);
      top().key = null;
    }
  };
  for (let at = 0; at < text.length;) {
    const end = endOfToken(text, at);
    const token = text.slice(at, end);
    at = end;
    if (token === '{' || token === '[')
      open.push({ items: [], entries: token === '{' ? new Map() : null, key: null });
    else if (token === '}' || token === ']') {
      const { items, entries } = open.pop() as Frame;
      put(entries ? recordOf(entries) : items);
    } else if (token.startsWith('"') && top().entries && top().key === null)
      top().key = JSON.parse(token) as string;
    else if (/^[-\d]/u.test(token)) put(numberOf(token));
    else if (/^["tfn]/u.test(token)) put(JSON.parse(token) as Json);
  }
  return { value: top().items[0] ?? null, repeats };
}

/** The end of the token that begins here; space and punctuation are tokens of one character. */
function endOfToken(text: string, from: number): number {
  if (text[from] === '"') return endOfText(text, from);
  word.lastIndex = from;
  return word.test(text) ? word.lastIndex : from + 1;
}

const word = /[-\w][-+.\w]*/uy;

/** A quote ends the text unless an odd number of backslashes stands before it. */
function endOfText(text: string, from: number): number {
  for (let quote = text.indexOf('"', from + 1); ; quote = text.indexOf('"', quote + 1)) {
    let before = quote;
    while (text[before - 1] === '\\') before -= 1;
    if ((quote - before) % 2 === 0) return quote + 1;
  }
}

/** True for what `JSON.stringify` writes as it was read. */
function isOrdinary(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (value instanceof ExactNumber) return false;
  if (Array.isArray(value)) return value.every(isOrdinary);
  if (order in value) return false;
  for (const key in value) if (!isOrdinary((value as Record<string, unknown>)[key])) return false;
  return true;
}

/** As `JSON.stringify`, with numbers and keys as `readJson` read them. */
export const writeJson = (value: unknown, indent = 0): string =>
  isOrdinary(value)
    ? JSON.stringify(value, null, indent)
    : (writtenOf(value, ' '.repeat(indent), '\n') as string);

/** @param line the break before a line of this depth; of no meaning without `step` */
function writtenOf(value: unknown, step: string, line: string): string | undefined {
  if (value instanceof ExactNumber) return value.toString();
  const isPlain = typeof value !== 'object' || value === null;
  if (isPlain || typeof (value as { toJSON?: unknown }).toJSON === 'function') return JSON.stringify(value);
  const inner = line + step;
  const parts = Array.isArray(value)
    ? value.map((one) => writtenOf(one, step, inner) ?? 'null')
    : entriesOf(value as Record<string, unknown>).flatMap(([key, one]) => {
        const text = writtenOf(one, step, inner);
        return text === undefined ? [] : [`${JSON.stringify(key)}:${step === '' ? '' : ' '}${text}`];
      });
  const [first, last] = Array.isArray(value) ? '[]' : '{}';
  if (parts.length === 0 || step === '') return `${first}${parts.join(',')}${last}`;
  return `${first}${inner}${parts.join(`,${inner}`)}${line}${last}`;
}

/** Parses JSON text, or returns undefined where it is not JSON. Never throws. */
export function parseJson(text: string): Json | undefined {
  try {
    return readJson(text) as Json;
  } catch {
    return undefined;
  }
}

/** Parses JSON in UTF-8, a byte order mark allowed; undefined for anything else. */
export function parseJsonBytes(bytes: Uint8Array): Json | undefined {
  const text = textOfBytes(bytes);
  return text === null ? undefined : parseJson(text);
}

/** The text of UTF-8, without a byte order mark; null for anything else. */
export function textOfBytes(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * One text for one value: keys sorted at every depth, so that equal settings hash equally
 * whatever order they were written in.
 */
export const canonicalJson = (value: Json): string => writeJson(sorted(value));

function sorted(value: Json): Json {
  if (!isNested(value)) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(sorted);
  const entries = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** A value as one text: nothing for nothing, JSON for what nests. */
export function plainText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return isNested(value) ? writeJson(value) : String(value);
}

/** A value as it is read, not as it is passed on: `1.0`, as some programs write the whole number, is `1`. */
export const readableText = (value: Json | undefined): string =>
  value instanceof ExactNumber ? (value.whole() ?? value.toString()) : plainText(value);

/** A number as JavaScript has it, for counts and times; null for anything else. */
export function asNumber(value: Json | undefined): number | null {
  if (value instanceof ExactNumber) return Number(value.toString());
  return typeof value === 'number' ? value : null;
}

/** A whole number as text, of whatever length; null for anything else. */
export function wholeText(value: Json | undefined): string | null {
  if (value instanceof ExactNumber) return value.whole();
  return typeof value === 'number' && Number.isInteger(value) ? String(value) : null;
}

/** Nothing a vendor documents or a person writes nests deeper; what walks a value, to store or to blot it, may recurse so far. */
const deepest = 100;

const isShallow = (value: Json, left: number): boolean =>
  !isNested(value) || (left > 0 && Object.values(value).every((inner: Json) => isShallow(inner, left - 1)));

/**
 * As `parseJson`, for texts of others: undefined also where they nest deeper than anything sensible does, since
 * JSON.parse reads what JSON.stringify then cannot write. Never throws.
 */
export function parseShallow(text: string): Json | undefined {
  const value = parseJson(text);
  return value === undefined || !isShallow(value, deepest) ? undefined : value;
}
