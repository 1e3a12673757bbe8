import { parse } from 'csv-parse/sync';
import { unusable } from '../core/errors.js';
import { parserOptions } from './csv-records.js';

const candidates = [';', ',', '\t'];
/** Records looked at. */
const sampleRecords = 200;

const named: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  '\\t': '\t',
  pipe: '|',
};

/** The delimiter a user named: one ASCII character, or `comma`, `semicolon`, `tab`, `pipe`. @throws UserError `input.bad-delimiter` */
export function delimiterName(text: string): string {
  const delimiter = named[text.toLowerCase()] ?? text;
  if (/^[\t\x20-\x7e]$/.test(delimiter) && !/["A-Za-z0-9]/.test(delimiter)) return delimiter;
  throw unusable({
    code: 'input.bad-delimiter',
    message: 'A delimiter is one ASCII character that is no letter, digit or double quote.',
    hint: 'Say --delimiter ";", --delimiter "," or --delimiter tab.',
  });
}

export interface DelimiterChoice {
  readonly delimiter: string;
  /** True where a second delimiter would fit each line as well. */
  readonly ambiguous: boolean;
}

/**
 * Finds the delimiter from the start of a file: the one that cuts the most rows into as many cells as the header has,
 * quotes respected. A file of one column has `,`. A first line `sep=;`, as Excel understands it, decides.
 */
export function findDelimiter(head: string): DelimiterChoice {
  const declared = /^sep=(.)(?:\r|\n|$)/i.exec(head)?.[1];
  if (declared !== undefined) return { delimiter: delimiterName(declared), ambiguous: false };
  const fits = candidates.map((delimiter) => ({ delimiter, ...fitOf(head, delimiter) }));
  const useful = fits.filter((fit) => fit.columns > 1);
  useful.sort((a, b) => b.share - a.share || b.columns - a.columns);
  const [best, second] = useful;
  if (!best)
    return { delimiter: fits.some((fit) => fit.columns === 1) ? ',' : commonest(head), ambiguous: false };
  return { delimiter: best.delimiter, ambiguous: second?.share === best.share && best.share > 0 };
}

/** For a header that cannot be read at all: what it holds most of. */
function commonest(head: string): string {
  const header = head.trimStart().split(/[\r\n]/, 1)[0] ?? '';
  const counts = candidates.map((delimiter) => header.split(delimiter).length);
  return candidates[counts.indexOf(Math.max(...counts))] ?? ',';
}

interface Fit {
  readonly columns: number;
  /** Rows with as many cells as the header, of all rows that could be read. */
  readonly share: number;
}

function fitOf(head: string, delimiter: string): Fit {
  const widths: number[] = [];
  let whole = true;
  try {
    parse(head, {
      ...parserOptions({ delimiter, cells: 'utf8' }),
      to: sampleRecords,
      on_record: (record: string[]) => {
        if (record.length > 1 || record[0] !== '') widths.push(record.length);
        return null;
      },
    });
  } catch {
    whole = false;
  }
  const [columns = 0, ...rows] = widths;
  // The head of a file may end inside a row, and a wrong delimiter breaks on quotes: then the last row counts little.
  if (rows.length === 0) return { columns, share: whole ? 1 : 0 };
  const matching = rows.filter((width) => width === columns).length;
  return { columns, share: matching / (rows.length + (whole ? 0 : 1)) };
}
