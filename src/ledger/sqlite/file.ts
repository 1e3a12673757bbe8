import { constants, statSync } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { emptied, replaced } from '../errors.js';

/** Stands beside a file that is being made: without it, an empty file is one that lost its content. */
const makingMark = (path: string): string => `${path}-new`;

/**
 * Makes the file if it is not there: readable by its owner only (SQLite gives its side files the same mode), in a
 * folder only the owner may enter, both known to the disk before the first row is. Throws `ledger.corrupt` for a file
 * that is there and empty.
 * @returns whether the ledger is new
 */
export async function makeFile(path: string): Promise<boolean> {
  const folder = dirname(resolve(path));
  const made = await makeFolder(folder);
  if ((await sizeOf(path)) === null) {
    await (await open(makingMark(path), 'a', 0o600)).close();
    await syncFolder(folder);
  }
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const { size } = await handle.stat();
  await handle.close();
  if (size > 0) return false;
  // Looked at in this order: whoever makes the file takes the mark away after its first commit.
  if ((await sizeOf(makingMark(path))) === null && (await sizeOf(path)) === 0) throw emptied(path);
  for (let at = folder; ; at = dirname(at)) {
    await syncFolder(at);
    if (made === null || at === dirname(made) || at === dirname(at)) break;
  }
  return true;
}

/** The file holds its first commit: from now on it is never empty again. */
export const endMaking = (path: string): Promise<void> => rm(makingMark(path), { force: true });

/** Size of a file in bytes; null where there is none. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Makes a folder and those above it, each for its owner only. One at a time: `mkdir` with `recursive` never returns on
 * a file system that refuses new folders as if their parent were missing.
 * @returns the topmost folder that was made; null where none was
 */
async function makeFolder(folder: string): Promise<string | null> {
  const missing: string[] = [];
  for (let at = folder; (await sizeOf(at)) === null; at = dirname(at)) missing.push(at);
  for (const at of [...missing].reverse()) {
    await mkdir(at, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  return missing.at(-1) ?? null;
}

/** Makes a file that was not there; a file that is there may be a ledger, and is not touched. */
export async function makeScratch(path: string): Promise<void> {
  await makeFolder(dirname(resolve(path)));
  await (await open(path, 'wx', 0o600)).close();
}

/** Deletes a scratch file and what SQLite laid beside it. */
export async function removeScratch(path: string): Promise<void> {
  for (const end of ['', '-journal', '-wal', '-shm']) await rm(path + end, { force: true });
}

/** Writes a folder's entries to disk, where the system lets a folder be opened. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) return;
  try {
    await handle.sync();
  } catch {
    // Some file systems cannot sync a folder; they keep its entries without being asked.
  } finally {
    await handle.close();
  }
}

/** Tells, from now on, whether the path still names the file that is there now. */
export function watchPlace(path: string): () => void {
  const place = resolve(path);
  const identity = (): string | null => {
    const found = statSync(place, { throwIfNoEntry: false, bigint: true });
    return found ? `${found.dev} ${found.ino}` : null;
  };
  const opened = identity();
  return () => {
    if (identity() !== opened) throw replaced(path);
  };
}
