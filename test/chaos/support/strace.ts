import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Calls that change something outside the process. */
export const mutating = [
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'sendto',
  'sendmsg',
  'sendmmsg',
  'fsync',
  'fdatasync',
  'ftruncate',
  'fallocate',
  'unlink',
  'unlinkat',
  'rename',
  'renameat2',
  'link',
  'mkdir',
  'openat',
  'connect',
  'chmod',
  'fchmod',
] as const;

let found: boolean | null = null;

/** Whether strace is here and may trace. */
export async function haveStrace(): Promise<boolean> {
  found ??= await new Promise<boolean>((resolve) => {
    const child = spawn('strace', ['-o', '/dev/null', '-e', 'trace=none', 'true'], { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  return found;
}

/** One call in a trace. */
export interface Call {
  readonly thread: string;
  readonly name: string;
  /** How many calls of this name the thread had made by then, this one included: what `when=` counts. */
  readonly count: number;
  readonly text: string;
}

/** Writes to stdout are counted among themselves: where it is a file they can be told from all other writes. */
export const toStdout = 'write@stdout';

/** A place to strike: the `count`-th call of that name on a thread. */
export interface Point {
  readonly name: string;
  readonly count: number;
  readonly text: string;
}

/** The calls of a trace written with `strace -f -o`, in the order they began. */
export async function readTrace(file: string): Promise<Call[]> {
  const counts = new Map<string, number>();
  const calls: Call[] = [];
  for (const line of (await readFile(file, 'latin1')).split('\n')) {
    const match = /^(\d+)\s+([a-z_0-9]+)\((.*)$/.exec(line);
    if (!match) continue;
    const [, thread = '', name = '', text = ''] = match;
    const key = `${thread} ${name}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    calls.push({ thread, name, count, text: `${name}(${text}` });
  }
  return calls;
}

/** Whether a call leaves a trace in a file, on a socket or in a folder: wakers between threads and reads do not. */
function changes({ name, text }: Call): boolean {
  if (name === 'openat') return text.includes('O_CREAT');
  if (name === 'connect') return !text.includes('AF_UNIX');
  if (name === 'write') return !/^write\(\d+, "(\*|\\1\\0\\0\\0\\0\\0\\0\\0)"/.test(text);
  return true;
}

/**
 * The places of a traced run where strace can strike from `from` on. `when=k` strikes at the first thread that comes to
 * its k-th call, so a call whose number another thread reached before cannot be hit, and is left out; lines on stdout can.
 */
export function pointsOf(calls: readonly Call[], from: (call: Call) => boolean): Point[] {
  const reached = new Set<string>();
  const points: Point[] = [];
  let begun = false;
  let lines = 0;
  for (const call of calls) {
    const key = `${call.name} ${call.count}`;
    begun ||= from(call);
    const first = !reached.has(key);
    reached.add(key);
    if (call.text.startsWith('write(1, ')) {
      lines += 1;
      points.push({ name: toStdout, count: lines, text: call.text });
      continue;
    }
    if (first && begun && changes(call)) points.push({ name: call.name, count: call.count, text: call.text });
  }
  return points;
}

/** Arguments of strace, the program's own follow. `blow` is what happens at the point: `signal=KILL`, `error=EIO`. */
export function straceArgs(options: {
  readonly log: string;
  readonly calls: readonly string[];
  readonly blow?: { readonly what: string; readonly name: string; readonly when: string };
  readonly paths?: readonly string[];
  /** Bytes of each string to show. */
  readonly bytes?: number;
  readonly hex?: boolean;
}): string[] {
  const { log, calls, blow, paths = [], bytes = 48 } = options;
  return [
    '-f',
    '-qq',
    ...(options.hex ? ['-xx'] : []),
    ...['-s', String(bytes), '-o', log],
    ...paths.flatMap((path) => ['-P', path]),
    ...['-e', `trace=${calls.join(',')}`],
    ...(blow ? ['-e', `inject=${blow.name}:${blow.what}:when=${blow.when}`] : []),
  ];
}
