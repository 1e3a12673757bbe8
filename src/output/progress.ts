import type { Clock } from '../core/clock.js';
import type { Terminal } from './terminal.js';
import { measureWidth, type Paint } from './text.js';

/** How far a phase is; what is absent keeps its value. */
type ProgressUpdate = Partial<Pick<ProgressState, 'done' | 'total' | 'rejected' | 'inDoubt'>>;

/** Where a line goes: redrawn on a terminal, or printed now and then. */
interface Display {
  show(state: ProgressState, now: number): void;
  stop(): void;
}

const redrawMs = 100;
const plainMs = 10_000;
const plainStep = 0.05;
const plainLatestMs = 60_000;

/**
 * Opens the progress line of a push on stderr. On a terminal one line, redrawn at most ten times a second; else a plain line at
 * most every 10 s, and then only after 5 % more or a minute; with --quiet nothing. A terminal that says it has no
 * columns (some containers' do) gets plain lines.
 */
export async function openProgress(terminal: Terminal, clock: Clock): Promise<Progress> {
  const start = clock.monotonic();
  if (terminal.quiet) return new Progress(terminal, clock, { show() {}, stop() {} });
  const redraws = terminal.interactive && readWidth(terminal) > 0;
  const display = redraws ? await openSpinner(terminal) : new PlainLines(terminal, start);
  return new Progress(terminal, clock, display);
}

/** One line on stderr that shows how far a push is. */
export class Progress {
  #state: ProgressState = { phase: 'reading', done: 0, total: null, rejected: 0, inDoubt: 0, rate: null };
  #rate = new Rate();
  #shownAt = -Infinity;
  #stopped = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly clock: Clock,
    private readonly display: Display,
  ) {}

  /** Starts a phase at zero. */
  phase(phase: Phase, total: number | null = null): void {
    this.#rate = new Rate();
    this.#state = { phase, done: 0, total, rejected: 0, inDoubt: 0, rate: null };
    this.#shownAt = -Infinity;
    this.#tick(false);
  }

  update(update: ProgressUpdate): void {
    this.#state = { ...this.#state, ...update };
    this.#tick(true);
  }

  /** A line above the progress line; silent with --quiet. */
  log(text: string): void {
    this.terminal.note(text);
  }

  /** Takes the line away. Safe to call twice, and from a signal handler; later updates do nothing. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.display.stop();
  }

  /** `counted` is false at the start of a phase: the rate counts from its first update. */
  #tick(counted: boolean): void {
    const now = this.clock.monotonic();
    if (this.#stopped || (counted && now - this.#shownAt < redrawMs)) return;
    this.#shownAt = counted ? now : -Infinity;
    const rate = counted ? this.#rate.measure(now, this.#state.done) : null;
    this.#state = { ...this.#state, rate };
    this.display.show(this.#state, now);
  }
}

/** Plain lines, for a log file or cron's mail. */
class PlainLines implements Display {
  #last: { at: number; state: ProgressState | null };

  constructor(
    private readonly terminal: Terminal,
    now: number,
  ) {
    this.#last = { at: now, state: null };
  }

  show(state: ProgressState, now: number): void {
    const since = now - this.#last.at;
    if (since < plainMs || (since < plainLatestMs && !this.#further(state))) return;
    this.#last = { at: now, state };
    this.terminal.note(formatProgress(state));
  }

  stop(): void {}

  #further(state: ProgressState): boolean {
    const before = this.#last.state;
    if (before?.phase !== state.phase || !state.total) return true;
    return state.done - before.done >= state.total * plainStep;
  }
}

/**
 * ora draws the line. It leaves the cursor alone, which a kill -9 could not give back, and stdin, which carries the
 * input; everything else written to the terminal meanwhile is put above the line. With 0 columns ora never comes back
 * from a redraw: it counts infinitely many lines. So it is stopped as soon as a terminal says so.
 */
async function openSpinner(terminal: Terminal): Promise<Display> {
  const { default: ora } = await import('ora');
  const paint = await terminal.paint('stderr');
  const spinner = ora({
    stream: terminal.stderr,
    isEnabled: true,
    hideCursor: false,
    discardStdin: false,
    color: false,
    spinner: { interval: redrawMs, frames: makeFrames(terminal.unicode, paint) },
  });
  const resized = (): void => {
    if (readWidth(terminal) === 0) spinner.stop();
  };
  terminal.stderr.on('resize', resized);
  return {
    show(state) {
      const width = readWidth(terminal);
      spinner.text = formatProgress(state, width - 3);
      if (width > 0 && !spinner.isSpinning) spinner.start();
    },
    stop() {
      terminal.stderr.off('resize', resized);
      spinner.stop();
    },
  };
}

/** The width as it is now: a window may have been resized since the start. */
function readWidth(terminal: Terminal): number {
  const { columns } = terminal.stderr as { columns?: unknown };
  return typeof columns === 'number' ? columns : terminal.width;
}

const makeFrames = (unicode: boolean, paint: Paint): string[] =>
  Array.from(unicode ? '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏' : '|/-\\', (frame) => paint('info', frame));

type Phase = 'reading' | 'planning' | 'sending';

/** What a progress line shows, at one moment. */
interface ProgressState {
  readonly phase: Phase;
  readonly done: number;
  /** Null while it is not known yet. */
  readonly total: number | null;
  readonly rejected: number;
  readonly inDoubt: number;
  /** Rows a second over the last seconds; null in the first second. */
  readonly rate: number | null;
}

const formatCount = (count: number): string => Math.round(count).toLocaleString('en-US');

/** `01:18`, `2:01:18`. */
function formatClock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (part: number): string => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${two(minutes)}:${two(rest)}`;
}

const formatRate = (rate: number): string => `${rate >= 10 ? formatCount(rate) : rate.toFixed(1)} rows/s`;

function formatRemaining({ done, total, rate }: ProgressState): string | null {
  if (total === null || !rate || total <= done) return null;
  const seconds = (total - done) / rate;
  return seconds < 100 * 3600 ? `ETA ${formatClock(seconds)}` : null;
}

/** Returns the parts of the line; where the terminal is narrow, those of the largest `weight` are left out first. */
function makeParts(state: ProgressState): { text: string; weight: number }[] {
  const { phase, done, total, rejected, inDoubt, rate } = state;
  const rows = total === null ? `${formatCount(done)} rows` : `${formatCount(done)} / ${formatCount(total)}`;
  const eta = formatRemaining(state);
  return [
    { text: phase, weight: 0 },
    { text: rows, weight: 0 },
    ...(total ? [{ text: `${Math.floor((done / total) * 100)} %`, weight: 2 }] : []),
    ...(rate === null ? [] : [{ text: formatRate(rate), weight: 3 }]),
    ...(rejected > 0 ? [{ text: `rejected ${formatCount(rejected)}`, weight: 0 }] : []),
    ...(inDoubt > 0 ? [{ text: `in doubt ${formatCount(inDoubt)}`, weight: 0 }] : []),
    ...(eta === null ? [] : [{ text: eta, weight: 1 }]),
  ];
}

/** `sending  1,234 / 5,000  24 %  48 rows/s  rejected 3  in doubt 1  ETA 01:18`, in at most `width` columns if it can be. */
export function formatProgress(state: ProgressState, width = Infinity): string {
  const parts = makeParts(state);
  for (const limit of [3, 2, 1, 0]) {
    const line = parts
      .filter(({ weight }) => weight <= limit)
      .map(({ text }) => text)
      .join('  ');
    if (measureWidth(line) <= width || limit === 0) return line;
  }
  return '';
}

const windowMs = 10_000;
const spacingMs = 250;

/** Rows a second over about the last ten seconds, so that it soon fits a resumed or throttled run. */
class Rate {
  readonly #samples: { readonly at: number; readonly done: number }[] = [];

  /** Takes how many rows are done at `now` (monotonic ms); returns the rate, or null in the first second. */
  measure(now: number, done: number): number | null {
    const newest = this.#samples.at(-1);
    if (!newest || now - newest.at >= spacingMs) this.#samples.push({ at: now, done });
    while (this.#samples.length > 2 && now - (this.#samples[1]?.at ?? now) >= windowMs) this.#samples.shift();
    const oldest = this.#samples[0];
    if (!oldest || now - oldest.at < 1_000) return null;
    return ((done - oldest.done) * 1_000) / (now - oldest.at);
  }
}
