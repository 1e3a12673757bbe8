import type { Writable } from 'node:stream';
import { temporary, systemCode } from '../core/errors.js';
import {
  chooseColorLevel,
  type ColorLevel,
  type Env,
  noPaint,
  type Paint,
  loadPaint,
  printable,
  allowsUnicode,
} from './text.js';

export interface TerminalFlags {
  /** False: --no-color. True: --color. Absent: environment and stream decide. */
  readonly color?: boolean | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly showPii: boolean;
}

interface TerminalOptions {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly stdoutIsTTY: boolean;
  readonly stderrIsTTY: boolean;
  /** Width in columns; undefined where there is no terminal. */
  readonly columns: number | undefined;
  readonly env: Env;
  readonly flags: TerminalFlags;
}

/** Errors that say: the reader went away. Not a failure of ours. */
const goneCodes: ReadonlySet<string> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/**
 * The two streams a user sees. Data goes to stdout through `write`, everything else to stderr. A reader that went away
 * (`| head`) makes later writes vanish and nothing else; any other failure of stdout is thrown by `drain`.
 */
export class Terminal {
  readonly stdoutIsTTY: boolean;
  readonly stderrIsTTY: boolean;
  readonly stderr: Writable;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly showPii: boolean;
  /** Columns; 80 where unknown. Data is never cut to it. */
  readonly width: number;
  /** Whether decoration may use more than ASCII. */
  readonly unicode: boolean;
  /** Whether a line on stderr may be redrawn. */
  readonly interactive: boolean;
  readonly #stdout: Writable;
  readonly #levels: { readonly stdout: ColorLevel; readonly stderr: ColorLevel };
  #closed = false;
  #stderrClosed = false;
  #failure: unknown = null;
  #waiting: (() => void)[] = [];
  #errPaint: Paint | null = null;
  #errQueue: Promise<void> = Promise.resolve();
  #errPending = 0;

  constructor(options: TerminalOptions) {
    const { env, flags } = options;
    this.#stdout = options.stdout;
    this.stderr = options.stderr;
    this.stdoutIsTTY = options.stdoutIsTTY;
    this.stderrIsTTY = options.stderrIsTTY;
    this.quiet = flags.quiet;
    this.verbose = flags.verbose;
    this.showPii = flags.showPii;
    this.width = options.columns && options.columns > 0 ? options.columns : 80;
    this.unicode = allowsUnicode(env);
    this.interactive = options.stderrIsTTY && env.TERM !== 'dumb';
    this.#levels = {
      stdout: chooseColorLevel(env, options.stdoutIsTTY, flags.color),
      stderr: chooseColorLevel(env, options.stderrIsTTY, flags.color),
    };
    this.#listen();
  }

  /** True once the reader of stdout went away, or stdout failed. */
  get stdoutClosed(): boolean {
    return this.#closed;
  }

  /** Whether that stream shows colours. */
  colors(stream: 'stdout' | 'stderr'): boolean {
    return this.#levels[stream] > 0;
  }

  /** The paint for text on that stream. */
  paint(stream: 'stdout' | 'stderr'): Promise<Paint> {
    return loadPaint(this.#levels[stream]);
  }

  /** Data, as it is, on stdout. Resolves when the stream will take more; never rejects. */
  async write(text: string): Promise<void> {
    if (this.#closed || text === '') return;
    if (this.#stdout.write(text)) return;
    await new Promise<void>((resolve) => {
      if (this.#closed || !this.#stdout.writableNeedDrain) resolve();
      else this.#waiting.push(resolve);
    });
  }

  /** A line for people. Silent with --quiet. */
  note(text: string): void {
    if (!this.quiet) this.#say(() => printable(text));
  }

  /** A line only --verbose shows; its own newlines stay. */
  detail(text: string): void {
    if (this.verbose)
      this.#say((paint) =>
        text
          .split('\n')
          .map((line) => paint('dim', printable(line)))
          .join('\n'),
      );
  }

  /** Silent with --quiet. */
  warn(text: string): void {
    if (!this.quiet) this.#say((paint) => `${paint('warn', 'warning:')} ${printable(text)}`);
  }

  /** What to do next. Silent with --quiet. */
  hint(text: string): void {
    if (!this.quiet) this.#say((paint) => `${paint('info', 'hint:')} ${printable(text)}`);
  }

  /** Never silent. Each line of the text stands under the one before it, so that several problems are read as a list. */
  error(text: string, hint: string | null = null): void {
    const lines = text.split('\n').map(printable).join('\n       ');
    this.#say((paint) => `${paint('bad', 'error:')} ${lines}`);
    if (hint) this.hint(hint);
  }

  /**
   * Resolves when everything written has left, on both streams, and errors had their turn. To be awaited before the
   * program ends: nothing calls process.exit. Throws UserError `output.write-failed` (exit 5) where stdout failed other
   * than by its reader leaving.
   */
  async drain(): Promise<void> {
    await this.#errQueue;
    await Promise.all([
      this.#flush(this.#stdout, this.#closed),
      this.#flush(this.stderr, this.#stderrClosed),
    ]);
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#failure === null) return;
    const code = systemCode(this.#failure);
    throw temporary({
      code: 'output.write-failed',
      message: `Output could not be written to the end${/^E[A-Z]+$/.test(code) ? ` (${code})` : ''}.`,
      hint: 'Make room where stdout goes, then ask again with `salesq runs show last`.',
    });
  }

  #listen(): void {
    this.#stdout.on('error', (error) => {
      if (!goneCodes.has(systemCode(error))) this.#failure ??= error;
      this.#close();
    });
    this.#stdout.on('close', () => this.#close());
    this.#stdout.on('drain', () => this.#release());
    this.stderr.on('error', () => (this.#stderrClosed = true));
    this.stderr.on('close', () => (this.#stderrClosed = true));
  }

  #close(): void {
    this.#closed = true;
    this.#release();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Lines keep their order while the paint is still being loaded. */
  #say(line: (paint: Paint) => string): void {
    if (this.#levels.stderr === 0) return this.#writeErr(line(noPaint));
    if (this.#errPaint && this.#errPending === 0) return this.#writeErr(line(this.#errPaint));
    this.#errPending += 1;
    this.#errQueue = this.#errQueue.then(async () => {
      this.#errPaint ??= await loadPaint(this.#levels.stderr);
      this.#errPending -= 1;
      this.#writeErr(line(this.#errPaint));
    });
  }

  #writeErr(text: string): void {
    if (!this.#stderrClosed) this.stderr.write(`${text}\n`);
  }

  /** The stream calls back in order, so an empty write returns after all before it; a stream that dies closes. */
  #flush(stream: Writable, closed: boolean): Promise<void> {
    if (closed || stream.destroyed || stream.writableLength === 0) return Promise.resolve();
    return new Promise((resolve) => {
      stream.once('close', resolve);
      stream.write('', () => resolve());
    });
  }
}
