import { stringify } from 'csv-stringify/sync';
import type { TwinAnswer } from '../../../core/twin.js';
import type { ApiFunction, Ask } from './ask.js';
import { localTime } from './berlin.js';
import { text } from './php.js';

/** Several numbers, separated by commas; null where there is none or one that is no number. */
export function numbersOf(ask: Ask): readonly string[] | null {
  const numbers = (text(ask.get, 'number') ?? '').split(',').map((number) => number.trim());
  return numbers.every((number) => /^\+?\d[\d /()-]*$/.test(number)) ? numbers : null;
}

const answer = (ask: Ask, status: 'ok' | 'error' | 'doublet', message: string, changed = false): TwinAnswer =>
  ask.give({ status, message }, changed);

/** True where a number asks for the documented `error` (see help). */
const isRefused = (numbers: readonly string[]): boolean => numbers.some((number) => number.endsWith('440'));

/**
 * A number is listed as it is written. Of several, those not listed yet are added, and the answer is `doublet` where
 * one was there before: the document does not say what becomes of the others (docs/vendors/mmdial.md#dncadd).
 */
export const dncAdd: ApiFunction = (ask) => {
  const { centre } = ask;
  const numbers = numbersOf(ask);
  if (!numbers || isRefused(numbers)) return answer(ask, 'error', 'number missing or invalid');
  const fresh = [...new Set(numbers)].filter((number) => !centre.blocked.has(number));
  for (const number of fresh) centre.block(number, centre.now, text(ask.get, 'reason') ?? '');
  return fresh.length === numbers.length
    ? answer(ask, 'ok', `${fresh.length} added`, true)
    : answer(ask, 'doublet', `${fresh.length} added, the others exist`, fresh.length > 0);
};

/** Deletes those of the numbers that are listed as they are written; `error` where none is. */
export const dncDel: ApiFunction = (ask) => {
  const numbers = numbersOf(ask);
  if (!numbers || isRefused(numbers)) return answer(ask, 'error', 'number missing or invalid');
  const gone = numbers.filter((number) => ask.centre.blocked.delete(number));
  return gone.length > 0
    ? answer(ask, 'ok', `${gone.length} deleted`, true)
    : answer(ask, 'error', 'not found');
};

/** One number a line, or with a seed divisible by 3 a header and three columns: no layout is documented. */
export const dncGet: ApiFunction = ({ centre }) => {
  const entries = [...centre.blocked.values()];
  const rows = entries.map(({ number, at, reason }) => [number, localTime(at), reason]);
  const wide = centre.seed % 3 === 0;
  return {
    status: 200,
    headers: { 'content-type': 'text/csv; charset=iso-8859-1' },
    body: Buffer.from(
      wide
        ? stringify([['phone_number', 'added', 'reason'], ...rows], { delimiter: ';' })
        : stringify(rows.map(([number]) => [number])),
      'latin1',
    ),
  };
};

/**
 * Exact: the number as it is written, so `0171…` does not find `+49171…`. Fuzzy, "also part numbers": every entry the
 * given digits are part of, so only digits common to all notations (`171…`) find each of them.
 */
export const dncCheck: ApiFunction = (ask) => {
  const number = text(ask.get, 'number')?.trim();
  if (!number) return answer(ask, 'error', 'number missing');
  const fuzzy = text(ask.get, 'fuzzy') ?? 'no';
  if (fuzzy !== 'yes' && fuzzy !== 'no') return answer(ask, 'error', 'fuzzy must be yes or no');
  if (fuzzy === 'no') return ask.give({ status: ask.centre.blocked.has(number) ? 'exists' : 'notfound' });
  return ask.give({ results: [...ask.centre.blocked.keys()].filter((entry) => entry.includes(number)) });
};
