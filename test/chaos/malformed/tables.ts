import type { Random } from '../../../src/core/twin.js';
import { byteDamages, encodings, notText } from './bytes.js';
import {
  type Case,
  type MakeCase,
  type Operation,
  chance,
  operations,
  phoneOf,
  pick,
  whisper,
} from './case.js';

/** A table before it is written down. */
interface Table {
  header: string[];
  rows: string[][];
  delimiter: string;
  end: string;
  /** Text that takes the place of what the table would be written as. */
  text?: string;
}

const delimiters = [';', ';', ',', ',', '\t', '\t', '|'] as const;

function soundTable(operation: Operation, random: Random): Table {
  const rows = Array.from({ length: random.between(1, 6) }, (_, index) => [...operation.row(index)]);
  return {
    header: [...operation.header],
    rows,
    delimiter: pick(random, delimiters),
    end: pick(random, ['\n', '\r\n']),
  };
}

const cell = (text: string, delimiter: string): string =>
  text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
const written = ({ header, rows, delimiter, end }: Table): string =>
  [header, ...rows].map((cells) => cells.map((text) => cell(text, delimiter)).join(delimiter) + end).join('');

const anyRow = (table: Table, random: Random): string[] => pick(random, table.rows);
const setCell = (table: Table, random: Random, text: string): void => {
  const row = anyRow(table, random);
  row[random.between(0, row.length - 1)] = text;
};
const setPhone =
  (text: (phone: string) => string) =>
  (table: Table, random: Random): void => {
    const row = anyRow(table, random);
    row[0] = text(row[0] ?? '');
  };
const setHeader =
  (name: string) =>
  (table: Table, random: Random): void => {
    table.header[random.between(0, table.header.length - 1)] = name;
  };

const cellTexts = [
  '\u0000',
  '\u0007\u001b[31m',
  '\u202e\u200b\u00ad',
  '\ud800',
  'a\nb\rc\r\nd',
  '"',
  '""',
  '=HYPERLINK("http://example.com")',
  '@SUM(1)',
  '{{constructor}}',
  '[object Object]',
  'null',
  'NaN',
  '\\',
  '\u2028',
  'x'.repeat(70_000),
  '{"a":'.repeat(500),
] as const;

/** What people and programs do to a table. */
const damages: readonly (readonly [string, (table: Table, random: Random) => void])[] = [
  ['nothing', () => undefined],
  ['a cell too many', (table, random) => void anyRow(table, random).push('x')],
  ['a cell too few', (table, random) => void anyRow(table, random).pop()],
  [
    'rows of any length',
    (table, random) => table.rows.forEach((row) => (row.length = random.between(0, row.length))),
  ],
  ['an empty row', (table, random) => table.rows.splice(random.between(0, table.rows.length), 0, [])],
  ['a blank row', (table) => void table.rows.push(table.header.map(() => ' '))],
  [
    'a header twice',
    (table) =>
      void (
        (table.header[table.header.length - 1] = table.header[0] ?? ''),
        table.header.push(table.header[0] ?? ''),
        table.rows.forEach((row) => row.push('x'))
      ),
  ],
  ['an empty header', (table) => (table.header.push(''), table.rows.forEach((row) => row.push('x')))],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
    ' ',
    '\u0000',
    '\u200b',
    '\u001b[2J',
    'a'.repeat(70_000),
    '_salesq_row',
    'Telefon\nTelefon',
    '$where',
    'id',
    'Status',
  ].map(
    (name) =>
      [
        `a header ${name.length > 60 ? 'of 70,000 characters' : JSON.stringify(name)}`,
        setHeader(name),
      ] as const,
  ),
  [
    'a further column __proto__',
    (table) => (table.header.push('__proto__'), table.rows.forEach((row) => row.push('{"polluted":true}'))),
  ],
  [
    'two thousand columns',
    (table) => (
      table.header.push(...Array.from({ length: 2_000 }, (_, at) => `c${at}`)),
      table.rows.forEach((row) => row.push(...Array.from({ length: 2_000 }, () => '1')))
    ),
  ],
  ['no header', (table) => (table.header = table.rows.shift() ?? [])],
  ['the header alone', (table) => void (table.rows = [])],
  [
    'the header again',
    (table, random) => table.rows.splice(random.between(0, table.rows.length), 0, [...table.header]),
  ],
  [
    'a title above',
    (table) => (table.rows.unshift([...table.header]), (table.header = ['Leads vom 3. März'])),
  ],
  ['sep=;', (table) => (table.text = `sep=;\n${written({ ...table, delimiter: ';' })}`)],
  ['sep=, and semicolons', (table) => (table.text = `sep=,\n${written({ ...table, delimiter: ';' })}`)],
  [
    'delimiters at the ends',
    (table) => (table.text = written(table).replaceAll(table.end, table.delimiter + table.end)),
  ],
  [
    'another delimiter further down',
    (table) =>
      (table.text =
        written(table) +
        written({ ...table, delimiter: table.delimiter === ';' ? ',' : ';', header: table.rows[0] ?? [] })),
  ],
  [
    'mixed line ends',
    (table, random) =>
      (table.text = written({ ...table, end: '\n' }).replace(/\n/g, () =>
        pick(random, ['\n', '\r\n', '\r']),
      )),
  ],
  ['carriage returns alone', (table) => (table.end = '\r')],
  ['no line end at the end', (table) => (table.text = written(table).trimEnd())],
  [
    'a quote that stays open',
    (table, random) =>
      (table.text = written(table).replace(/(?<=\n)/, '"') + (chance(random, 0.5) ? '' : 'x'.repeat(2_000))),
  ],
  ['a quote inside a cell', (table) => (table.text = written(table).replace(whisper, `Zge"heim`))],
  ['text after a quote', (table) => (table.text = written(table).replace(whisper, '"x"y'))],
  [
    'everything in one cell',
    (table) => (table.text = table.rows.map((row) => `"${row.join(table.delimiter)}"`).join(table.end)),
  ],
  ['a cell of a megabyte', (table, random) => setCell(table, random, 'y'.repeat(1_200_000))],
  ...cellTexts.map(
    (text) =>
      [
        `a cell ${text.length > 60 ? `of ${text.length} characters` : JSON.stringify(text)}`,
        (table: Table, random: Random) => setCell(table, random, text),
      ] as const,
  ),
  ...[
    '4.91788E+11',
    '4,91788E+11',
    '4.91713920001E+11',
    '491713920001.0',
    '1713920001',
    '="+491713920001"',
    "'01713920001",
    '0',
    '',
    'n/a',
    '#WERT!',
    '+49 171 3920001 / 3920002',
    '+49',
    '++491713920001',
    '+491713920001\u0000',
    '٠١٧١٣٩٢',
    '0x1CA35F0E',
    '1e999',
    '-491713920001',
    '+4917139200019999999999',
  ].map((text) => [`a number ${JSON.stringify(text)}`, setPhone(() => text)] as const),
  [
    'numbers as Excel leaves them',
    (table) =>
      table.rows.forEach(
        (row) =>
          (row[0] = Number((row[0] ?? '').replace(/\D/g, ''))
            .toExponential(5)
            .toUpperCase()),
      ),
  ],
  [
    'numbers without their zero',
    (table) => table.rows.forEach((row) => (row[0] = (row[0] ?? '').replace('+49', ''))),
  ],
  [
    'numbers cut by Excel',
    (table) => table.rows.forEach((row) => (row[0] = (row[0] ?? '').replace(/\d{6}$/, '000000'))),
  ],
  ['the same person in every row', (table) => table.rows.forEach((row) => (row[0] = phoneOf(0)))],
  [
    'spaces around everything',
    (table) => (
      (table.header = table.header.map((name) => ` ${name}\u00a0`)),
      table.rows.forEach((row) => row.forEach((text, index) => (row[index] = ` ${text}\u200b`)))
    ),
  ],
];

const formats = ['csv', 'json', 'ndjson', 'xlsx', 'xml'];
const odd: readonly (readonly [string, readonly string[]])[] = [
  [
    '--encoding',
    ['utf-8', 'utf-16le', 'windows-1252', 'windows-1251', 'iso-8859-1', 'shift_jis', 'klingon', ''],
  ],
  ['--delimiter', [',', ';', 'tab', '|', '\\t', 'x', ';;', '']],
  ['--format', formats],
  ['--country', ['DE', 'GB', 'de', 'XX', '49', '']],
  ['--phone-format', ['e164', 'intl-digits', 'national', 'auto', 'any']],
];

/** Flags a hurried person gives, fitting or not. */
export function flagsFor(random: Random): string[] {
  const flags: string[] = [];
  if (chance(random, 0.3)) flags.push('--skip-invalid');
  if (chance(random, 0.35)) flags.push('--dry-run');
  if (chance(random, 0.1)) flags.push('--allow-duplicates');
  for (const [flag, values] of odd) if (chance(random, 0.05)) flags.push(flag, pick(random, values));
  return flags;
}

/** How the input reaches the program: by its path, or through a pipe. */
export function inputOf(
  random: Random,
  name: string,
  content: Buffer,
): Pick<Case, 'files' | 'named'> & { stdin?: Buffer; path: string } {
  if (chance(random, 0.12)) return { files: [], stdin: content, path: '-', named: ['stdin', '--'] };
  return { files: [{ name, content }], path: name, named: [name, '--'] };
}

/**
 * Damage that breaks the file as a file (docs/files.md#broken-files): never sent in part, unless broken rows are to be
 * set aside.
 */
const breaking = new Set([
  'a cell too many',
  'a cell too few',
  'a header twice',
  'an empty header',
  'a further column __proto__',
  'a header "__proto__"',
  'two thousand columns',
]);

/** A table of leads, damaged once or twice, in an encoding that may not fit. */
export const tableCase: MakeCase = (random, id) => {
  const operation = pick(random, operations);
  if (chance(random, 0.06)) return fileCase(random, id, operation, ...notText(random));
  const table = soundTable(operation, random);
  const [what, damage] = pick(random, damages);
  damage(table, random);
  const plain = encodings[0] as (typeof encodings)[0];
  const [encoding, encode] = chance(random, 0.4) ? pick(random, encodings) : plain;
  const content = encode(table.text ?? written(table));
  if (chance(random, 0.3)) {
    const [further, spoil] = pick(random, byteDamages);
    return fileCase(random, id, operation, `${what}, ${encoding}, ${further}`, spoil(content, random));
  }
  const made = fileCase(random, id, operation, `${what}, ${encoding}`, content);
  // With one column a missing cell is an empty line, which is no row; and a delimiter must be plain to see.
  const plainToSee = operation.header.length > 1 && table.delimiter !== '|';
  const broken = breaking.has(what) && encode === plain[1] && plainToSee;
  return { ...made, mustRefuse: broken && !made.args.includes('--skip-invalid') };
};

function fileCase(random: Random, id: string, operation: Operation, what: string, content: Buffer): Case {
  const name = pick(random, [
    'leads.csv',
    'leads.csv',
    'leads.csv',
    'leads.txt',
    'leads',
    'leads.json',
    'leads.xlsx',
    'ле\u200bads.csv',
  ]);
  const { path, ...input } = inputOf(random, name, content);
  return {
    id,
    what: `${what} (${name})`,
    args: [...operation.args, path, ...flagsFor(random)],
    leads: content,
    ...input,
  };
}
