import type { Json } from './json.js';
import { parseJson } from './json.js';

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
