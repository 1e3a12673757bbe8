import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Random } from '../../../src/core/twin.js';

/** What a disk writes at once: a power cut leaves such a piece old or new, never half. */
const sector = 512;

/** Something that happened to the files of one folder, in the order the system was told. */
export type DiskEvent =
  | { readonly kind: 'create' | 'unlink'; readonly file: string }
  | { readonly kind: 'rename' | 'link'; readonly file: string; readonly to: string }
  | { readonly kind: 'write'; readonly file: string; readonly at: number; readonly data: Buffer }
  | { readonly kind: 'truncate'; readonly file: string; readonly size: number }
  | { readonly kind: 'sync'; readonly file: string }
  | { readonly kind: 'sync-folder' };

/**
 * What is left of what was not synced: nothing, all of it, sectors at random, all but the last write (which is torn),
 * or the latest writes without the ones before.
 */
export const cuts = ['none', 'all', 'random', 'torn', 'reversed'] as const;
export type Cut = (typeof cuts)[number];

type Change = Extract<DiskEvent, { kind: 'write' | 'truncate' }>;

interface Inode {
  /** What the disk is sure to have. */
  durable: Buffer;
  pending: Change[];
}

/** The files of one folder on a disk that forgets what it was not told to keep. */
export class Disk {
  readonly #durable = new Map<string, Inode>();
  readonly #now = new Map<string, Inode>();
  /** Names changed since the folder was last synced. */
  readonly #names: { readonly name: string; readonly inode: Inode | null }[] = [];

  apply(event: DiskEvent): void {
    switch (event.kind) {
      case 'create':
        return this.#name(event.file, { durable: Buffer.alloc(0), pending: [] });
      case 'unlink':
        return this.#name(event.file, null);
      case 'rename':
      case 'link': {
        const inode = this.#now.get(event.file) ?? null;
        if (event.kind === 'rename') this.#name(event.file, null);
        return this.#name(event.to, inode);
      }
      case 'write':
      case 'truncate':
        return void this.#now.get(event.file)?.pending.push(event);
      case 'sync': {
        const inode = this.#now.get(event.file);
        if (!inode) return;
        inode.durable = inode.pending.reduce(changed, inode.durable);
        inode.pending = [];
        return;
      }
      case 'sync-folder':
        for (const { name, inode } of this.#names) keep(this.#durable, name, inode);
        this.#names.length = 0;
    }
  }

  #name(name: string, inode: Inode | null): void {
    keep(this.#now, name, inode);
    this.#names.push({ name, inode });
  }

  /** The files as they may be found when the power is back. */
  after(cut: Cut, random: Random): Map<string, Buffer> {
    const names = new Map(this.#durable);
    // Names become durable in the order they were given: a journal of the file system keeps that much.
    const named =
      cut === 'none' ? 0 : cut === 'all' ? this.#names.length : random.between(0, this.#names.length);
    for (const { name, inode } of this.#names.slice(0, named)) keep(names, name, inode);
    return new Map([...names].map(([name, inode]) => [name, contentAfter(inode, cut, random)]));
  }
}

const keep = (names: Map<string, Inode>, name: string, inode: Inode | null): void => {
  if (inode === null) names.delete(name);
  else names.set(name, inode);
};

function changed(content: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate') return resized(content, change.size);
  const { at, data } = change;
  const grown =
    content.length >= at + data.length ? Buffer.from(content) : resized(content, at + data.length);
  data.copy(grown, at);
  return grown;
}

function resized(content: Buffer, size: number): Buffer {
  const next = Buffer.alloc(size);
  content.copy(next, 0, 0, Math.min(size, content.length));
  return next;
}

function contentAfter({ durable, pending }: Inode, cut: Cut, random: Random): Buffer {
  switch (cut) {
    case 'none':
      return durable;
    case 'all':
      return pending.reduce(changed, durable);
    case 'random':
      return pieces(pending, () => random.next() < 0.5).reduce(changed, durable);
    case 'torn': {
      const upTo = random.between(0, pending.length);
      const last = pieces(pending.slice(Math.max(0, upTo - 1), upTo), () => random.next() < 0.5);
      return [...pending.slice(0, Math.max(0, upTo - 1)), ...last].reduce(changed, durable);
    }
    case 'reversed': {
      const from = random.between(0, pending.length);
      return pending.slice(from).reduce(changed, durable);
    }
  }
}

/** The changes sector by sector, those kept that `stays` says. */
function pieces(pending: readonly Change[], stays: () => boolean): Change[] {
  return pending.flatMap((change): Change[] => {
    if (change.kind === 'truncate') return stays() ? [change] : [];
    const { file, at, data } = change;
    const parts: Change[] = [];
    for (let begin = at; begin < at + data.length;) {
      const end = Math.min(at + data.length, (Math.floor(begin / sector) + 1) * sector);
      if (stays()) parts.push({ kind: 'write', file, at: begin, data: data.subarray(begin - at, end - at) });
      begin = end;
    }
    return parts;
  });
}

/** Lays files down in a new folder. */
export async function layDown(folder: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of files) await writeFile(path.join(folder, name), content, { mode: 0o600 });
}
