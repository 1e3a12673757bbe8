import type { Options } from 'csv-stringify/sync';

/** Turns records of texts into CSV: comma, quotes where needed and doubled inside, a line feed after each record. */
export type CsvText = (records: readonly (readonly string[])[]) => string;

/**
 * RFC 4180 quoting; no formula escaping, which would turn `+49…` into something else. The only cell of a record is
 * quoted when it is empty: many readers skip blank lines.
 */
export async function openCsv(columns: number): Promise<CsvText> {
  const { stringify } = await import('csv-stringify/sync');
  const options: Options = columns === 1 ? { quoted_empty: true } : {};
  return (records) => stringify(records as string[][], options);
}

const special = /[\p{Cc}\\\u2028-\u202e\u2066-\u2069]/u;
const specials = new RegExp(special.source, 'gu');
const names: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' };

const escaped = (char: string): string =>
  names[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * A cell of a TSV line: tab, line feed, carriage return and backslash as `\t \n \r \\`, other control characters,
 * directional overrides and line separators as `\u001b`. Nothing is lost, and a line is always a record.
 */
export const tsvCell = (text: string): string =>
  special.test(text) ? text.replace(specials, escaped) : text;

export const tsvLine = (cells: readonly string[]): string => `${cells.map(tsvCell).join('\t')}\n`;
