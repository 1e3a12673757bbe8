import type { Random } from '../../../src/core/twin.js';
import parsePhoneNumber, { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import {
  type ReadPhone,
  type Spelling,
  ambiguous,
  excelForms,
  exampleSpellings,
  spellingsOf,
  tally,
} from '../../core/phone-checks.js';

/** How a reader fares with everything that can be known about numbers. */
export interface Reading {
  readonly regions: number;
  readonly spellings: number;
  readonly right: number;
  /** Refused or held: a person decides, nobody is called. */
  readonly refused: number;
  readonly excel: number;
  /** Each a call to a wrong person, or two persons taken for one. */
  readonly wrong: readonly string[];
}

const rules = ['auto', 'e164', 'intl-digits', 'national'] as const;

/** Numbers near the library's examples, so that not one number a region alone stands for it. */
function neighbours(random: Random, perRegion: number): Spelling[] {
  return getCountries().flatMap((region) => {
    const example = getExampleNumber(region, examples);
    return Array.from({ length: example ? perRegion : 0 }, () =>
      changed(example?.number ?? '', random),
    ).flatMap((e164) => {
      const number = parsePhoneNumber(e164);
      return number?.isValid() && number.country === region ? spellingsOf(region, number) : [];
    });
  });
}

const changed = (e164: string, random: Random): string =>
  e164.slice(0, -3) + String(random.between(0, 999)).padStart(3, '0');

/** Two spellings of different numbers that get one key are one person merged with another. */
function merged(read: ReadPhone, spellings: readonly Spelling[]): string[] {
  const keys = new Map<string, string>();
  const found: string[] = [];
  for (const { region, e164, text, formats } of spellings) {
    for (const format of formats) {
      const reading = read(text, { format, country: region });
      if (!reading.ok) continue;
      const before = keys.get(reading.e164);
      if (before !== undefined && before !== e164)
        found.push(`${region} ${format}: two numbers have one key`);
      keys.set(reading.e164, e164);
    }
  }
  return found;
}

/** What Excel leaves of a number, by every rule and in every country: not one may get a key. */
function calledFromExcel(read: ReadPhone, random: Random, countries: number): string[] {
  const all = [...getCountries()];
  const chosen = [
    'DE',
    'GB',
    'US',
    'RU',
    ...Array.from({ length: countries }, () => all[random.between(0, all.length - 1)] ?? 'DE'),
  ];
  return excelForms().flatMap((text) =>
    chosen.flatMap((country) =>
      rules
        .filter((format) => read(text, { format, country }).ok && !isNumberAfterAll(text))
        .map((format) => `${country} ${format}: an Excel form (${shapeOf(text)}) got a key`),
    ),
  );
}

/** The form, every digit a 9, so that a failure shows no number. */
const shapeOf = (text: string): string => text.replace(/\d/g, '9');

/** Whole digits may be somebody's number where a column declares them; the forms that are only digits are for `auto`. */
const isNumberAfterAll = (text: string): boolean => /^[\d\s]+$/.test(text);

export function readingOf(read: ReadPhone, random: Random, perRegion: number): Reading {
  const spellings = [...exampleSpellings(), ...neighbours(random, perRegion)];
  const { right, refused, wrong } = tally(read, spellings);
  const held = ambiguous.filter(([text, country]) => read(text, { format: 'auto', country }).ok);
  return {
    regions: new Set(spellings.map(({ region }) => region)).size,
    spellings: spellings.length,
    right,
    refused,
    excel: excelForms().length,
    wrong: [
      ...wrong.map((line) => line.replace(/\d/g, '9')),
      ...merged(read, spellings),
      ...held.map(([text, country]) => `${country}: ${shapeOf(text)} can be read in two ways and got a key`),
      ...calledFromExcel(read, random, Math.min(40, perRegion * 4)),
    ],
  };
}
