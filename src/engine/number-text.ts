import { keptAsRounded, keptAsWritten, partsOf, type PhoneRule } from '../core/phone-key.js';
import { readInternational, readNational } from '../core/phone-metadata.js';
import { isCountry, readPhone, tidyPhone } from '../core/phone.js';

/** What a text of a number list holds: the numbers, as they are written, and every number each could mean. */

export const noNumber = 'there is no number in it';
export const digitsLost =
  'the number is in scientific notation, its last digits are lost; export the column as text';

/** Fewer digits are no phone number but a piece of one, a count or an extension. */
export const fewestDigits = 5;

export const digitsIn = (text: string): number => tidyPhone(text).replace(/\D/g, '').length;

const isDate = (text: string): boolean => {
  const reading = readPhone(text, anyRule);
  return !reading.ok && reading.problem.code === 'phone.date';
};
const anyRule: PhoneRule = { format: 'auto', country: null };

export const isBare = (cell: string): boolean => !/\p{L}/u.test(cell) && digitsIn(cell) > 0 && !isDate(cell);
export const isNumberCell = (cell: string): boolean => isBare(cell) && digitsIn(cell) >= fewestDigits;

/** One number as it is written; several texts where it could be meant in several ways (with an extension, without). */
export interface Unit {
  readonly texts: readonly string[];
}

export const scientific =
  /[+-]?(?<whole>\d+)(?:[.,](?<rest>\d*))?\s*(?:[eEеЕεΕ\u23E8]\s*(?<sign>[+-]?)|[x×·⋅*хХ]\s*10\s*\^\s*(?<power>[+-]?)|[×·⋅]\s*10)\s*(?<exponent>\d{1,3})(?!\d)/gu;
const marks = /^["'`´‘’=\s]+|["'`´‘’\s]+$/gu;
const bullet = /^(?:[1-9]\d{0,3}[.):]\s+|[-•*·–]\s*)(?=[+(0-9])/u;
const between = /[;,|&\n\r\t]|\s(?:und|oder|and|or|и|или)\s|(?=\+)|\s\/\s/iu;
const crowd = /\s+(?=[0+(])/u;
const mostDigits = 15;

interface Units {
  readonly units: readonly Unit[];
  /** Entries of numbers that a spreadsheet has rounded. */
  readonly rounded: readonly string[];
  /** Why something of the text was not read; null for nothing. */
  readonly lost: string | null;
}

/** The numbers that a text holds. */
export function unitsIn(text: string, rules: readonly PhoneRule[]): Units {
  const rounded: string[] = [];
  let lost: string | null = null;
  const sound = tidyPhone(text)
    .replace(marks, '')
    .replace(bullet, '')
    .replace(scientific, (found) => {
      const { whole, entry } = scientificIn(found);
      if (entry !== null) rounded.push(entry);
      else if (whole === null) lost = digitsLost;
      return whole === null ? ' ' : whole;
    });
  if (digitsIn(sound) === 0)
    return { units: [], rounded, lost: rounded.length > 0 ? lost : (lost ?? noNumber) };
  if (isDate(sound)) return { units: [], rounded, lost: 'it holds a date, no number' };
  const units = isReadable(sound, rules) ? [{ texts: [sound] }] : apart(sound, rules);
  return { units, rounded, lost: units.length + rounded.length === 0 ? (lost ?? noNumber) : lost };
}

/** A number in scientific notation: whole where no digit of it is lost, else the entry it is kept as; neither for none. */
function scientificIn(text: string): { readonly whole: string | null; readonly entry: string | null } {
  const {
    whole = '',
    rest = '',
    sign,
    power,
    exponent = '',
  } = [...text.matchAll(scientific)][0]?.groups ?? {};
  if (sign === '-' || power === '-') return { whole: null, entry: null };
  const zeros = /^0*/.exec(whole + rest)?.[0].length ?? 0;
  const digits = (whole + rest).slice(zeros);
  const places = Number(exponent) + whole.length - zeros;
  if (digits.length === places && digits.length >= fewestDigits) return { whole: digits, entry: null };
  return { whole: null, entry: keptAsRounded(digits, places - 1) };
}

const isReadable = (text: string, rules: readonly PhoneRule[]): boolean =>
  [...rules, anyRule].some((rule) => readPhone(text, rule).ok);

function apart(text: string, rules: readonly PhoneRule[]): Unit[] {
  const extended = extensionOf(text);
  if (extended) return [extended];
  const [, base, tail] = /^([^\p{L}]*\d)\s*\/\s*(\d{1,4})$/u.exec(text) ?? [];
  if (base !== undefined && tail !== undefined && digitsIn(base) >= 7 && digitsIn(base) <= mostDigits)
    // `0171 3920611 / 12`: another number that ends so, or an extension.
    return [{ texts: [base, text, base.slice(0, -tail.length) + tail] }];
  const pieces = text.split(between).filter((piece) => digitsIn(piece) > 0);
  if (pieces.length > 1) {
    const whole = pieces.filter((piece) => digitsIn(piece) >= fewestDigits);
    if (whole.length === pieces.length) return whole.flatMap((piece) => apartOrWhole(piece, rules));
    // Pieces too short for a number belong to the one beside them, or are something else: both are meant.
    const units = whole.flatMap((piece) => apartOrWhole(piece, rules));
    const [first, ...more] = units;
    if (/\p{L}/u.test(text)) return units;
    if (first === undefined || more.length > 0 || digitsIn(text) > mostDigits)
      return units.length > 0 ? units : [{ texts: [text] }];
    return [{ texts: [...first.texts, text] }];
  }
  if (/\p{L}/u.test(text)) return numbersAmongWords(text);
  const slash = text.split('/').map((piece) => piece.trim());
  if (slash.length > 1 && slash.every((piece) => digitsIn(piece) >= 7))
    return slash.map((piece) => ({ texts: [piece] }));
  if (digitsIn(text) > mostDigits) {
    const crowded = text.split(crowd).filter((piece) => digitsIn(piece) > 0);
    if (crowded.length > 1 && crowded.every((piece) => digitsIn(piece) >= 7))
      return crowded.map((piece) => ({ texts: [piece] }));
  }
  return [{ texts: [text] }];
}

const apartOrWhole = (piece: string, rules: readonly PhoneRule[]): Unit[] => {
  const trimmed = piece.trim();
  if (isDate(trimmed)) return [];
  return isReadable(trimmed, rules) ? [{ texts: [trimmed] }] : apart(trimmed, rules);
};

/** A number with an extension means the number behind it and the one it hangs on. */
function extensionOf(text: string): Unit | null {
  const reading = readPhone(text, anyRule);
  if (reading.ok || reading.problem.code !== 'phone.extension') return null;
  const [, base, tail] = /^(.*?\d)\D+(\d{1,7})\D*$/su.exec(text) ?? [];
  if (base === undefined || tail === undefined || digitsIn(base) < fewestDigits) return null;
  const number = /[+(]?\d[\d\s().\x2F-]*$/u.exec(base)?.[0] ?? base;
  return { texts: [number, `${number}${tail}`] };
}

const numbersAmongWords = (text: string): Unit[] =>
  [...text.matchAll(/[+(]{0,2}\d(?:[\d\s().\x2F-]*\d)?/gu)]
    .map(([run]) => run.trim())
    .filter((run) => digitsIn(run) >= fewestDigits && !isDate(run))
    .map((run) => ({ texts: [run] }));

/** The digits of a text, and those without a zero in brackets: some countries keep it. */
function digitForms(text: string): { readonly plus: boolean; readonly forms: readonly string[] } {
  const tidy = tidyPhone(text);
  const forms = [tidy, tidy.replace(/(\d\s*)\(0\)/u, '$1')].map((form) => form.replace(/\D/g, ''));
  return { plus: tidy.includes('+'), forms: [...new Set(forms)] };
}

/** Every number that a text could mean, by any way of writing and in each of these countries. */
export function readingsOf(text: string, countries: readonly (string | null)[]): string[] {
  const { plus, forms } = digitForms(text);
  const found = forms
    .filter((digits) => digits.length >= fewestDigits && digits.length <= mostDigits + 4)
    .flatMap((digits) => {
      if (plus) return [readInternational(digits)];
      const international = digits.startsWith('00') ? digits.slice(2) : digits;
      const dialled = countries.flatMap((country) => {
        if (country === null || !isCountry(country)) return [];
        const bare = digits.startsWith('0') ? [] : [readNational(`0${digits}`, country)];
        return [readNational(digits, country), ...bare];
      });
      return [international.startsWith('0') ? null : readInternational(international), ...dialled];
    });
  return [...new Set(found.filter((number) => number !== null))];
}

/** A text that no rule can read, as it is kept: with a country code also without the zero that is not dialled after it. */
export function spellingsOf(text: string): string[] {
  const { plus, forms } = digitForms(text);
  return forms.flatMap((digits) => {
    const written = keptAsWritten(digits);
    if (written === null) return [];
    if (!plus && !digits.startsWith('00')) return [written];
    const { code, national } = partsOf(digits.replace(/^0+/, ''));
    return [written, keptAsWritten(`${code}${national.replace(/^0+/, '')}`) ?? written];
  });
}
