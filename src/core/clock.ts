/** Time, as the program sees it. Handed in everywhere, so that a simulation can own it. */
export interface Clock {
  /** Milliseconds since 1970 (wall clock: may jump). */
  now(): number;
  /** Milliseconds from some fixed point (never jumps). */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** RFC 3339 in UTC, the form every output uses. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** The last moment that can be written as a date, in ms since 1970; the first is as far on the other side. */
export const lastMoment = 8_640_000_000_000_000;

const clockFormats = new Map<string, Intl.DateTimeFormat>();

/** Making a format costs far more than using it. */
function clockFormatOf(timeZone: string): Intl.DateTimeFormat {
  const known = clockFormats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  clockFormats.set(timeZone, format);
  return format;
}

/** What calendar and clock show at a moment in a time zone (IANA name). Throws RangeError for a zone that is none. */
export function clockIn(timeZone: string, ms: number): Readonly<Record<ClockPart, string>> {
  const parts = clockFormatOf(timeZone).formatToParts(ms);
  return Object.fromEntries(parts.map(({ type, value }) => [type, value])) as Record<ClockPart, string>;
}

/** The year has four digits, every other part two. */
type ClockPart = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

/** How long a stop waits for a reader that stands still. */
const patienceMs = 2_000;

/** Resolves once the signal aborts; at once where it has. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Resolves a little after the signal aborts, whenever that is; never before. */
export async function patience(stopping: AbortSignal, clock: Clock): Promise<void> {
  await aborted(stopping);
  await clock.sleep(patienceMs);
}
