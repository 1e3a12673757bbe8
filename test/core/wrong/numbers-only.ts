import { readJson, writeJson } from '../../../src/core/json.js';
import type { JsonPair } from '../json-checks.js';

/** Wrong on purpose: numbers keep their digits, keys go where JavaScript puts them. */
export const numbersOnly: JsonPair = {
  readJson: (text) => reordered(readJson(text)),
  writeJson,
};

function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  const isRecord = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  return isRecord
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reordered(inner)]))
    : value;
}
