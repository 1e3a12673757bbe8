import { plainText } from '../../../core/json.js';
import type { Json, JsonObject } from '../../../core/json.js';
import { statusOf } from '../answers.js';
import type { Client } from '../http/client.js';
import { readObject, unusableAnswer } from '../read.js';

/**
 * The numbers under `results`: a list, a list with gaps (PHP makes it a map), or `[]`. Null where there is none, or an
 * entry tells nothing: that must not look like "not listed".
 */
export function resultsOf(value: Json | undefined): string[] | null {
  if (typeof value !== 'object' || value === null) return null;
  const texts = Object.values(value as JsonObject).map(plainText);
  return texts.includes('') ? null : texts;
}

/** Pure: whether an answer to `dnccheck` says listed; null where it says neither. Either key is read (fuzzy or not). */
export function isListed(body: JsonObject): boolean | null {
  const status = statusOf(body);
  if (status === 'exists') return true;
  const results = resultsOf(body['results']);
  if (status === 'notfound') return body['results'] === undefined || results?.length === 0 ? false : null;
  return results === null ? null : results.length > 0;
}

/**
 * `dnccheck` with fuzzy=no (docs/vendors/mmdial.md#dnccheck): exactly this number. Throws UserError where it cannot be
 * known.
 */
export async function checkExact(client: Client, number: string): Promise<boolean> {
  const body = await readObject(client, {
    name: 'dnccheck',
    query: [
      ['number', number],
      ['fuzzy', 'no'],
    ],
  });
  const listed = isListed(body);
  if (listed === null) throw unusableAnswer('dnccheck said neither exists nor notfound');
  return listed;
}

/** `dnccheck` with fuzzy=yes: the listed numbers that contain this one. Throws UserError. */
export async function checkFuzzy(client: Client, number: string): Promise<string[]> {
  const body = await readObject(client, {
    name: 'dnccheck',
    query: [
      ['number', number],
      ['fuzzy', 'yes'],
    ],
  });
  const results = resultsOf(body['results']);
  if (results) return results;
  const listed = isListed(body);
  if (listed === null) throw unusableAnswer('dnccheck gave no results');
  return listed ? [number] : [];
}

/** Which of several notations are listed, in their order. Throws UserError. */
export async function listedAmong(client: Client, notations: Iterable<string>): Promise<string[]> {
  const found: string[] = [];
  for (const number of new Set(notations)) if (await checkExact(client, number)) found.push(number);
  return found;
}
