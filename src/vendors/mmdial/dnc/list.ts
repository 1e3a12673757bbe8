import type { Client } from '../http/client.js';
import { longTimeoutMs } from '../http/client.js';
import { answerText } from '../http/decode.js';
import { parseCsv } from '../files/csv.js';
import { reading, unusableAnswer } from '../read.js';

/** The numbers of a list as mmDial has them, and how many lines hold none. */
export interface BlockedNumbers {
  readonly numbers: readonly string[];
  readonly odd: number;
}

const maxListBytes = 200_000_000;

/** Digits with what people put between them. */
const numberShape = /^\+?[\d\s()./-]+$/;

/** `01.02.2026`, `2026-02-01`, with or without a time: made of digits, and no number to call. */
const dateShape = /^(?:\d{1,2}\.\d{1,2}\.(?:\d{4}|\d\d)|\d{4}-\d\d-\d\d)(?:\D|$)/;

const asNumber = (cell: string): string | null => {
  const text = cell.trim().replace(/^'/, '');
  if (dateShape.test(text)) return null;
  const digits = text.replace(/\D/g, '');
  return numberShape.test(text) && digits.length >= 3 && digits.length <= 20
    ? text.replace(/[^\d+]/g, '')
    : null;
};

/** The first column most of whose cells look like a number; dates and ids after it do not matter. -1: none does. */
function numberColumn(rows: readonly (readonly string[])[]): number {
  const sample = rows.slice(0, 500);
  const width = Math.max(0, ...sample.map((cells) => cells.length));
  for (let column = 0; column < width; column += 1) {
    const cells = sample.map((row) => row[column] ?? '').filter((cell) => cell.trim() !== '');
    const phones = cells.filter((cell) => asNumber(cell) !== null && cell.replace(/\D/g, '').length >= 5);
    const [first = ''] = cells;
    const body = asNumber(first) === null ? cells.length - 1 : cells.length;
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
  const column = numberColumn(rows);
  if (column < 0) {
    if (rows.length === 1) return { numbers: [], odd: 0 };
    throw unusableAnswer('no column of the list dncget answered looks like phone numbers');
  }
  const found = rows.map((row) => asNumber(row[column] ?? ''));
  const headed = found[0] === null;
  const numbers = found.filter((number) => number !== null);
  return { numbers: [...new Set(numbers)], odd: found.length - numbers.length - (headed ? 1 : 0) };
}

/** mmDial's whole do-not-call list, in its own notations. Throws UserError. */
export async function fetchBlocked(client: Client): Promise<BlockedNumbers> {
  const call = { name: 'dncget', timeoutMs: longTimeoutMs, maxBytes: maxListBytes };
  return readBlocked(answerText(await reading(client, () => client.call(call))));
}
