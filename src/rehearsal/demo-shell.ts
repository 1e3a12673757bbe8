import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Exit } from '../core/errors.js';
import { readJson } from '../core/json.js';
import { copyToPrivate, openTemporaryFolder } from '../files.js';

/** Colours a text, or returns it unchanged. */
export type Paint = (tone: 'good' | 'bad' | 'warn' | 'info' | 'dim' | 'strong', text: string) => string;

/** The part of the running program the demo uses: its streams, and how to start it again. */
export interface DemoProgram {
  readonly terminal: {
    readonly stdoutIsTTY: boolean;
    readonly unicode: boolean;
    write(text: string): Promise<void>;
    paint(stream: 'stdout'): Promise<Paint>;
    colors(stream: 'stdout'): boolean;
  };
  readonly format: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execPath: string;
  readonly program: string;
}

/** The files of the demo: leads.csv has semicolons, Windows-1252, and the faults of real files. */
const names = ['leads.csv', 'late.csv', 'callbacks.csv', 'comments.csv'];

/** A temporary folder with the files of the demo, where the real program is run and its output shown. */
export class DemoShell {
  readonly #commands: string[] = [];
  /** Where the sandbox listens, once it does. */
  sandboxUrl = 'http://127.0.0.1:1';

  private constructor(
    private readonly parent: DemoProgram,
    private readonly temporary: { readonly path: string; remove(): Promise<void> },
    readonly paint: Paint,
  ) {}

  /** Copies the files of the demo from the folder `fixtures` to a temporary one. */
  static async open(program: DemoProgram, fixtures: URL): Promise<DemoShell> {
    const temporary = await openTemporaryFolder('salesq-demo-');
    for (const name of names) {
      await copyToPrivate(createReadStream(new URL(name, fixtures)), path.join(temporary.path, name));
    }
    return new DemoShell(program, temporary, await program.terminal.paint('stdout'));
  }

  /** Whether a command ended as only a bug can end it. */
  hasFailed = false;

  get folder(): string {
    return this.temporary.path;
  }

  /** The commands shown so far, as a reader would type them. */
  get commands(): readonly string[] {
    return this.#commands;
  }

  async say(...lines: string[]): Promise<void> {
    await this.parent.terminal.write(`${lines.join('\n')}\n`);
  }

  heading(text: string): Promise<void> {
    return this.say('', this.paint('strong', text), '');
  }

  /** Shows the command and runs it with its own output. Resolves with its exit code. */
  async run(args: readonly string[]): Promise<number> {
    await this.#show(formatCommand(args));
    const output = this.parent.format === 'table' || this.parent.terminal.stdoutIsTTY ? [] : ['-o', 'table'];
    return this.#endOf(this.#start([...args, ...output], ['ignore', 'inherit', 'inherit']));
  }

  /** Shows and runs a pipeline of two of our commands; resolves with the exit code of the last. */
  async pipe(first: readonly string[], second: readonly string[]): Promise<number> {
    await this.#show(`${formatCommand(first)} | ${formatCommand(second)}`);
    const from = this.#start(first, ['ignore', 'pipe', 'inherit']);
    const to = this.#start([...second, '-o', 'table'], ['pipe', 'inherit', 'inherit']);
    to.stdin?.on('error', () => undefined);
    if (to.stdin) from.stdout?.pipe(to.stdin);
    return this.#endOf(to);
  }

  /** Starts a command that goes on until it is stopped; its stdout is kept, its stderr read for where it listens. */
  startInBackground(args: readonly string[]): ChildProcess {
    this.#commands.push(`${formatCommand(args)} &`);
    return this.#start(args, ['ignore', 'pipe', 'pipe']);
  }

  /** Runs a command and returns its JSON; shows the command where `shown`. */
  async json<T>(args: readonly string[], shown: boolean): Promise<T> {
    if (shown) await this.#show(formatCommand(args));
    const child = this.#start(args, ['ignore', 'pipe', 'inherit']);
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    await this.#endOf(child);
    return readJson(Buffer.concat(chunks).toString('utf8')) as T;
  }

  async close(keep: boolean): Promise<void> {
    if (!keep) await this.temporary.remove();
  }

  async #show(command: string): Promise<void> {
    this.#commands.push(command);
    await this.say(`${this.paint('info', '$')} ${this.paint('strong', command)}`);
  }

  async #endOf(child: ChildProcess): Promise<number> {
    const code = await endOf(child);
    if (code === Exit.bug) this.hasFailed = true;
    return code;
  }

  #start(args: readonly string[], stdio: StdioOptions): ChildProcess {
    return spawn(this.parent.execPath, [this.parent.program, ...args], { ...this.#surroundings(), stdio });
  }

  #surroundings(): { cwd: string; env: NodeJS.ProcessEnv } {
    const color = this.parent.terminal.colors('stdout') ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
    const { PATH, HOME, LANG, LC_ALL, TERM, COLUMNS, TMPDIR } = this.parent.env;
    const inherited = { PATH, HOME, LANG, LC_ALL, TERM, COLUMNS, TMPDIR };
    const set = Object.entries(inherited).filter(([, value]) => value !== undefined);
    return {
      cwd: this.folder,
      env: {
        ...Object.fromEntries(set),
        ...color,
        SALESQ_PROFILE: 'sandbox',
        SALESQ_SANDBOX_URL: this.sandboxUrl,
        XDG_STATE_HOME: path.join(this.folder, 'state'),
        SALESQ_WITNESS: path.join(this.folder, 'witness.json'),
      },
    };
  }
}

/** Resolves with the exit code. */
const endOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve(code ?? 1)));

/** Returns a command as a reader would type it. */
const formatCommand = (args: readonly string[]): string =>
  ['salesq', ...args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg}'`))].join(' ');

/** `sales-q listen`, running as a program of its own beside the demo. */
export interface Listener {
  /** Where the vendor is to post to. */
  readonly url: string;
  /** The command, as a reader would type it. */
  readonly command: string;
  /** What it has printed: a line for each delivery it stored. */
  lines(): readonly string[];
  stop(): Promise<void>;
}

const args = ['sales-q', 'listen', '--port', '0', '-o', 'ndjson'];

/** Starts the listener; resolves when it listens. */
export async function startListener(shell: DemoShell): Promise<Listener> {
  const child = shell.startInBackground(args);
  let output = '';
  let notes = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      notes += chunk.toString('utf8');
      const found = /(http:\/\/\S+)/.exec(notes)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error('the listener ended before it listened')));
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    url,
    command: 'salesq sales-q listen -o ndjson',
    lines: () => output.split('\n').filter((line) => line !== ''),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
