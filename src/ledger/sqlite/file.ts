import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  createPrivate,
  makePrivateFolder,
  openOrCreatePrivate,
  removeFile,
  syncFolder,
} from '../../files.js';
import { replaced } from '../errors.js';

/** What SQLite lays beside a file, and the file itself. */
const ends = ['', '-journal', '-wal', '-shm'] as const;

/**
 * Makes the file if it is not there: readable by its owner only (SQLite gives its side files the same mode), in a
 * folder only the owner may enter, both known to the disk before the first row is.
 */
export async function makeFile(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  await makePrivateFolder(folder);
  const size = await openOrCreatePrivate(path);
  if (size === 0) await syncFolder(folder);
}

/** Makes a file that was not there; a file that is there may be a ledger, and is not touched. */
export async function makeScratch(path: string): Promise<void> {
  await makePrivateFolder(dirname(resolve(path)));
  await createPrivate(path);
}

/** Deletes a file and what SQLite laid beside it. */
export async function removeScratch(path: string): Promise<void> {
  for (const end of ends) await removeFile(path + end);
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
