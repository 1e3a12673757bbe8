import { spawn, type StdioOptions } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  /** A file stdout goes to instead of a pipe: then a tracer can tell its writes from all others. */
  readonly stdout?: string;
}

export interface Started {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** What it said so far. */
  said(): string;
}

/** Starts a command line and keeps what it says. A process that lives longer than a minute is ended: that is a failure too. */
export function start(command: string, args: readonly string[], place: Place, patienceMs = 60_000): Started {
  // A group of its own: a tracer that is ended must not leave what it traced behind.
  const file = place.stdout === undefined ? null : openSync(place.stdout, 'w');
  const stdio: StdioOptions = ['pipe', file ?? 'pipe', 'pipe'];
  const child = spawn(command, args, { cwd: place.cwd, env: place.env, detached: true, stdio });
  if (file !== null) closeSync(file);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(place.input ?? '');
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8');
  const end = (): void => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  const timer = setTimeout(end, patienceMs);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const stdout = place.stdout === undefined ? text(out) : readFileSync(place.stdout, 'utf8');
      resolve({ code, signal, stdout, stderr: text(err) });
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => void child.kill(signal),
    said: () => text(out),
  };
}
