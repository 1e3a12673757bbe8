import type { Problem } from './row.js';

/** A cell reduced to what a number is read from. */
export interface WrittenPhone {
  readonly plus: boolean;
  /** All digits, in order. */
  readonly digits: string;
  /** For `49 (0) 178…`: the digits without that zero; what stands before it is a country code. Else null. */
  readonly withoutZero: string | null;
}

const invisible =
  /[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]|[\uFE00-\uFE0F]/gu;
const spaces = /[\t\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/gu;
const dashes = /[\u2010-\u2015\u2043\u2212\u30FC\uFE58\uFE63\uFF0D]/gu;
/** Full-width forms U+FF01–FF5E stand 0xFEE0 above the ASCII they show. */
const fullWidth = /[\uFF01-\uFF5E]/gu;
/** Arabic-Indic and its eastern form: phone numbers are really written so. */
const arabicDigits = /[\u0660-\u0669\u06F0-\u06F9]/gu;

/** Removes what nobody sees, and writes every space, dash, digit and plus in its plain form. Repairs nothing else. */
export function tidyPhone(text: string): string {
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
    (text) => extension.test(text) || /\d,,+\d/u.test(text),
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
export function writtenPhone(text: string): WrittenPhone | Problem {
  if (text.length > mostCharacters) return problem('invalid', 'The cell is too long for a phone number');
  if (/^\+?\d+$/u.test(text)) {
    return { plus: text.startsWith('+'), digits: text.replace('+', ''), withoutZero: null };
  }
  const broken = rules.find(([applies]) => applies(text));
  if (broken) return broken[1];
  const zero = /^(.*\d.*)\(0\)(.*)$/u.exec(text);
  return {
    plus: text.includes('+'),
    digits: text.replace(/\D/g, ''),
    withoutZero: zero ? `${zero[1]}${zero[2]}`.replace(/\D/g, '') : null,
  };
}
