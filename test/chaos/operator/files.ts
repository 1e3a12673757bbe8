import { people, styles, type Line, type Person, type Style } from './people.js';

/** A lead file or a list of numbers, as somebody exported it this time. */
export interface LeadFile {
  readonly name: string;
  readonly vendor: VendorName;
  readonly rows: readonly FileRow[];
  readonly format: 'csv' | 'json' | 'ndjson';
  readonly delimiter: ',' | ';' | '\t';
  readonly encoding: 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'windows-1252';
  /** Shuffles the columns; 0 leaves them. */
  readonly order: number;
  /** Which of the names of a column. */
  readonly header: number;
  readonly country: boolean;
  /** A column that says who wants no contact. */
  readonly consent: boolean;
}

export type VendorName = 'sales-q' | 'comunik8' | 'mmdial';

export interface FileRow {
  readonly who: number;
  readonly style: Style;
  /** How the second number is written; null where it is left out. */
  readonly second: Style | null;
  /** The second number stands in the first column, and the first one in the second. */
  readonly swapped: boolean;
  /** Stands in the consent column. */
  readonly refuses: boolean;
}

const headers: Readonly<
  Record<'phone' | 'first' | 'last' | 'email' | 'second' | 'country' | 'consent', readonly string[]>
> = {
  phone: ['Telefon', 'phone', 'PHONE', 'Handynummer', 'Mobil', 'Телефон'],
  first: ['Vorname', 'first_name', 'FIRST NAME', 'Vorname'],
  last: ['Nachname', 'surname', 'Last Name', 'Name'],
  email: ['E-Mail', 'email', 'EMAIL', 'Mail'],
  second: ['other_phone', 'Other Phone', 'OTHER_PHONE'],
  country: ['Land', 'country', 'LAND', 'Staat'],
  consent: ['Werbesperre', 'do_not_call', 'Opt-out', 'DO NOT CALL'],
};

const nameOf = (what: keyof typeof headers, file: LeadFile): string => {
  const own = what === 'phone' && file.vendor === 'comunik8' ? ['mobile', 'Mobile', 'MOBILE'] : headers[what];
  // Cyrillic letters fit no Windows-1252.
  const fit = file.encoding === 'windows-1252' ? own.filter((name) => /^[\x20-\x7e]*$/.test(name)) : own;
  return fit[file.header % fit.length] ?? '';
};

type Cell = readonly [column: string, value: string];

/** Both numbers of the row's person, the one for the first column first. */
function ordered({ who, swapped }: FileRow): readonly [Line, Line | null] {
  const { main, second } = people[who] as Person;
  return swapped && second ? [second, main] : [main, second];
}

/** The numbers that stand in a row. */
export function linesIn({ vendor }: LeadFile, row: FileRow): Line[] {
  const [first, other] = ordered(row);
  return other && row.second !== null && vendor !== 'sales-q' ? [first, other] : [first];
}

function cellsOf(file: LeadFile, row: FileRow): Cell[] {
  const person = people[row.who] as Person;
  const { name } = person;
  const [main, second] = ordered(row);
  const secondName = file.vendor === 'mmdial' ? ['alt_phone', 'ALT_PHONE', 'Alt Phone'] : headers.second;
  const cells: Cell[] = [
    [nameOf('phone', file), styles[row.swapped ? (row.second ?? row.style) : row.style](main)],
    [nameOf('first', file), 'Jürgen'],
    [nameOf('last', file), name],
  ];
  if (file.vendor === 'comunik8') cells.push([nameOf('email', file), `p${row.who}@example.com`]);
  if (file.vendor !== 'sales-q' && file.rows.some((one) => one.second !== null))
    cells.push([
      secondName[file.header % secondName.length] ?? '',
      second && row.second ? styles[row.swapped ? row.style : row.second](second) : '',
    ]);
  if (file.country) cells.push([nameOf('country', file), person.main.country]);
  if (file.consent) cells.push([nameOf('consent', file), row.refuses ? 'ja' : '']);
  return file.order === 0 ? cells : rotated(cells, file.order);
}

const rotated = <T>(list: readonly T[], by: number): T[] => {
  const at = by % list.length;
  const turned = [...list.slice(at), ...list.slice(0, at)];
  return by % 2 === 0 ? turned : turned.reverse();
};

/** The bytes of the file. */
export function bytesOf(file: LeadFile): Buffer {
  const rows = file.rows.map((row) => cellsOf(file, row));
  if (file.format === 'csv') return encoded(csv(rows, file.delimiter), file.encoding);
  const objects = rows.map((cells) => JSON.stringify(Object.fromEntries(cells)));
  const text = file.format === 'json' ? `[${objects.join(',\n')}]\n` : `${objects.join('\n')}\n`;
  return encoded(text, file.encoding === 'windows-1252' ? 'utf-8' : file.encoding);
}

function csv(rows: readonly (readonly Cell[])[], delimiter: string): string {
  const quoted = (text: string): string =>
    text.includes(delimiter) || text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text;
  const [first = []] = rows;
  const all = [first.map(([column]) => column), ...rows.map((cells) => cells.map(([, value]) => value))];
  return `${all.map((cells) => cells.map(quoted).join(delimiter)).join('\r\n')}\r\n`;
}

function encoded(text: string, encoding: LeadFile['encoding']): Buffer {
  if (encoding === 'utf-8-bom') return Buffer.from(`\ufeff${text}`, 'utf8');
  if (encoding === 'utf-16le') return Buffer.from(`\ufeff${text}`, 'utf16le');
  return Buffer.from(text, encoding === 'windows-1252' ? 'latin1' : 'utf8');
}
