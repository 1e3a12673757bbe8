import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Paint } from '../../output/color.js';
import type { App } from '../app.js';

/** The leads of the demo: semicolons, Windows-1252, and what real files have in them. */
const fixture = new URL('../../../fixtures/demo/leads.csv', import.meta.url);

/** A temporary directory with the demo's file, and a way to run the real program there and show what it says. */
export class Stage {
  readonly #commands: string[] = [];

  private constructor(
    private readonly app: App,
    readonly folder: string,
    private readonly sandboxUrl: string,
    readonly paint: Paint,
  ) {}

  static async open(app: App, sandboxUrl: string): Promise<Stage> {
    const folder = await mkdtemp(path.join(tmpdir(), 'salesq-demo-'));
    await copyFile(fileURLToPath(fixture), path.join(folder, 'leads.csv'));
    return new Stage(app, folder, sandboxUrl, await app.terminal.paint('stdout'));
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
    const command = ['salesq', ...args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg}'`))].join(
      ' ',
    );
    this.#commands.push(command);
    await this.say(`${this.paint('info', '$')} ${this.paint('strong', command)}`);
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
        SALESQ_LEDGER: path.join(this.folder, 'ledger.db'),
      },
    };
  }
}
