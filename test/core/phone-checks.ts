import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import type { CountryCode, PhoneNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import type { PhoneFormat, PhoneReading, PhoneRule } from '../../src/core/phone.js';

export type ReadPhone = (text: string, rule: PhoneRule) => PhoneReading;

/** One number of a region, written in one way. */
export interface Spelling {
  readonly region: CountryCode;
  readonly e164: string;
  readonly name: string;
  readonly text: string;
  /** Formats under which this spelling is what the column was declared to hold. */
  readonly formats: readonly PhoneFormat[];
}

const onlyDigits = (text: string): string => text.replace(/\D/g, '');

/** Eight spellings of a number; what is declared about them is true. */
export function spellingsOf(region: CountryCode, number: PhoneNumber): Spelling[] {
  const e164 = number.number;
  const international = number.formatInternational();
  const national = number.formatNational();
  const spelling = (name: string, text: string, formats: readonly PhoneFormat[]): Spelling => ({
    region,
    e164,
    name,
    text,
    formats,
  });
  return [
    spelling('E.164', e164, ['auto', 'e164', 'intl-digits', 'national']),
    spelling('digits with country code', e164.slice(1), ['auto', 'intl-digits']),
    spelling('00', `00${e164.slice(1)}`, ['auto', 'intl-digits', 'national']),
    spelling('national', national, ['auto', 'national']),
    spelling('national digits', onlyDigits(national), ['auto', 'national']),
    spelling(
      'dashes and brackets',
      international.replace(/^(\+\d+) (\d+) ?/, '$1 ($2) ').replace(/(\d) (?=\d)/g, '$1-'),
      ['auto', 'e164'],
    ),
    spelling('no-break spaces', `\u00A0${international.replace(/ /g, '\u00A0')}\u200B`, ['auto', 'e164']),
    spelling('unicode dashes', international.replace(/ /g, '\u2011').replace('+', '\uFF0B'), [
      'auto',
      'e164',
    ]),
  ];
}

/** The library's own example of every region it supports, in eight spellings. */
export const exampleSpellings = (): Spelling[] =>
  getCountries().flatMap((region) => {
    const number = getExampleNumber(region, examples);
    return number ? spellingsOf(region, number) : [];
  });

/** What became of the spellings: a wrong key is a call to a wrong person. */
export interface Tally {
  readonly right: number;
  readonly refused: number;
  readonly wrong: readonly string[];
}

export function tally(read: ReadPhone, spellings: readonly Spelling[]): Tally {
  let right = 0;
  let refused = 0;
  const wrong: string[] = [];
  for (const { region, e164, name, text, formats } of spellings) {
    for (const format of formats) {
      const reading = read(text, { format, country: region });
      if (!reading.ok) refused += 1;
      else if (reading.e164 === e164) right += 1;
      else wrong.push(`${region} ${format} ${name}: ${text} read as ${reading.e164}`);
    }
  }
  return { right, refused, wrong };
}

/** Cells whose digits say two things, with the rule they are read by: none may become a key. */
export const ambiguous: readonly (readonly [text: string, country: string])[] = [
  ['491788046563', 'DE'],
  ['4915112345678', 'DE'],
  ['49 178 804 6563', 'DE'],
  ['49\u00A0178\u00A08046563', 'DE'],
  ['1788046563', 'DE'],
  ['178 8046563', 'DE'],
  ['7911123456', 'GB'],
  ['3311234567', 'IT'],
  ['612345678', 'FR'],
];

const numbers = [
  '491788046563',
  '01788046563',
  '1788046563',
  '447911123456',
  '79161234567',
  '12015550123',
] as const;

/** `491788046563` as `4.91788E+11`, and what spreadsheets, locales and copying make of that. */
function scientificForms(digits: string): string[] {
  const significant = digits.replace(/^0+/, '');
  const exponent = significant.length - 1;
  return [5, 2, 0].flatMap((places) => {
    const [whole = '', fraction = ''] = (Number(significant) / 10 ** exponent).toFixed(places).split('.');
    const point = fraction === '' ? whole : `${whole}.${fraction}`;
    return [
      `${point}E+${exponent}`,
      `${point.replace('.', ',')}E+${exponent}`,
      `${point}e${exponent}`,
      ` ${point}E${exponent}\u00A0`,
      `${point}\u0415+${exponent}`,
      `${point}×10^${exponent}`,
    ];
  });
}

const wrapped = (digits: string): string[] => [
  `="${digits}"`,
  `=${digits}`,
  `'${digits}`,
  `"${digits}"`,
  `=+${digits}`,
  `=TEXT(${digits};"0")`,
  `\u2019${digits}`,
];

const amounts = (digits: string): string[] => {
  const grouped = digits.replace(/^0+/, '').replace(/\B(?=(\d{3})+$)/g, '.');
  return [
    `${digits}.0`,
    `${digits},0`,
    `${digits},00`,
    `${digits}.`,
    grouped,
    grouped.replace(/\./g, ','),
    grouped.replace(/\./g, "'"),
    `${grouped},00`,
    `${digits} €`,
    `$${digits}`,
    `${digits}%`,
    `(${digits})`,
    `-${digits}`,
    `${digits}-`,
  ];
};

const rest = [
  '########',
  '#NUM!',
  '#WERT!',
  '#N/A',
  '#REF!',
  'WAHR',
  'FALSE',
  '01.02.1978',
  '1978-02-01',
  '02.03.1978',
  '2/3/78',
  '03-02-1978',
  'Feb 78',
  '12:30',
  '491788000000',
  '447911000000',
  '49178800000000',
  '0',
  '1',
  '',
  '  ',
  '-',
  'NULL',
  'n/a',
] as const;

/** What Excel and its exports leave of a phone column; no rule may make a key of any of them. */
export const excelForms = (): string[] => [
  ...new Set([
    ...numbers.flatMap((digits) => [...scientificForms(digits), ...wrapped(digits), ...amounts(digits)]),
    ...rest,
  ]),
];
