import type { Json } from './json.js';
import { parseJson } from './json.js';

/** No documented answer nests deeper than six; what walks an answer, to blot or to store it, may recurse so far. */
const deepest = 100;

const isShallow = (value: Json, left: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (left > 0 && Object.values(value).every((inner: Json) => isShallow(inner, left - 1)));

/** The JSON of a vendor's answer; undefined where it is none, or nests deeper than any answer would. Never throws. */
export function parseAnswer(text: string): Json | undefined {
  const value = parseJson(text);
  return value === undefined || !isShallow(value, deepest) ? undefined : value;
}
