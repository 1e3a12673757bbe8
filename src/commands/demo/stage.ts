import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Paint } from '../../output/text.js';
import { packageRoot } from '../../root.js';
import type { App } from '../app.js';

/** The files of the demo: leads.csv has semicolons, Windows-1252, and what real files have in them. */
const fixtures = new URL('fixtures/demo/', packageRoot);
const names = ['leads.csv', 'late.csv', 'callbacks.csv', 'comments.csv'];

/** A temporary directory with the demo's file, and a way to run the real program there and show what it says. */
export class Stage {
  readonly #commands: string[] = [];
  /** Where the sandbox listens, once it does. */
  sandboxUrl = 'http://127.0.0.1:1';

  private constructor(
    private readonly app: App,
    readonly folder: string,
    readonly paint: Paint,
  ) {}

  static async open(app: App): Promise<Stage> {
    const folder = await mkdtemp(path.join(tmpdir(), 'salesq-demo-'));
    for (const name of names) await copyFile(fileURLToPath(new URL(name, fixtures)), path.join(folder, name));
    return new Stage(app, folder, await app.terminal.paint('stdout'));
  }

  /** The commands shown so far, as a reader would type them. */
  get commands(): readonly string[] {
    return this.#commands;
  }

  async say(...lines: string[]): Promise<void> {
    await this.app.terminal.write(`${lines.join('\n')}\n`);
  }

  heading(text: string): Promise<void> {
    return this.say('', this.paint('strong', text), '');
  }

  /** Shows the command, runs the program with it, lets it speak for itself. Resolves with its exit code. */
  async run(args: readonly string[]): Promise<number> {
    await this.#show(args);
    const stdio: ('ignore' | 'inherit' | 'pipe')[] = ['ignore', 'inherit', 'inherit'];
    return new Promise((resolve, reject) => {
      const output = this.app.format === 'table' || this.app.terminal.stdoutIsTTY ? [] : ['-o', 'table'];
      const child = spawn(this.app.execPath, [this.app.program, ...args, ...output], {
        ...this.#place(),
        stdio,
      });
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? 1));
    });
  }

  /** Shows and runs a pipeline of two of our commands; resolves with the exit code of the last. */
  async pipe(first: readonly string[], second: readonly string[]): Promise<number> {
    this.#note(`${line(first)} | ${line(second)}`);
    await this.say(`${this.paint('info', '$')} ${this.paint('strong', `${line(first)} | ${line(second)}`)}`);
    const place = this.#place();
    const { execPath, program } = this.app;
    const from = spawn(execPath, [program, ...first], { ...place, stdio: ['ignore', 'pipe', 'inherit'] });
    const to = spawn(execPath, [program, ...second, '-o', 'table'], {
      ...place,
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    from.stdout.pipe(to.stdin);
    to.stdin.on('error', () => undefined);
    return new Promise((resolve, reject) => to.on('error', reject).on('close', (code) => resolve(code ?? 1)));
  }

  /** Starts a command that goes on until it is stopped; its stdout is kept, its stderr read for where it listens. */
  background(args: readonly string[]): ChildProcess {
    this.#note(`${line(args)} &`);
    return spawn(this.app.execPath, [this.app.program, ...args], {
      ...this.#place(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Runs the program and gives its JSON, showing the command if asked. */
  async json<T>(args: readonly string[], shown: boolean): Promise<T> {
    if (shown) await this.#show(args);
    const child = spawn(this.app.execPath, [this.app.program, ...args], {
      ...this.#place(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as T;
  }

  async close(keep: boolean): Promise<void> {
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }

  async #show(args: readonly string[]): Promise<void> {
    const command = line(args);
    this.#note(command);
    await this.say(`${this.paint('info', '$')} ${this.paint('strong', command)}`);
  }

  #note(command: string): void {
    this.#commands.push(command);
  }

  #place(): { cwd: string; env: NodeJS.ProcessEnv } {
    const color = this.app.terminal.colors('stdout') ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
    const { PATH, HOME, LANG, LC_ALL, TERM, COLUMNS, TMPDIR } = this.app.env;
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
      },
    };
  }
}

/** A command as a reader would type it. */
const line = (args: readonly string[]): string =>
  ['salesq', ...args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg}'`))].join(' ');
