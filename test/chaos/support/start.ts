import { spawn } from 'node:child_process';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** What it said so far. */
  said(): string;
}

/** Starts a command line and keeps what it says. A process that lives longer than a minute is ended: that is a failure too. */
export function start(
  command: string,
  args: readonly string[],
  place: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly input?: string },
  patienceMs = 60_000,
): Started {
  // A group of its own: a tracer that is ended must not leave what it traced behind.
  const child = spawn(command, args, { cwd: place.cwd, env: place.env, detached: true });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdin.on('error', () => undefined);
  child.stdin.end(place.input ?? '');
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
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
      resolve({ code, signal, stdout: text(out), stderr: text(err) });
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => void child.kill(signal),
    said: () => text(out),
  };
}
