import { displayWidth } from './width.js';

export type Phase = 'reading' | 'planning' | 'sending';

/** What a progress line tells, at one moment. */
export interface Progressing {
  readonly phase: Phase;
  readonly done: number;
  /** Null while it is not known yet. */
  readonly total: number | null;
  readonly rejected: number;
  readonly inDoubt: number;
  /** Rows a second over the last seconds; null while there is nothing to tell. */
  readonly rate: number | null;
}

const grouped = (count: number): string => Math.round(count).toLocaleString('en-US');

/** `01:18`, `2:01:18`. */
export function clockText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (part: number): string => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${two(minutes)}:${two(rest)}`;
}

const rateText = (rate: number): string => `${rate >= 10 ? grouped(rate) : rate.toFixed(1)} rows/s`;

function etaText({ done, total, rate }: Progressing): string | null {
  if (total === null || !rate || total <= done) return null;
  const seconds = (total - done) / rate;
  return seconds < 100 * 3600 ? `ETA ${clockText(seconds)}` : null;
}

/** Parts of the line by weight: where the terminal is narrow, the heaviest go first. */
function partsOf(state: Progressing): { text: string; weight: number }[] {
  const { phase, done, total, rejected, inDoubt, rate } = state;
  const rows = total === null ? `${grouped(done)} rows` : `${grouped(done)} / ${grouped(total)}`;
  const eta = etaText(state);
  return [
    { text: phase, weight: 0 },
    { text: rows, weight: 0 },
    ...(total ? [{ text: `${Math.floor((done / total) * 100)} %`, weight: 2 }] : []),
    ...(rate === null ? [] : [{ text: rateText(rate), weight: 3 }]),
    ...(rejected > 0 ? [{ text: `rejected ${grouped(rejected)}`, weight: 0 }] : []),
    ...(inDoubt > 0 ? [{ text: `in doubt ${grouped(inDoubt)}`, weight: 0 }] : []),
    ...(eta === null ? [] : [{ text: eta, weight: 1 }]),
  ];
}

/** `sending  1,234 / 5,000  24 %  48 rows/s  rejected 3  in doubt 1  ETA 01:18`, in at most `width` columns if it can be. */
export function progressLine(state: Progressing, width = Infinity): string {
  const parts = partsOf(state);
  for (const limit of [3, 2, 1, 0]) {
    const line = parts
      .filter(({ weight }) => weight <= limit)
      .map(({ text }) => text)
      .join('  ');
    if (displayWidth(line) <= width || limit === 0) return line;
  }
  return '';
}
