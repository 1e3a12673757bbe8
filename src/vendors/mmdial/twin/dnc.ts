import { stringify } from 'csv-stringify/sync';
import type { TwinAnswer } from '../../../core/twin.js';
import type { ApiFunction, ApiRequest } from './request.js';
import { localTime } from './model.js';
import { readText } from './php.js';

/** The numbers of a request, separated by commas; null where there is none or one is no number. */
export function readNumbers(request: ApiRequest): readonly string[] | null {
  const numbers = (readText(request.get, 'number') ?? '').split(',').map((number) => number.trim());
  return numbers.every((number) => /^\+?\d[\d /()-]*$/.test(number)) ? numbers : null;
}

const answerStatus = (
  request: ApiRequest,
  status: 'ok' | 'error' | 'doublet',
  message: string,
  changed = false,
): TwinAnswer => request.give({ status, message }, changed);

/** True where a number asks for the documented `error` (see help). */
const isRefused = (numbers: readonly string[]): boolean => numbers.some((number) => number.endsWith('440'));

/**
 * A number is listed as it is written. Of several, those not listed yet are added, and the answer is `doublet` where
 * one was there before: the document does not say what becomes of the others (docs/vendors/mmdial.md#dncadd).
 */
export const dncAdd: ApiFunction = (request) => {
  const { centre } = request;
  const numbers = readNumbers(request);
  if (!numbers || isRefused(numbers)) return answerStatus(request, 'error', 'number missing or invalid');
  const fresh = [...new Set(numbers)].filter((number) => !centre.blocked.has(number));
  for (const number of fresh) centre.block(number, centre.now, readText(request.get, 'reason') ?? '');
  return fresh.length === numbers.length
    ? answerStatus(request, 'ok', `${fresh.length} added`, true)
    : answerStatus(request, 'doublet', `${fresh.length} added, the others exist`, fresh.length > 0);
};

/** Deletes those of the numbers that are listed as they are written; `error` where none is. */
export const dncDel: ApiFunction = (request) => {
  const numbers = readNumbers(request);
  if (!numbers || isRefused(numbers)) return answerStatus(request, 'error', 'number missing or invalid');
  const gone = numbers.filter((number) => request.centre.blocked.delete(number));
  return gone.length > 0
    ? answerStatus(request, 'ok', `${gone.length} deleted`, true)
    : answerStatus(request, 'error', 'not found');
};

/**
 * The whole list: one number a line, or with a seed divisible by 3 a header and three columns: no layout is
 * documented.
 */
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
export const dncCheck: ApiFunction = (request) => {
  const number = readText(request.get, 'number')?.trim();
  if (!number) return answerStatus(request, 'error', 'number missing');
  const fuzzy = readText(request.get, 'fuzzy') ?? 'no';
  if (fuzzy !== 'yes' && fuzzy !== 'no') return answerStatus(request, 'error', 'fuzzy must be yes or no');
  if (fuzzy === 'no')
    return request.give({ status: request.centre.blocked.has(number) ? 'exists' : 'notfound' });
  return request.give({
    results: [...request.centre.blocked.keys()].filter((entry) => entry.includes(number)),
  });
};
