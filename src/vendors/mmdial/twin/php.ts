import {
  type Json,
  type JsonObject,
  isObject,
  writeJson,
  entriesOf,
  ExactNumber,
  recordOf,
} from '../../../core/json.js';
import type { Random, TwinAnswer, TwinRequest } from '../../../core/twin.js';

/** Arguments as PHP reads them: texts, and arrays of them where a name has brackets. */
export type PhpArray = Map<string, string | PhpArray>;

/** `$_GET`: only what stands in the query, whatever the method. */
export const readQuery = (request: TwinRequest): PhpArray => phpArray(request.query);

/** `$_POST`: only the form in the body of a POST. The charset is the declared one, UTF-8 where none is. */
export function readForm(request: TwinRequest): PhpArray {
  const type = request.headers['content-type'] ?? '';
  if (request.method !== 'POST' || !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
    return new Map();
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(type)?.[1]?.toLowerCase();
  const decoder = new TextDecoder(charset === 'iso-8859-1' || charset === 'windows-1252' ? charset : 'utf-8');
  const text = Buffer.from(request.body).toString('latin1');
  const decode = (part: string): string => decoder.decode(Buffer.from(plainBytes(part), 'latin1'));
  const pairs = text
    .split('&')
    .filter(Boolean)
    .map((pair): [string, string] => {
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return [decode(name), decode(value)];
    });
  return phpArray(pairs);
}

/** Undoes `+` and `%41`; one character a byte. */
const plainBytes = (part: string): string =>
  part
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

function phpArray(pairs: Iterable<[string, string]>): PhpArray {
  const all: PhpArray = new Map();
  for (const [name, value] of pairs) putArgument(all, name, value);
  return all;
}

/**
 * Puts one argument in its place. The last of equal names wins; `a[]` appends; dots and spaces before a bracket become
 * underscores.
 */
function putArgument(all: PhpArray, name: string, value: string): void {
  const [, base = '', brackets = ''] = /^([^[]*)((?:\[[^\]]*\])*)/.exec(name) ?? [];
  const first = base.trimStart().replace(/[. ]/g, '_');
  if (first === '') return;
  const path = [first, ...[...brackets.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '')];
  const last = path.pop() ?? '';
  let here = all;
  for (const step of path) {
    const key = step === '' ? nextKeyOf(here) : step;
    const inner = here.get(key);
    const next: PhpArray = inner instanceof Map ? inner : new Map<string, string | PhpArray>();
    here.set(key, next);
    here = next;
  }
  here.set(last === '' ? nextKeyOf(here) : last, value);
}

function nextKeyOf(array: PhpArray): string {
  const numbers = [...array.keys()].filter((key) => /^\d{1,9}$/.test(key)).map(Number);
  return String(Math.max(-1, ...numbers) + 1);
}

/** A text argument; null where it is missing, empty or an array. */
export function readText(args: PhpArray, name: string): string | null {
  const value = args.get(name);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The texts of an array argument by key; null where there is no such array. */
export function readTexts(args: PhpArray, name: string): ReadonlyMap<string, string> | null {
  const value = args.get(name);
  if (!(value instanceof Map)) return null;
  return new Map([...value].filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** A web page instead of an answer, as the server in front of the API gives it. */
export const webPage = (status: number, title: string): TwinAnswer => ({
  status,
  headers: { 'content-type': 'text/html; charset=iso-8859-1' },
  body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
});

/** PHP's default Content-Type comes with JSON too: the document promises none. */
const jsonTypes = [
  'application/json',
  'application/json; charset=utf-8',
  'text/html; charset=UTF-8',
] as const;

/**
 * "Usually a json object" (docs/vendors/mmdial.md#answers), as PHP writes it. `random` decides what is not documented.
 */
export function answerJson(random: Random, value: JsonObject, changed = false): TwinAnswer {
  const numbersAsText = random.next() < 0.5;
  return {
    status: 200,
    headers: { 'content-type': random.pick(jsonTypes) },
    body: writePhpJson(toPhpValue(value, numbersAsText)),
    changed,
  };
}

/** A PHP array is map and list in one: empty, it is always written `[]`. Columns of a database come as text. */
function toPhpValue(value: Json, numbersAsText: boolean): Json {
  if (typeof value === 'number' || value instanceof ExactNumber) return numbersAsText ? String(value) : value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => toPhpValue(item, numbersAsText));
  if (!isObject(value)) return value;
  const entries = entriesOf(value);
  if (entries.length === 0) return [];
  return recordOf(entries.map(([key, inner]) => [key, toPhpValue(inner, numbersAsText)]));
}

/** JSON with PHP's default escapes: slashes as `\/`, everything beyond ASCII as four hex digits. */
const writePhpJson = (value: Json): string =>
  writeJson(value)
    .replaceAll('/', '\\/')
    .replace(/[^\0-\x7f]/g, (character) => {
      const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
      return units.map((hex) => `\\u${hex}`).join('');
    });
