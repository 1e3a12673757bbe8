/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. Objects read from a file have no prototype, so that a key `__proto__` is a key. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** True for a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

/** Parses JSON text, or returns undefined where it is not JSON. Never throws. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Parses JSON in UTF-8, a byte order mark allowed; undefined for anything else. */
export function parseJsonBytes(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * One text for one value: keys sorted at every depth, so that equal settings hash equally
 * whatever order they were written in.
 */
export function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_key, inner: Json) => {
    if (!isObject(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** A value as one text: nothing for nothing, JSON for what nests. */
export function plainText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Nothing a vendor documents or a person writes nests deeper; what walks a value, to store or to blot it, may recurse so far. */
const deepest = 100;

const isShallow = (value: Json, left: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (left > 0 && Object.values(value).every((inner: Json) => isShallow(inner, left - 1)));

/**
 * As `parseJson`, for texts of others: undefined also where they nest deeper than anything sensible does, since
 * JSON.parse reads what JSON.stringify then cannot write. Never throws.
 */
export function parseShallow(text: string): Json | undefined {
  const value = parseJson(text);
  return value === undefined || !isShallow(value, deepest) ? undefined : value;
}
