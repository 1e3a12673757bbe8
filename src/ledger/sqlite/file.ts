import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  createPrivate,
  makePrivateFolder,
  openOrCreatePrivate,
  removeFile,
  sizeOf,
  syncFolder,
} from '../../files.js';
import { emptied, replaced } from '../errors.js';

/** Stands beside a file that is being made: without it, an empty file is one that lost its content. */
const makingMark = (path: string): string => `${path}-new`;

/** What SQLite lays beside a file, and the file itself. */
const ends = ['', '-journal', '-wal', '-shm'] as const;

/**
 * Makes the file if it is not there: readable by its owner only (SQLite gives its side files the same mode), in a
 * folder only the owner may enter, both known to the disk before the first row is. Throws `ledger.corrupt` for a file
 * that is there and empty.
 * @returns whether the ledger is new
 */
export async function makeFile(path: string): Promise<boolean> {
  const folder = dirname(resolve(path));
  await makePrivateFolder(folder);
  if ((await sizeOf(path)) === null) {
    await openOrCreatePrivate(makingMark(path));
    await syncFolder(folder);
  }
  if ((await openOrCreatePrivate(path)) > 0) return false;
  // Looked at in this order: whoever makes the file takes the mark away after its first commit.
  if ((await sizeOf(makingMark(path))) === null && (await sizeOf(path)) === 0) throw emptied(path);
  await syncFolder(folder);
  return true;
}

/** The file holds its first commit: from now on it is never empty again. */
export const endMaking = (path: string): Promise<void> => removeFile(makingMark(path));

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
