import { readPhone } from '../../core/phone.js';

/**
 * A number as it is sent to the do-not-call functions: as it was given, without blanks and marks that only part it.
 * Which notation mmDial wants is not documented, so none is made up; but `(0)`, which nobody dials, needs the
 * number as it was understood.
 */
export function asSent(given: string, e164: string): string {
  if (/\(\s*0\s*\)/.test(given)) return e164;
  const bare = given.normalize('NFKC').replace(/[\s()./\-‐-―−\u00ad\p{Cf}]/gu, '');
  return /^\+?\d{3,20}$/.test(bare) ? bare : e164;
}

/** Country calling codes are prefix-free (ITU-T E.164): two digits for these zones, else three. */
const callingCode = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/;

/** An E.164 number in its parts. */
export interface Parts {
  readonly code: string;
  /** What follows the country code. */
  readonly national: string;
}

export function partsOf(e164: string): Parts {
  const digits = e164.replace(/\D/g, '');
  const code = callingCode.exec(digits)?.[0] ?? '';
  return { code, national: digits.slice(code.length) };
}

/** The usual notations of a number: `0…` (at home only), `49…`, `0049…`, `+49…`. */
export function notationsOf(e164: string, homeCode: string): string[] {
  const { code, national } = partsOf(e164);
  const abroad = [`${code}${national}`, `00${code}${national}`, `+${code}${national}`];
  return code === homeCode ? [`0${national}`, ...abroad] : abroad;
}

/** What a notation is called where no number may be shown. */
export function notationName(number: string): string {
  if (number.startsWith('+')) return '+49…';
  if (number.startsWith('00')) return '0049…';
  return number.startsWith('0') ? '0…' : '49…';
}

/**
 * Reads a number of a person who did not say its notation. `+` and `00` are international, a single `0` is national;
 * digits that start with the home code are taken for international. Null where it is no valid number.
 */
export function likelyE164(text: string, homeCode: string): string | null {
  const digits = text.replace(/[^\d+]/g, '');
  const whole = digits.startsWith('+')
    ? digits
    : digits.startsWith('00')
      ? `+${digits.slice(2)}`
      : digits.startsWith('0')
        ? `+${homeCode}${digits.slice(1)}`
        : digits.startsWith(homeCode)
          ? `+${digits}`
          : `+${homeCode}${digits}`;
  const reading = readPhone(whole, { format: 'e164', country: null });
  return reading.ok ? reading.e164 : null;
}

/** A number as mmDial's leads have it: national with its trunk zero, the country code apart (`country_phone_code`). */
export async function nationalParts(
  e164: string,
): Promise<{ readonly code: string; readonly phone: string }> {
  const { isWrittenWithZero } = await import('../../core/phone-metadata.js');
  const { code, national } = partsOf(e164);
  const zero = isWrittenWithZero(e164) && !national.startsWith('0');
  return { code, phone: zero ? `0${national}` : national };
}
