import type { TwinRequest } from '../../../core/twin.js';

/** What PHP makes of arguments: texts, and arrays of them where a name has brackets. */
export type PhpArray = Map<string, string | PhpArray>;

/** `$_GET`: only what stands in the query, whatever the method. */
export const queryOf = (request: TwinRequest): PhpArray => phpArray(request.query);

/** `$_POST`: only the form in the body of a POST. The charset is the declared one, UTF-8 where none is. */
export function formOf(request: TwinRequest): PhpArray {
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

/** `+` and `%41`, one character a byte. */
const plainBytes = (part: string): string =>
  part
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

function phpArray(pairs: Iterable<[string, string]>): PhpArray {
  const all: PhpArray = new Map();
  for (const [name, value] of pairs) put(all, name, value);
  return all;
}

/** The last of equal names wins; `a[]` appends; dots and spaces before a bracket become underscores. */
function put(all: PhpArray, name: string, value: string): void {
  const [, base = '', brackets = ''] = /^([^[]*)((?:\[[^\]]*\])*)/.exec(name) ?? [];
  const first = base.trimStart().replace(/[. ]/g, '_');
  if (first === '') return;
  const path = [first, ...[...brackets.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '')];
  const last = path.pop() ?? '';
  let here = all;
  for (const step of path) {
    const key = step === '' ? nextKey(here) : step;
    const inner = here.get(key);
    const next: PhpArray = inner instanceof Map ? inner : new Map<string, string | PhpArray>();
    here.set(key, next);
    here = next;
  }
  here.set(last === '' ? nextKey(here) : last, value);
}

function nextKey(array: PhpArray): string {
  const numbers = [...array.keys()].filter((key) => /^\d{1,9}$/.test(key)).map(Number);
  return String(Math.max(-1, ...numbers) + 1);
}

/** A text argument; null where it is missing, empty or an array. */
export function text(args: PhpArray, name: string): string | null {
  const value = args.get(name);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The texts of an array argument by key; null where there is no such array. */
export function texts(args: PhpArray, name: string): ReadonlyMap<string, string> | null {
  const value = args.get(name);
  if (!(value instanceof Map)) return null;
  return new Map([...value].filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
