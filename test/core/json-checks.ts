import fc from 'fast-check';
import { compact, jsonText, numberText } from '../support/json-texts.js';

/** What reads and writes JSON. */
export interface JsonPair {
  readonly readJson: (text: string) => unknown;
  readonly writeJson: (value: unknown, indent?: number) => string;
}

/** Texts that need no luck to be found. */
const known = [
  '{"vertrag":12345678901234567890,"preis":1.10}',
  '{"10":"a","9":"b","x":{"2":1,"1":2}}',
  '[1e400,-0,1.0,0.0000001,9007199254740993]',
  '[{"a":1},{"b":{"c":[{"1":0,"0":1}]}}]',
  '{"__proto__":{"10":1,"2":2.0},"a":1}',
  '{"\\u0031":1,"0":2}',
  '" 1.10, -0 "',
];

/** What leaves is what came in: each entry names a text that does not. */
export function faultsOf({ readJson, writeJson }: JsonPair): string[] {
  const faults: string[] = [];
  const leaves = (text: string): boolean => {
    if (writeJson(readJson(text)) !== compact(text)) return false;
    return compact(writeJson(readJson(text), 2)) === compact(text);
  };
  for (const text of known) if (!leaves(text)) faults.push(text);
  for (const texts of [jsonText, numberText.map((text) => `[${text}]`)]) {
    const found = fc.check(fc.property(texts, leaves), { seed: 10, numRuns: 3_000 });
    if (found.failed) faults.push(String(found.counterexample?.[0] ?? found.errorInstance));
  }
  return faults;
}
