const format = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Berlin',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** `2026-03-02 10:00:00` in Germany. The document names no time zone; its vendor is German. */
export function localTime(ms: number): string {
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const of = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? '';
  return `${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}:${of('second')}`;
}

/** `20260302100000`, the form of the `timestamp` arguments (docs/vendors/mmdial.md#searchvoicebyphonenumber). */
export const digitTime = (ms: number): string => localTime(ms).replace(/\D/g, '');

/** `d.m.Y` as `YYYY-MM-DD`; null for anything else. */
export function germanDate(text: string): string | null {
  const [, day = '', month = '', year = ''] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text) ?? [];
  return isoDate(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
}

/** The text itself where it is a date `YYYY-MM-DD` that exists; else null. */
export function isoDate(text: string): string | null {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) ? text : null;
}

/** The text itself where it is `H:i:s`; else null. */
export const clockTime = (text: string): string | null =>
  /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text) ? text : null;
