import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DiskEvent } from './disk.js';

/** What a traced program did, as far as a power cut is concerned. */
export type Happening =
  | { readonly kind: 'disk'; readonly event: DiskEvent }
  /** Bytes handed to a socket. */
  | { readonly kind: 'sent'; readonly text: string }
  /** Bytes handed to stdout. */
  | { readonly kind: 'said'; readonly text: string };

/** Calls to trace for it. */
export const recorded = [
  'openat',
  'close',
  'dup',
  'socket',
  'pwrite64',
  'write',
  'writev',
  'sendto',
  'sendmsg',
  'fsync',
  'fdatasync',
  'ftruncate',
  'unlink',
  'rename',
  'link',
] as const;

/** One call, whole: where the trace has it in two lines it stands where it ended. */
interface Call {
  readonly name: string;
  readonly args: string;
  readonly result: number;
}

function* callsOf(text: string): Iterable<Call> {
  const begun = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(thread, rest.slice(0, -'<unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const whole = resumed ? `${begun.get(thread) ?? ''}${resumed[1] ?? ''}` : rest;
    const call = /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(whole);
    if (call) yield { name: call[1] ?? '', args: call[2] ?? '', result: Number(call[3]) };
  }
}

const bytesOf = (args: string): Buffer => {
  const hex = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g)];
  if (hex.some(([, , cut]) => cut)) throw new Error('the trace does not show whole strings');
  return Buffer.concat(hex.map(([, text = '']) => Buffer.from(text.replaceAll('\\x', ''), 'hex')));
};

/** The texts among the arguments of a call, one by one. */
const namesIn = (args: string): string[] =>
  [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text = '']) =>
    Buffer.from(text.replaceAll('\\x', ''), 'hex').toString(),
  );

/** The folder of the first ledger that is opened. */
function folderIn(text: string): string {
  for (const [, hex = ''] of text.matchAll(/openat\([^"]*"((?:\\x[0-9a-f]{2})*)"/g)) {
    const name = Buffer.from(hex.replaceAll('\\x', ''), 'hex').toString();
    if (path.basename(name) === 'sandbox.db') return path.dirname(name);
  }
  throw new Error('no ledger is opened in the trace');
}

const numbersAfter = (args: string): number[] =>
  args
    .replace(/"[^"]*"/g, '')
    .split(',')
    .map((part) => Number(part.trim()));

/**
 * Reads a trace of `recorded` calls made with `strace -f -xx -s <large>`: what happened in a folder (the ledger's, unless
 * another is named with the files it has), on sockets and on stdout.
 */
export async function readRecording(
  file: string,
  named?: { readonly folder: string; readonly files: readonly string[] },
): Promise<Happening[]> {
  const text = await readFile(file, 'latin1');
  const folder = named?.folder ?? folderIn(text);
  const happened: Happening[] = [];
  const open = new Map<
    number,
    { kind: 'file'; name: string; at: number } | { kind: 'folder' } | { kind: 'socket' }
  >();
  const known = new Set<string>(named?.files);
  const inside = (name: string): string | null =>
    path.dirname(name) === folder ? path.basename(name) : null;
  const disk = (event: DiskEvent): void => void happened.push({ kind: 'disk', event });
  for (const { name, args, result } of callsOf(text)) {
    if (result < 0) continue;
    const [fd = -1] = numbersAfter(args);
    const at = open.get(fd);
    switch (name) {
      case 'openat': {
        const target = bytesOf(args).toString();
        const own = inside(target);
        open.delete(result);
        if (target === folder) open.set(result, { kind: 'folder' });
        if (own === null || own.endsWith('-shm')) break;
        open.set(result, { kind: 'file', name: own, at: 0 });
        if (args.includes('O_TRUNC') && known.has(own)) disk({ kind: 'truncate', file: own, size: 0 });
        if (args.includes('O_CREAT') && !known.has(own)) {
          known.add(own);
          disk({ kind: 'create', file: own });
        }
        break;
      }
      case 'socket':
        open.set(result, { kind: 'socket' });
        break;
      case 'close':
        open.delete(fd);
        break;
      case 'unlink': {
        const own = inside(bytesOf(args).toString());
        if (own !== null && known.delete(own)) disk({ kind: 'unlink', file: own });
        break;
      }
      case 'rename':
      case 'link': {
        const [from = '', to = ''] = namesIn(args).map(inside);
        if (from === null || to === null) break;
        known.add(to);
        if (name === 'rename') known.delete(from);
        disk({ kind: name, file: from, to });
        break;
      }
      case 'pwrite64':
        if (at?.kind === 'file') {
          const [, , , offset = 0] = numbersAfter(args);
          disk({ kind: 'write', file: at.name, at: offset, data: bytesOf(args).subarray(0, result) });
        }
        break;
      case 'ftruncate':
        if (at?.kind === 'file') disk({ kind: 'truncate', file: at.name, size: numbersAfter(args)[1] ?? 0 });
        break;
      case 'fsync':
      case 'fdatasync':
        if (at?.kind === 'file') disk({ kind: 'sync', file: at.name });
        if (at?.kind === 'folder') disk({ kind: 'sync-folder' });
        break;
      case 'write':
      case 'writev':
      case 'sendto':
      case 'sendmsg':
        if (at?.kind === 'file') {
          const data = bytesOf(args).subarray(0, result);
          disk({ kind: 'write', file: at.name, at: at.at, data });
          at.at += result;
        }
        if (at?.kind === 'socket') happened.push({ kind: 'sent', text: bytesOf(args).toString() });
        if (fd === 1) happened.push({ kind: 'said', text: bytesOf(args).toString() });
        break;
    }
  }
  return happened;
}
