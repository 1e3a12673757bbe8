/** Moscow, which has no summer time: the document names no zone, the vendor sits there. */
const zoneMs = 3 * 3_600_000;

/**
 * Reads `DD-MM-YYYY HH:mm:ss`, the form of the sample `01-10-2020 12:00:00`; null where it is no moment. That the
 * day comes first is what such dates mean in Russia: the document does not say.
 */
export function momentOf(text: string): number | null {
  const match = /^(\d{2})-(\d{2})-(\d{4}) (\d{2}):(\d{2}):(\d{2})$/.exec(text);
  if (!match) return null;
  const [day = 0, month = 0, year = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const moment = Date.UTC(year, month - 1, day, hour, minute, second) - zoneMs;
  return writtenMoment(moment) === text ? moment : null;
}

export const isMoment = (text: string): boolean => momentOf(text) !== null;

/** `DD-MM-YYYY HH:mm:ss` in the vendor's zone. */
export function writtenMoment(ms: number): string {
  const [date = '', time = ''] = new Date(ms + zoneMs).toISOString().split(/[T.]/);
  return `${date.split('-').reverse().join('-')} ${time}`;
}
