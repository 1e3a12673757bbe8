import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The program's file. */
export const program = path.resolve(import.meta.dirname, '../../bin/salesq.js');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
}

/** A directory with its own home, config and ledger, and the real program to run in it. */
export class Desk {
  private constructor(
    readonly folder: string,
    private readonly file: string,
  ) {}

  /** @param file another build of the program */
  static async open(file = program): Promise<Desk> {
    return new Desk(await mkdtemp(path.join(tmpdir(), 'salesq-test-')), file);
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  async write(name: string, content: string | Buffer, mode = 0o600): Promise<string> {
    await writeFile(this.path(name), content, { mode });
    return this.path(name);
  }

  /** Nothing of the tester's own environment reaches the program. */
  env(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      LANG: 'C.UTF-8',
      SALESQ_LEDGER: this.path('ledger.db'),
      ...extra,
    };
  }

  start(args: readonly string[], options: RunOptions = {}): ChildProcess {
    const child = spawn(process.execPath, [this.file, ...args], {
      cwd: this.folder,
      env: this.env(options.env),
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    return child;
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return finished(this.start(args, options));
  }

  /** Runs with `-o json` and parses the one document stdout must hold. */
  async json<T = Record<string, unknown>>(
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<Finished & { document: T }> {
    const result = await this.run([...args, '-o', 'json'], options);
    return { ...result, document: JSON.parse(result.stdout) as T };
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

export function finished(child: ChildProcess): Promise<Finished> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8');
      resolve({ code, signal, stdout: text(out), stderr: text(err) });
    });
  });
}
