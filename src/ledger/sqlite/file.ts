import { constants, statSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { replaced } from '../errors.js';

/**
 * Makes the file if it is not there: readable by its owner only (SQLite gives its side files the same mode), in a
 * folder only the owner may enter, both known to the disk before the first row is.
 */
export async function makeFile(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const { size } = await handle.stat();
  await handle.close();
  if (size > 0) return;
  for (let at = folder; ; at = dirname(at)) {
    await syncFolder(at);
    if (made === undefined || at === dirname(made) || at === dirname(at)) break;
  }
}

/** Makes a file that was not there; a file that is there may be a ledger, and is not touched. */
export async function makeScratch(path: string): Promise<void> {
  await mkdir(dirname(resolve(path)), { recursive: true, mode: 0o700 });
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
