import { partsOf } from '../../core/phone-key.js';
import { readPhone } from '../../core/phone.js';

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
