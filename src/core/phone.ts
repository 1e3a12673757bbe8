import { PhoneNumber } from './number.js';
import { partsOf, type PhoneFormat, type PhoneRule } from './phone-key.js';
import {
  isWrittenWithZero,
  readInternational,
  readNational,
  isCountry,
  mainCountryOf,
} from './phone-metadata.js';
import { tidyPhone, writtenPhone } from './phone-text.js';
import type { WrittenPhone } from './phone-text.js';
import type { Problem } from './row.js';

export { maskPhone, phoneDigits, phoneFormats } from './phone-key.js';
export type { PhoneFormat, PhoneRule } from './phone-key.js';
export { isCountry };

/** One canonical key, or why there is none. `held` needs a person's decision, `invalid` a mended file. */
export type PhoneReading =
  | { readonly ok: true; readonly e164: string }
  | { readonly ok: false; readonly state: 'invalid' | 'held'; readonly problem: Problem };

const refuse = (code: string, message: string, state: 'invalid' | 'held' = 'invalid'): PhoneReading => ({
  ok: false,
  state,
  problem: { code: `phone.${code}`, message },
});

const unassigned = refuse('invalid', 'The phone number is not valid');
const noCountry = refuse(
  'no-country',
  'The phone number has no country code and no country is given; use --country, or country in the profile or map file',
);
const ambiguous = refuse(
  'ambiguous',
  'The phone number can be read with a country code and as a national number; declare --phone-format, or write it with +',
  'held',
);
const lostZero = refuse(
  'ambiguous',
  'The phone number seems to have lost its leading zero; --phone-format national declares it, or write it with +',
  'held',
);
const rounded = refuse(
  'scientific',
  'The phone number ends in zeros as if it had been rounded by scientific notation; write it with + if it is right',
  'held',
);

/** Reads one cell to one canonical key. Never guesses, never repairs; problems do not quote the cell. */
export function readPhone(text: string, rule: PhoneRule): PhoneReading {
  const written = writtenPhone(tidyPhone(text));
  if ('code' in written) return { ok: false, state: 'invalid', problem: written };
  return readWritten(
    written,
    rule.format,
    rule.country !== null && isCountry(rule.country) ? rule.country : null,
  );
}

/** A cell read to a number that can be judged and, once cleared, sent; or why there is none. */
export type NumberReading =
  { readonly ok: true; readonly value: PhoneNumber } | Extract<PhoneReading, { readonly ok: false }>;

/** Reads a cell to a number. `dials`: the vendor may ring or write to it because of this row. */
export function readNumber(text: string, rule: PhoneRule, dials: boolean): NumberReading {
  const reading = readPhone(text, rule);
  if (!reading.ok) return reading;
  return { ok: true, value: new PhoneNumber(reading.e164, notationOf(text, reading.e164), dials) };
}

/**
 * The cell as it is written, where a reader without our rule comes to the same number; a zero in brackets is left out and
 * one that a spreadsheet lost is put back. Anything else is written in E.164: what leaves is what was understood.
 */
function notationOf(text: string, e164: string): string {
  const written = tidyPhone(text).replace(/(\d\s*)\(0\)/u, '$1');
  const bare = written.replace(/[\s()./-]/gu, '');
  const digits = e164.slice(1);
  if (bare === e164 || bare === `00${digits}` || bare === digits) return written;
  if (!/^\d+$/u.test(bare) || bare.startsWith('00')) return e164;
  const zero = isWrittenWithZero(e164);
  if (zero && bare === partsOf(e164).national && !bare.startsWith('0')) return `0${written}`;
  const country = mainCountryOf(e164);
  const dialled = country !== null && (!zero || bare.startsWith('0')) ? readNational(bare, country) : null;
  return dialled === e164 ? written : e164;
}

function readWritten(written: WrittenPhone, format: PhoneFormat, country: string | null): PhoneReading {
  const { plus, digits } = written;
  if (plus) return only(internationally(written));
  if (format === 'e164') return refuse('invalid', 'The phone number does not start with +, as e164 declares');
  if (digits.startsWith('00'))
    return only([...internationally(dialled(written)), ...nationally(digits, format, country)]);
  if (isRounded(digits)) return rounded;
  if (written.withoutZero !== null) return only(internationally(written));
  switch (format) {
    case 'intl-digits':
      return digits.startsWith('0')
        ? refuse('invalid', 'The phone number starts with 0, not with a country code as intl-digits declares')
        : only(internationally(written));
    case 'national':
      return country === null ? noCountry : only([readNational(digits, country)]);
    case 'auto':
      return digits.startsWith('0') ? readTrunk(digits, country) : readBare(digits, country);
  }
}

/** `00` means `+` whatever the country. */
const dialled = ({ digits, withoutZero }: WrittenPhone): WrittenPhone => ({
  plus: true,
  digits: digits.slice(2),
  withoutZero: withoutZero === null ? null : withoutZero.slice(2),
});

/** Both readings of `+49 (0) 178…`: some countries keep the zero. */
const internationally = ({ digits, withoutZero }: WrittenPhone): (string | null)[] =>
  withoutZero === null
    ? [readInternational(digits)]
    : [readInternational(digits), readInternational(withoutZero)];

const nationally = (digits: string, format: PhoneFormat, country: string | null): (string | null)[] =>
  country === null || format === 'intl-digits' ? [] : [readNational(digits, country)];

function only(readings: readonly (string | null)[]): PhoneReading {
  const numbers = new Set(readings.filter((reading) => reading !== null));
  if (numbers.size > 1) return ambiguous;
  const [e164] = numbers;
  return e164 === undefined ? unassigned : { ok: true, e164 };
}

const readTrunk = (digits: string, country: string | null): PhoneReading =>
  country === null ? noCountry : only([readNational(digits, country)]);

/** Digits that say nothing about themselves: taken only where a single reading is possible. */
function readBare(digits: string, country: string | null): PhoneReading {
  const international = readInternational(digits);
  if (country === null) {
    if (international !== null) return { ok: true, e164: international };
    return digits.length >= 7 ? noCountry : unassigned;
  }
  const national = readNational(digits, country);
  const zeroAdded = readNational(`0${digits}`, country);
  if (international !== null && national === international) return { ok: true, e164: international };
  if (international !== null && (national ?? zeroAdded) !== null) return ambiguous;
  if (zeroAdded !== null && (zeroAdded !== national || isWrittenWithZero(zeroAdded))) return lostZero;
  return only([international, national]);
}

/** 11 digits or more of which Excel's six are left: `4.91788E+11` opened again as a number. */
const isRounded = (digits: string): boolean =>
  digits.length >= 11 && !digits.startsWith('0') && /^0+$/u.test(digits.slice(6));
