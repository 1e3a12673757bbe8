import { clockIn } from '../../core/clock.js';
import type { Problem } from '../../core/row.js';

/** A date as the vendor takes it, or what is wrong with the one of the input. */
export type DateReading =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: Problem };

/** A calendar date and a time of day, wherever the clock hangs. */
type Wall = readonly [year: number, month: number, day: number, hour: number, minute: number, second: number];

const iso =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?(?: ?(Z|[+-]\d\d(?::?\d\d)?))?)?$/i;
/** Day first: the vendor's own form (dashes), and that of Russian and German spreadsheets (dots). */
const dayFirst = /^(\d\d)([.-])(\d\d)\2(\d{4})(?: (\d\d):(\d\d)(?::(\d\d))?)?$/;
const slashed = /^\d{1,4}\/\d{1,2}\/\d{1,4}\b/;

const refuse = (code: string, message: string): DateReading => ({
  ok: false,
  problem: { code, message, column: 'date' },
});

/**
 * A date of the input as `DD-MM-YYYY HH:mm:ss` in the zone (docs/vendors/calltouch.md#date). With an offset it is
 * converted; without one it is taken as it stands, a time in that zone. Slashes mean day first to some and month
 * first to others, so they are refused.
 */
export function readDate(text: string, zone: string): DateReading {
  if (slashed.test(text)) {
    return refuse(
      'date.ambiguous',
      'The date is written with slashes: day or month first? Write it as 2024-03-25T10:15:00',
    );
  }
  const [wall, offset] = wallOf(text);
  if (!wall || !exists(wall))
    return refuse('date.invalid', 'The date cannot be read; write it as 2024-03-25T10:15:00');
  return { ok: true, text: written(offset === null ? wall : inZone(wall, offset, zone)) };
}

function wallOf(text: string): [wall: Wall | null, offset: string | null] {
  const number = (part: string | undefined): number => Number(part ?? 0);
  const standard = iso.exec(text);
  if (standard) {
    const [, year, month, day, hour, minute, second, offset] = standard;
    const wall = [year, month, day, hour, minute, second].map(number) as unknown as Wall;
    return [wall, offset ?? null];
  }
  const local = dayFirst.exec(text);
  if (!local) return [null, null];
  const [, day, , month, year, hour, minute, second] = local;
  return [[year, month, day, hour, minute, second].map(number) as unknown as Wall, null];
}

/** False for 30 February and 25 o'clock. */
function exists([year, month, day, hour, minute, second]: Wall): boolean {
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return (
    year >= 1970 &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second
  );
}

function inZone([year, month, day, hour, minute, second]: Wall, offset: string, zone: string): Wall {
  const [, sign = '+', hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
  const shift = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const at = Date.UTC(year, month - 1, day, hour, minute - shift, second);
  const local = clockIn(zone, at);
  return [local.year, local.month, local.day, local.hour, local.minute, local.second].map(
    Number,
  ) as unknown as Wall;
}

const two = (value: number): string => String(value).padStart(2, '0');

const written = ([year, month, day, hour, minute, second]: Wall): string =>
  `${two(day)}-${two(month)}-${year} ${two(hour)}:${two(minute)}:${two(second)}`;
