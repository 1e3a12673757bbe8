import { clockIn } from '../../core/clock.js';
import { partsOf } from '../../core/phone-key.js';
import { readPhone } from '../../core/phone.js';
import { parsed } from '../../core/value.js';

/** The usual notations of a number: `0…` (at home only), `49…`, `0049…`, `+49…`. */
export function notationsOf(e164: string, homeCode: string): string[] {
  const { code, national } = partsOf(e164);
  const abroad = [`${code}${national}`, `00${code}${national}`, `+${code}${national}`];
  return code === homeCode ? [`0${national}`, ...abroad] : abroad;
}

/** The name of a number's notation, for texts that must not show the number. */
export function notationName(number: string): string {
  if (number.startsWith('+')) return '+49…';
  if (number.startsWith('00')) return '0049…';
  return number.startsWith('0') ? '0…' : '49…';
}

/**
 * Reads a number whose notation is not known. `+` and `00` are international, a single `0` is national;
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

/**
 * Every valid number that a text can mean where nobody says its country: digits with each of the home codes, with their
 * leading zero and without, and as an international number without its `+`. The likeliest comes first.
 */
export function possibleE164(text: string, homeCodes: readonly string[]): string[] {
  const digits = text.replace(/[^\d+]/g, '');
  if (digits.startsWith('+') || digits.startsWith('00')) return [likelyE164(digits, '')].filter(isRead);
  const likely = homeCodes.map((code) => likelyE164(digits, code));
  const others = homeCodes.flatMap((code) => [digits, digits.replace(/^0/, '')].map((rest) => code + rest));
  const all = [...likely, ...[digits, ...others].map((whole) => likelyE164(`+${whole}`, ''))];
  return [...new Set(all.filter(isRead))];
}

const isRead = (e164: string | null): e164 is string => e164 !== null;

/** A number as mmDial's leads have it: national with its trunk zero, the country code apart (`country_phone_code`). */
export async function nationalParts(
  e164: string,
): Promise<{ readonly code: string; readonly phone: string }> {
  const { isWrittenWithZero } = await import('../../core/phone-metadata.js');
  const { code, national } = partsOf(e164);
  const zero = isWrittenWithZero(e164) && !national.startsWith('0');
  return { code, phone: zero ? `0${national}` : national };
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** A local date and time without a zone, as the vendor's parameters take it. */
interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** `HH:MM:SS`; null where only a day was given. */
  readonly time: string | null;
}

const isoShape = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** The vendor's time zone is not documented; Berlin is an inference. */
const vendorZone = 'Europe/Berlin';

/** An ISO date or time. Without an offset it is the clock of the dialler; with one it is turned into that of Berlin. */
export const wallTime = parsed(
  'wall time',
  'a date or time such as 2026-03-05 or 2026-03-05T08:30:00',
  readWallTime,
);

function readWallTime(text: string): WallTime | null {
  const [, year = '', month = '', day = '', hour, minute, second = '00', offset] =
    isoShape.exec(text.trim()) ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour ?? '00'}:${minute ?? '00'}:${second}Z`);
  if (Number.isNaN(at.getTime()) || at.getUTCDate() !== Number(day)) return null;
  if (offset !== undefined) {
    const local = clockIn(vendorZone, Date.parse(text.trim().replace(' ', 'T')));
    const clock = `${local.hour}:${local.minute}:${local.second}`;
    return { year: Number(local.year), month: Number(local.month), day: Number(local.day), time: clock };
  }
  const time = hour === undefined ? null : `${hour}:${minute ?? '00'}:${second}`;
  return { year: Number(year), month: Number(month), day: Number(day), time };
}

/** `d.m.Y`, zero-padded: dates of exportbystatus (docs/vendors/mmdial.md#exportbystatus). */
export const germanDate = ({ day, month, year }: WallTime): string =>
  `${twoDigits(day)}.${twoDigits(month)}.${year}`;

/** `YYYY-MM-DD`: dates of searchvoice… (docs/vendors/mmdial.md#searchvoicebyphonenumber). */
export const isoDate = ({ day, month, year }: WallTime): string =>
  `${year}-${twoDigits(month)}-${twoDigits(day)}`;

/** `YYYYMMDDHHmmss`: the document prints `YYYMMDDHHIISS`, with a Y too few. */
export const stamp = (at: WallTime): string =>
  `${isoDate(at).replace(/-/g, '')}${(at.time ?? '00:00:00').replace(/:/g, '')}`;
