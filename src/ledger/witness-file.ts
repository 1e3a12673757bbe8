import type { Clock } from '../core/clock.js';
import { systemCode } from '../core/errors.js';
import { FileError } from '../core/files.js';
import { besideOf, createPrivate, files, lookAt, putInPlace, removeFile } from '../files.js';

/** How long another process is waited for that writes the file, and when its lock counts as a dead one's; ms. */
const patienceMs = 2_000;
const deadMs = 10_000;
const lookMs = 20;

/** What cannot be mended by the program, in a sentence. Throws what is no error of the file or the system. */
export function problemOf(path: string, error: unknown): string {
  if (error instanceof FileError || error instanceof Unusable) return error.message;
  const system = systemCode(error);
  if (system === '') throw error;
  return `${path} cannot be written (${system}).`;
}

/** The file is not what this program wrote, or another process keeps it. */
export class Unusable extends Error {}

/** Lets one process at a time read and write the file. Throws Unusable where another one keeps it too long. */
export async function underLock<T>(path: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  const until = clock.monotonic() + patienceMs;
  while (!(await takeLock(lock))) {
    await removeDead(lock, clock.now());
    if (clock.monotonic() >= until) throw new Unusable(`${path} is kept by another process (${lock}).`);
    await clock.sleep(lookMs);
  }
  try {
    return await work();
  } finally {
    await removeFile(lock).catch(() => undefined);
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    await createPrivate(lock);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a lock that nobody touched for long. One that another process took meanwhile is put back. */
async function removeDead(lock: string, now: number): Promise<void> {
  const found = await lookAt(lock);
  if (!found || Math.abs(now - found.modifiedMs) < deadMs) return;
  const aside = besideOf(lock);
  await files.rename(lock, aside).catch(() => undefined);
  const taken = await lookAt(aside);
  if (taken && taken.identity !== found.identity) await putInPlace(aside, lock, false).catch(() => undefined);
  await removeFile(aside);
}
