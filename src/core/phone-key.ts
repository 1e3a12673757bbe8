// What is known of phones without their numbering plans: loading this costs nothing.

/**
 * How the numbers of a column are written.
 *
 * - `e164`: `+` and country code
 * - `intl-digits`: country code first; `+` or `00` before it may stand or not
 * - `national`: as dialled in the rule's country; `+` and `00` still mean what they say. `491788046563` declared
 *   national in DE is the landline +49 491788046563: it was declared
 * - `auto`: whatever has one reading only; everything else is held
 */
export const phoneFormats = ['e164', 'intl-digits', 'national', 'auto'] as const;
export type PhoneFormat = (typeof phoneFormats)[number];

export interface PhoneRule {
  readonly format: PhoneFormat;
  /** ISO 3166 alpha-2 in capitals, the country national numbers are of; null where it is not known. */
  readonly country: string | null;
}

/** For people: `+491788046563` → `+49178•••563`. At least four digits are hidden; what is no number is hidden whole. */
export function maskPhone(e164: string): string {
  const digits = /^\+?(\d{7,15})$/u.exec(e164)?.[1];
  if (digits === undefined) return '•••';
  const shown = Math.min(8, digits.length - 4, Math.floor((digits.length * 2) / 3));
  const tail = Math.min(3, Math.floor(shown / 2));
  const plus = e164.startsWith('+') ? '+' : '';
  return `${plus}${digits.slice(0, shown - tail)}•••${digits.slice(digits.length - tail)}`;
}

/** Country calling codes are prefix-free (ITU-T E.164): one or two digits for these zones, else three. */
const callingCode = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/;

/** An E.164 number in its parts, digits alone. */
export function partsOf(e164: string): { readonly code: string; readonly national: string } {
  const digits = phoneDigits(e164);
  const code = callingCode.exec(digits)?.[0] ?? '';
  return { code, national: digits.slice(code.length) };
}

/** The digits alone, country code first: the form of every Sales_Q sample (docs/vendors/sales-q.md#import). */
export const phoneDigits = (e164: string): string => e164.replace(/\D/g, '');
