import { parsed } from '../../../core/value.js';

const two = (value: number): string => String(value).padStart(2, '0');

/** A moment of a clock on a wall: what the vendor's parameters are made of. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** `HH:MM:SS`; null where only a day was given. */
  readonly time: string | null;
}

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

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
    iso.exec(text.trim()) ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour ?? '00'}:${minute ?? '00'}:${second}Z`);
  if (Number.isNaN(at.getTime()) || at.getUTCDate() !== Number(day)) return null;
  if (offset !== undefined) return inZone(new Date(text.trim().replace(' ', 'T')), vendorZone);
  const time = hour === undefined ? null : `${hour}:${minute ?? '00'}:${second}`;
  return { year: Number(year), month: Number(month), day: Number(day), time };
}

function inZone(at: Date, timeZone: string): WallTime {
  const form = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const parts = Object.fromEntries(form.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, second } = parts;
  return { year: Number(year), month: Number(month), day: Number(day), time: `${hour}:${minute}:${second}` };
}

/** `d.m.Y`, zero-padded: dates of exportbystatus (docs/vendors/mmdial.md#exportbystatus). */
export const germanDate = ({ day, month, year }: WallTime): string => `${two(day)}.${two(month)}.${year}`;

/** `YYYY-MM-DD`: dates of searchvoice… (docs/vendors/mmdial.md#searchvoicebyphonenumber). */
export const isoDate = ({ day, month, year }: WallTime): string => `${year}-${two(month)}-${two(day)}`;

/** `YYYYMMDDHHmmss`: the document prints `YYYMMDDHHIISS`, with a Y too few. */
export const stamp = (at: WallTime): string =>
  `${isoDate(at).replace(/-/g, '')}${(at.time ?? '00:00:00').replace(/:/g, '')}`;
