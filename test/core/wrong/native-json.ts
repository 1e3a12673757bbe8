import type { JsonPair } from '../json-checks.js';

/** Wrong on purpose: the reader and the writer of the language. The checks in json-checks.ts must catch it. */
export const nativeJson: JsonPair = {
  readJson: (text) => JSON.parse(text) as unknown,
  writeJson: (value, indent) => JSON.stringify(value, null, indent),
};
