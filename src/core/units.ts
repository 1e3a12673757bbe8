/** Values people type in the configuration and on the command line. Every parser returns null for what it does not understand. */

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const rateUnits: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** Milliseconds of `500ms`, `30s`, `5m`, `24h`, `90d` (decimals allowed, result rounded); null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) return null;
  const ms = Math.round(Number(match[1]) * (durationUnits[match[2] ?? ''] ?? Number.NaN));
  return Number.isSafeInteger(ms) ? ms : null;
}

/** Milliseconds as `parseDuration` takes them, in the largest unit that needs no decimals. */
export function writeDuration(ms: number): string {
  const units = Object.entries(durationUnits).reverse();
  const [unit, size] = units.find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** Requests in a second of `5/s`, `60/m`, `0.5/s`, `100/h`; always above zero; null for anything else. */
export function parseRate(text: string): number | null {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\/(s|m|h)$/.exec(text.trim());
  if (!match) return null;
  const perSecond = Number(match[1]) / (rateUnits[match[2] ?? ''] ?? Number.NaN);
  return perSecond > 0 ? perSecond : null;
}

/** When a person who was contacted before may be contacted again. */
export interface Recontact {
  readonly mode: 'never' | 'after' | 'always';
  /** For `after`: how long ago the last delivery must be, in milliseconds; else 0. */
  readonly afterMs: number;
}

/** `never`, `always` or `after:90d`; null for anything else. */
export function parseRecontact(text: string): Recontact | null {
  const wanted = text.trim();
  if (wanted === 'never' || wanted === 'always') return { mode: wanted, afterMs: 0 };
  const afterMs = wanted.startsWith('after:') ? parseDuration(wanted.slice('after:'.length)) : null;
  return afterMs ? { mode: 'after', afterMs } : null;
}

/** A span of a day in which people may be contacted, in the profile's time zone. */
export interface CallingWindow {
  /** ISO days, 1 Monday to 7 Sunday, ascending. */
  readonly days: readonly number[];
  /** Minutes since midnight; the end is not part of the window. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** ISO days of `Mon-Fri`, `Sat` or `Mon,Wed,Fri`; null for anything else. */
function parseDays(text: string): number[] | null {
  const days = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    const [first = '', last = first, ...more] = part.split('-');
    const from = dayNames.indexOf(first);
    const to = dayNames.indexOf(last);
    if (from < 0 || to < from || more.length > 0) return null;
    for (let day = from; day <= to; day += 1) days.add(day + 1);
  }
  return [...days].sort((a, b) => a - b);
}

function parseMinute(text: string): number | null {
  const match = /^(\d{2}):(\d{2})$/.exec(text);
  if (!match) return null;
  const minute = Number(match[1]) * 60 + Number(match[2]);
  return Number(match[2]) < 60 && minute <= 24 * 60 ? minute : null;
}

/** `Mon-Fri 09:00-20:00`, or `09:00-20:00` for every day; the end is after the start; null for anything else. */
export function parseWindow(text: string): CallingWindow | null {
  const words = text.trim().split(/\s+/);
  const span = words.pop() ?? '';
  if (words.length > 1) return null;
  const days = parseDays(words[0] ?? 'mon-sun');
  const [from = '', to = '', ...more] = span.split('-');
  const fromMinute = parseMinute(from);
  const toMinute = parseMinute(to);
  if (!days || fromMinute === null || toMinute === null || more.length > 0) return null;
  return toMinute > fromMinute ? { days, fromMinute, toMinute } : null;
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const weekClocks = new Map<string, Intl.DateTimeFormat>();

/** Making a format costs far more than using it. */
function weekClock(timeZone: string): Intl.DateTimeFormat {
  const known = weekClocks.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  weekClocks.set(timeZone, format);
  return format;
}

/** The windows as `parseWindow` takes them, with the zone they are meant in. */
export function writeWindows(windows: readonly CallingWindow[], timezone: string | null): string {
  const time = (minute: number): string =>
    [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
  const spans = windows.map(({ days, fromMinute, toMinute }) => {
    const names = days.map((day) => weekdays[day - 1] ?? '');
    const inARow = days.length > 2 && days.every((day, at) => day === (days[0] ?? 0) + at);
    const told = inARow ? `${names[0] ?? ''}-${names.at(-1) ?? ''}` : names.join(',');
    return `${told} ${time(fromMinute)}-${time(toMinute)}`;
  });
  return `${spans.join(', ')} (${timezone ?? 'UTC'})`;
}

const minuteMs = 60_000;

/** When the next minute begins at which people may be contacted (ms); null where there is none within eight days. */
export function nextOpening(
  windows: readonly CallingWindow[],
  timezone: string | null,
  nowMs: number,
): number | null {
  const first = Math.ceil(nowMs / minuteMs) * minuteMs;
  for (let at = first; at < first + 8 * 1_440 * minuteMs; at += minuteMs)
    if (isOpen(windows, timezone, at)) return at;
  return null;
}

/** Whether people may be contacted at this moment (ms since 1970) in that time zone (IANA name; UTC where null). */
export function isOpen(windows: readonly CallingWindow[], timezone: string | null, nowMs: number): boolean {
  if (windows.length === 0) return true;
  const parts = weekClock(timezone ?? 'UTC').formatToParts(nowMs);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  const day = weekdays.indexOf(part('weekday')) + 1;
  const minute = Number(part('hour')) * 60 + Number(part('minute'));
  return windows.some(
    ({ days, fromMinute, toMinute }) => days.includes(day) && minute >= fromMinute && minute < toMinute,
  );
}

/** `$NAME`, `${NAME}`, `${NAME:-other}`: what a shell or a template puts a value in for. */
const variable = String.raw`\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*[^{}]*\})`;
const somewhere = new RegExp(variable);
const alone = new RegExp(`^\\s*${variable}\\s*$`);

/** True where nothing put the value of a variable into this text. */
export const holdsVariable = (text: string): boolean => somewhere.test(text);

/** True where the whole text is a variable: of a secret, which may well hold a `$`, no other form shows that its value is missing. */
export const isVariable = (text: string): boolean => alone.test(text);

/** True for nothing, and for white space alone. */
export const isBlank = (text: string): boolean => text.trim() === '';
