import type { Json, JsonObject } from '../../../core/json.js';
import { isObject } from '../../../core/json.js';
import type { TwinAnswer } from '../../../core/twin.js';
import type { Random } from '../../../core/seeded.js';

/** A web page instead of an answer, as the server in front of the API gives it. */
export const page = (status: number, title: string): TwinAnswer => ({
  status,
  headers: { 'content-type': 'text/html; charset=iso-8859-1' },
  body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
});

/** PHP's default Content-Type comes with JSON too: the document promises none. */
const types = ['application/json', 'application/json; charset=utf-8', 'text/html; charset=UTF-8'] as const;

/**
 * "Usually a json object" (docs/vendors/mmdial.md#answers), as PHP writes it. `random` decides what is not documented.
 */
export function json(random: Random, value: JsonObject, changed = false): TwinAnswer {
  const numbersAsText = random.next() < 0.5;
  return {
    status: 200,
    headers: { 'content-type': random.pick(types) },
    body: phpJson(asPhp(value, numbersAsText)),
    changed,
  };
}

/** A PHP array is map and list in one: empty, it is always written `[]`. Columns of a database come as text. */
function asPhp(value: Json, numbersAsText: boolean): Json {
  if (typeof value === 'number') return numbersAsText ? String(value) : value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => asPhp(item, numbersAsText));
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  if (entries.length === 0) return [];
  return Object.fromEntries(entries.map(([key, inner]) => [key, asPhp(inner, numbersAsText)]));
}

/** With PHP's default escapes: slashes as `\/`, everything beyond ASCII as four hex digits. */
const phpJson = (value: Json): string =>
  JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[^\0-\x7f]/g, (character) => {
      const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
      return units.map((hex) => `\\u${hex}`).join('');
    });
