import type { Clock } from '../core/clock.js';
import type { Paint } from './color.js';
import { progressLine, type Phase, type Progressing } from './progress-line.js';
import { Rate } from './rate.js';
import type { Terminal } from './terminal.js';

export type { Phase } from './progress-line.js';

/** How far a phase is; what is absent keeps its value. */
export interface ProgressUpdate {
  readonly done?: number;
  readonly total?: number | null;
  readonly rejected?: number;
  readonly inDoubt?: number;
}

/** One line on stderr that tells how far a push is. */
export interface Progress {
  /** Starts a phase at zero. */
  phase(phase: Phase, total?: number | null): void;
  update(update: ProgressUpdate): void;
  /** A line above the progress line; silent with --quiet. */
  log(text: string): void;
  /** Takes the line away. Safe to call twice, and from a signal handler; later updates do nothing. */
  stop(): void;
}

/** Where a line goes: redrawn on a terminal, or printed now and then. */
interface Display {
  show(state: Progressing, now: number): void;
  stop(): void;
}

const redrawMs = 100;
const plainMs = 10_000;
const plainStep = 0.05;
const plainAnywayMs = 60_000;

/**
 * The progress of a push on stderr. On a terminal one line, redrawn at most ten times a second; else a plain line at
 * most every 10 s, and then only after 5 % more or a minute; with --quiet nothing. A terminal that says it has no
 * columns (some containers' do) gets plain lines.
 */
export async function openProgress(terminal: Terminal, clock: Clock): Promise<Progress> {
  const start = clock.monotonic();
  if (terminal.quiet) return new PushProgress(terminal, clock, { show() {}, stop() {} });
  const redraws = terminal.interactive && widthOf(terminal) > 0;
  const display = redraws ? await openSpinner(terminal) : new PlainLines(terminal, start);
  return new PushProgress(terminal, clock, display);
}

class PushProgress implements Progress {
  #state: Progressing = { phase: 'reading', done: 0, total: null, rejected: 0, inDoubt: 0, rate: null };
  #rate = new Rate();
  #shownAt = -Infinity;
  #stopped = false;
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #display: Display;

  constructor(terminal: Terminal, clock: Clock, display: Display) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#display = display;
  }

  phase(phase: Phase, total: number | null = null): void {
    this.#rate.reset();
    this.#state = { phase, done: 0, total, rejected: 0, inDoubt: 0, rate: null };
    this.#shownAt = -Infinity;
    this.#tick(false);
  }

  update(update: ProgressUpdate): void {
    this.#state = { ...this.#state, ...update };
    this.#tick(true);
  }

  log(text: string): void {
    this.#terminal.note(text);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#display.stop();
  }

  /** A phase begins at nothing known: only what is done after its first update counts for the rate. */
  #tick(counted: boolean): void {
    const now = this.#clock.monotonic();
    if (this.#stopped || (counted && now - this.#shownAt < redrawMs)) return;
    this.#shownAt = counted ? now : -Infinity;
    const rate = counted ? this.#rate.at(now, this.#state.done) : null;
    this.#state = { ...this.#state, rate };
    this.#display.show(this.#state, now);
  }
}

/** Plain lines, for a log file or cron's mail. */
class PlainLines implements Display {
  #last: { at: number; state: Progressing | null };
  readonly #terminal: Terminal;

  constructor(terminal: Terminal, now: number) {
    this.#terminal = terminal;
    this.#last = { at: now, state: null };
  }

  show(state: Progressing, now: number): void {
    const since = now - this.#last.at;
    if (since < plainMs || (since < plainAnywayMs && !this.#further(state))) return;
    this.#last = { at: now, state };
    this.#terminal.note(progressLine(state));
  }

  stop(): void {}

  #further(state: Progressing): boolean {
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
    spinner: { interval: redrawMs, frames: framesOf(terminal.unicode, paint) },
  });
  const resized = (): void => {
    if (widthOf(terminal) === 0) spinner.stop();
  };
  terminal.stderr.on('resize', resized);
  return {
    show(state) {
      const width = widthOf(terminal);
      spinner.text = progressLine(state, width - 3);
      if (width > 0 && !spinner.isSpinning) spinner.start();
    },
    stop() {
      terminal.stderr.off('resize', resized);
      spinner.stop();
    },
  };
}

/** The width as it is now: a window may have been resized since the start. */
function widthOf(terminal: Terminal): number {
  const { columns } = terminal.stderr as { columns?: unknown };
  return typeof columns === 'number' ? columns : terminal.width;
}

const framesOf = (unicode: boolean, paint: Paint): string[] =>
  Array.from(unicode ? '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏' : '|/-\\', (frame) => paint('info', frame));
