import { usageError } from '../../core/errors.js';
import { type Json, type JsonObject, plainText } from '../../core/json.js';
import { flag, path, specs } from '../../core/value.js';
import type { VendorCommand } from '../../core/vendor.js';
import { answerText, statusOf } from './answers.js';
import { type Pair, Client, longTimeoutMs } from './client.js';
import { likelyE164, notationsOf } from './notation.js';
import { keyColumn, parseCsv, reading, readObject, reportOf, unusableAnswer } from './read.js';
import { countryCodeOf } from './settings.js';

/**
 * The numbers under `results`: a list, a list with gaps (PHP makes it a map), or `[]`. Null where it is missing or an
 * entry is empty: that must not look like "not listed".
 */
function resultsOf(value: Json | undefined): string[] | null {
  if (typeof value !== 'object' || value === null) return null;
  const texts = Object.values(value as JsonObject).map(plainText);
  return texts.includes('') ? null : texts;
}

/** Whether an answer to `dnccheck` says listed; null where it says neither. Reads both forms, fuzzy and exact. */
function isListed(body: JsonObject): boolean | null {
  const status = statusOf(body);
  if (status === 'exists') return true;
  const results = resultsOf(body['results']);
  if (status === 'notfound') return body['results'] === undefined || results?.length === 0 ? false : null;
  return results === null ? null : results.length > 0;
}

/** `dnccheck` (docs/vendors/mmdial.md#dnccheck). Throws UserError. */
const askFor = (client: Client, number: string, fuzzy: 'yes' | 'no'): Promise<JsonObject> => {
  const query: Pair[] = [
    ['number', number],
    ['fuzzy', fuzzy],
  ];
  return readObject(client, { name: 'dnccheck', query });
};

/** Whether exactly this number is listed. Throws UserError where it cannot be known. */
export async function checkExact(client: Client, number: string): Promise<boolean> {
  const listed = isListed(await askFor(client, number, 'no'));
  if (listed === null) throw unusableAnswer('dnccheck said neither exists nor notfound');
  return listed;
}

/** The listed numbers that contain this one. Throws UserError. */
async function checkFuzzy(client: Client, number: string): Promise<string[]> {
  const body = await askFor(client, number, 'yes');
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

/** The numbers of a list as mmDial has them, and how many lines hold none. */
interface BlockedNumbers {
  readonly numbers: readonly string[];
  readonly odd: number;
}

const maxListBytes = 200_000_000;

/** Digits and the marks people put between them. */
const numberShape = /^\+?[\d\s()./-]+$/;

/** `01.02.2026`, `2026-02-01`, with or without a time: made of digits, and no number to call. */
const dateShape = /^(?:\d{1,2}\.\d{1,2}\.(?:\d{4}|\d\d)|\d{4}-\d\d-\d\d)(?:\D|$)/;

const readNumber = (cell: string): string | null => {
  const text = cell.trim().replace(/^'/, '');
  if (dateShape.test(text)) return null;
  const digits = text.replace(/\D/g, '');
  return numberShape.test(text) && digits.length >= 3 && digits.length <= 20
    ? text.replace(/[^\d+]/g, '')
    : null;
};

/** The first column most of whose cells look like phone numbers; -1 where there is none. */
function findNumberColumn(rows: readonly (readonly string[])[]): number {
  const sample = rows.slice(0, 500);
  const width = Math.max(0, ...sample.map((cells) => cells.length));
  for (let column = 0; column < width; column += 1) {
    const cells = sample.map((row) => row[column] ?? '').filter((cell) => cell.trim() !== '');
    const phones = cells.filter((cell) => readNumber(cell) !== null && cell.replace(/\D/g, '').length >= 5);
    const [first = ''] = cells;
    const body = readNumber(first) === null ? cells.length - 1 : cells.length;
    if (phones.length > 0 && phones.length * 2 >= body) return column;
  }
  return -1;
}

/**
 * Reads the CSV of `dncget`, of which neither columns, separator, header nor charset are documented. Throws UserError
 * (exit 5) for a web page or JSON in its place, and for lines none of which holds a number: never "nobody".
 */
export async function readBlocked(text: string): Promise<BlockedNumbers> {
  const body = text.replace(/^\ufeff/, '').trim();
  if (/^[{[<]/.test(body)) throw unusableAnswer('dncget answered a web page or JSON, not a list of numbers');
  if (body === '') return { numbers: [], odd: 0 };
  const rows = await parseCsv(body);
  const column = findNumberColumn(rows);
  if (column < 0) {
    if (rows.length === 1) return { numbers: [], odd: 0 };
    throw unusableAnswer('no column of the list dncget answered looks like phone numbers');
  }
  const found = rows.map((row) => readNumber(row[column] ?? ''));
  const headed = found[0] === null;
  const numbers = found.filter((number) => number !== null);
  return { numbers: [...new Set(numbers)], odd: found.length - numbers.length - (headed ? 1 : 0) };
}

/** mmDial's whole do-not-call list, in its own notations. Throws UserError. */
async function fetchBlocked(client: Client): Promise<BlockedNumbers> {
  const call = { name: 'dncget', timeoutMs: longTimeoutMs, maxBytes: maxListBytes };
  return readBlocked(answerText(await reading(client, () => client.call(call))));
}

const options = specs({
  fuzzy: {
    flag: '--fuzzy',
    about: 'also find listed numbers that only contain the number',
    type: flag,
    default: false,
  },
  from: { flag: '--from <file>', about: 'read the numbers from this file, or - for stdin', type: path },
});

/**
 * `dnccheck` (docs/vendors/mmdial.md#dnccheck): whether numbers are blocked, in any usual notation or, with `--fuzzy`,
 * as part of one.
 */
export const checkNumbers: VendorCommand<typeof options> = {
  id: 'dnc check',
  summary: "look numbers up on mmDial's do-not-call list, in every usual notation",
  args: '[number...]',
  options,
  async run(input) {
    const {
      context,
      args,
      options: { from, fuzzy },
    } = input;
    const numbers = from === undefined ? args : await input.list(from);
    if (numbers.length === 0 || (from !== undefined && args.length > 0)) {
      throw usageError({
        code: 'usage.no-rows',
        message: 'Give the numbers as arguments or with --from, one of them',
        hint: '`salesq mmdial dnc check 0301234567`',
      });
    }
    const client = new Client(context);
    const results: JsonObject[] = [];
    for (const number of numbers) results.push(await looked(client, number, fuzzy));
    return reportOf({
      schema: 'dnc-check',
      document: { results },
      records: results,
      columns: [
        keyColumn('number'),
        { title: 'listed', value: ({ listed }) => listed },
        {
          title: 'matches',
          value: ({ matches }) => (matches as readonly string[]).join(', '),
          kind: 'phone',
        },
      ],
      empty: 'No numbers.',
    });
  },
};

async function looked(client: Client, number: string, fuzzy: boolean): Promise<JsonObject> {
  const bare = number.replace(/[^\d+]/g, '');
  const home = countryCodeOf(client.context.settings);
  const e164 = likelyE164(bare, home);
  const matches = fuzzy
    ? await checkFuzzy(client, bare)
    : await listedAmong(client, [bare, ...(e164 === null ? [] : notationsOf(e164, home))]);
  return { number, listed: matches.length > 0, matches };
}

/**
 * `dncget` (docs/vendors/mmdial.md#dncget): every blocked number. An empty list is said to be suspicious: it is never
 * proof of "nobody".
 */
export const listNumbers: VendorCommand = {
  id: 'dnc list',
  summary: "print mmDial's whole do-not-call list, one number a line",
  options: {},
  async run({ context }) {
    const { numbers, odd } = await fetchBlocked(new Client(context));
    const suspicious = numbers.length === 0;
    if (suspicious)
      context.warn(
        'mmDial returned an empty do-not-call list: that is suspicious, do not take it for "nobody"',
      );
    if (odd > 0) context.warn(`${odd} lines of the list hold no number and were left out`);
    const records = numbers.map((number) => ({ number }));
    return reportOf({
      schema: 'dnc-list',
      document: { count: numbers.length, suspicious, numbers: [...numbers] },
      records,
      columns: [keyColumn('number')],
      empty: 'The list is empty, which is suspicious.',
    });
  },
};
