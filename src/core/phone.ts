import { PhoneNumber } from './number.js';
import { partsOf, type PhoneFormat, type PhoneRule } from './phone-key.js';
import {
  isWrittenWithZero,
  readInternational,
  readNational,
  callingCodeOf,
  isCountry,
  isMobile,
  nationalPrefixOf,
  mainCountryOf,
} from './phone-metadata.js';
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
  'The phone number can be read with a country code and as a national number; declare --phone-format intl-digits, or write it with +',
  'held',
);
const lostZero = refuse(
  'ambiguous',
  'The phone number seems to have lost its leading zero or its country code; write it with one of them',
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
  if ('code' in written) return { ok: false, state: stateOf(written), problem: written };
  return readWritten(
    written,
    rule.format,
    rule.country !== null && isCountry(rule.country) ? rule.country : null,
  );
}

/** What stands behind an extension may be reached by another number: a person decides. */
const stateOf = ({ code }: Problem): 'invalid' | 'held' => (code === 'phone.extension' ? 'held' : 'invalid');

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
  if (text === e164) return text;
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
      return country === null ? noCountry : readDeclaredNational(written, country);
    case 'auto':
      return digits.startsWith('0') ? readTrunk(digits, country) : readBare(digits, country);
  }
}

/** `00` means `+` whatever the country. */
const dialled = ({ digits, withoutZero }: WrittenPhone): WrittenPhone => ({
  plus: true,
  plain: false,
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

/**
 * Digits declared national. Two kinds are not settled by it: those that begin with the country's own calling code and are
 * another, valid number with it, since columns of national numbers hold some that were written with their code; and those
 * without the prefix that people of the country dial, which are a foreign number more often than not. A mobile number in
 * plain digits that lost its prefix is what a spreadsheet leaves of it: it is read.
 */
function readDeclaredNational({ digits, plain }: WrittenPhone, country: string): PhoneReading {
  const national = readNational(digits, country);
  const international = digits.startsWith(callingCodeOf(country)) ? readInternational(digits) : null;
  if (international !== null) return national === international ? { ok: true, e164: national } : ambiguous;
  if (national === null) return unassigned;
  const prefix = nationalPrefixOf(national);
  if (digits.startsWith(prefix) || (plain && isMobile(national))) return { ok: true, e164: national };
  return lostZero;
}

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

/** A cell reduced to what a number is read from. */
export interface WrittenPhone {
  readonly plus: boolean;
  /** All digits, in order. */
  readonly digits: string;
  /** For `49 (0) 178…`: the digits without that zero; what stands before it is a country code. Else null. */
  readonly withoutZero: string | null;
  /** True where the cell holds digits and nothing else. */
  readonly plain: boolean;
}

const invisible =
  /[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]|[\uFE00-\uFE0F]/gu;
const spaces = /[\t\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/gu;
const dashes = /[\u2010-\u2015\u2043\u2212\u30FC\uFE58\uFE63\uFF0D]/gu;
/** Full-width forms U+FF01–FF5E stand 0xFEE0 above the ASCII they show. */
const fullWidth = /[\uFF01-\uFF5E]/gu;
/** Arabic-Indic and its eastern form: phone numbers are really written so. */
const arabicDigits = /[\u0660-\u0669\u06F0-\u06F9]/gu;

/** Nothing in it to be tidied. */
const plain = /^[ -~]*$/;

/** Removes what nobody sees, and writes every space, dash, digit and plus in its plain form. Repairs nothing else. */
export function tidyPhone(text: string): string {
  if (plain.test(text)) return text.trim();
  return text
    .replace(invisible, '')
    .replace(spaces, ' ')
    .replace(dashes, '-')
    .replace(/\uFE62/gu, '+')
    .replace(fullWidth, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0))
    .replace(arabicDigits, (char) => String(char.charCodeAt(0) & 0xf))
    .trim();
}

const problem = (code: string, message: string): Problem => ({ code: `phone.${code}`, message });

const scientific =
  /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)\s*(?:[eEеЕεΕ\u23E8]\s*[+-]?|[x×·⋅*хХ]\s*10\s*\^?\s*[+-]?)\s*\d+$/u;
const extension =
  /\d[\s,;(]*(?:ext(?:ension|n)?|x|#|durchwahl|dw|apparat|app|nst|доб(?:авочный)?|вн(?:утр)?|poste|anexo|interno|int)[.:=\s]*\d{1,7}\)?$/iu;
const date = /^(?:(\d{1,2})([./-])(\d{1,2})\2(?:\d{4}|\d{2})|(?:19|20)\d\d-[01]?\d-[0-3]?\d)$/u;
const thousands = /^[1-9]\d{0,2}(?:([.'’])\d{3})(?:\1\d{3})+$/u;
const between = /[;,|&\n\r]|\s(?:und|oder|and|or|и|или)\s/iu;

const digitsIn = (text: string): number => text.replace(/\D/g, '').length;
const manyNumbers = (parts: readonly string[]): boolean =>
  parts.filter((part) => digitsIn(part) >= 5).length > 1;

/** A rule a tidied cell can break: its test and its answer. The first that applies is reported. */
const rules: readonly (readonly [(text: string) => boolean, Problem])[] = [
  [(text) => /^[-.]*$/u.test(text), problem('missing', 'The phone number is missing')],
  [
    (text) => /^["'`´‘’=]/u.test(text),
    problem(
      'formula',
      'The phone number is wrapped in a spreadsheet formula or text mark; export the plain number',
    ),
  ],
  [
    (text) => scientific.test(text.normalize('NFKC')),
    problem(
      'scientific',
      'The phone number is in scientific notation: its last digits are lost; export the column as text',
    ),
  ],
  [
    (text) => /^[+(]*\d[\d ]{5,}[.,]\d{0,3}$/u.test(text) || thousands.test(text),
    problem('decimal', 'The phone number is written as an amount; export the column as text'),
  ],
  [
    (text) => manyNumbers(text.split(between)) || (text.match(/\+/gu)?.length ?? 0) > 1 || crowded(text),
    problem('multiple', 'The cell holds several phone numbers; keep one'),
  ],
  [
    (text) =>
      extension.test(text) || /\d,,+\d/u.test(text) || /\d(?:\s*\(\d{1,5}\)|\s-\s?\d{1,2})$/u.test(text),
    problem('extension', 'The phone number has an extension, which cannot be dialled here; remove it'),
  ],
  [(text) => looksLikeDate(text), problem('date', 'The cell holds a date, not a phone number')],
  [(text) => /\p{L}/u.test(text), problem('letters', 'The phone number holds letters')],
  [
    (text) => text.includes(','),
    problem('decimal', 'The phone number is written as an amount; export the column as text'),
  ],
  [
    (text) => text.includes('/') && !isAreaSlash(text),
    problem('multiple', 'The slash may part two phone numbers; keep one'),
  ],
  [
    (text) =>
      !/^(?:\(?\+)?[\d (][\d ().\x2F-]*$/u.test(text) || !/[\d)]$/u.test(text) || /^\(\d+\)$/u.test(text),
    problem('invalid', 'The cell is not a phone number'),
  ],
];

/** Too long for one number, and the parts look like two. */
const crowded = (text: string): boolean =>
  digitsIn(text) > 15 && manyNumbers(text.split(/\s+(?=[0+(])|\s*\/\s*/u));

function looksLikeDate(text: string): boolean {
  const found = date.exec(text);
  if (!found) return false;
  if (found[1] === undefined) return true;
  const [first, second] = [Number(found[1]), Number(found[3])];
  return first > 0 && second > 0 && Math.min(first, second) <= 12 && Math.max(first, second) <= 31;
}

/** `0178/8046563`: one slash after a short area code that starts with 0 or +. */
function isAreaSlash(text: string): boolean {
  const [area = '', rest = '', ...more] = text.split('/');
  if (more.length > 0 || !/^\(?[0+]/u.test(text)) return false;
  return digitsIn(area) <= (/^\(?(?:\+|00)/u.test(area) ? 8 : 6) && digitsIn(rest) >= 4;
}

/** Longer cells are no phone number; the expressions above need not be quick on them. */
const mostCharacters = 250;

/** What a tidied cell says, or the reason why it says nothing. */
function writtenPhone(text: string): WrittenPhone | Problem {
  if (text.length > mostCharacters) return problem('invalid', 'The cell is too long for a phone number');
  if (/^\+?\d+$/u.test(text)) {
    return {
      plus: text.startsWith('+'),
      plain: !text.startsWith('+'),
      digits: text.replace('+', ''),
      withoutZero: null,
    };
  }
  const broken = rules.find(([applies]) => applies(text));
  if (broken) return broken[1];
  const zero = /^(.*\d.*)\(0\)(.*)$/u.exec(text);
  return {
    plus: text.includes('+'),
    plain: false,
    digits: text.replace(/\D/g, ''),
    withoutZero: zero ? `${zero[1]}${zero[2]}`.replace(/\D/g, '') : null,
  };
}
