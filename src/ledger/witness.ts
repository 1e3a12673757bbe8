import { dirname } from 'node:path';
import type { Clock } from '../core/clock.js';
import { systemCode } from '../core/errors.js';
import { FileError } from '../core/files.js';
import { isObject, parseJson, type Json, writeJson } from '../core/json.js';
import type { AccountRef } from '../core/ledger.js';
import { judgeProgress, withProgress, type Seen, type Testimony, type Witness } from '../core/witness.js';
import {
  besideOf,
  createPrivate,
  files,
  followLinks,
  lookAt,
  putInPlace,
  removeFile,
  removeLeftovers,
  tryBeside,
} from '../files.js';

const schema = 'salesq/witness@1';

/** How long another process is waited for that writes the file, and when its lock counts as a dead one's; ms. */
const patienceMs = 2_000;
const deadMs = 10_000;
const lookMs = 20;

/** The witness in a file of JSON, which may be shared with other machines. */
export function openWitness(path: string, machine: string, clock: Clock): Witness {
  const mine = (all: readonly Seen[]): readonly Seen[] => all.filter((entry) => entry.machine === machine);
  return {
    where: path,
    ask: async (of, progress) =>
      orProblem(path, async () => {
        const seen = mine(await readEntries(path));
        return judgeProgress(seen, of, await progress());
      }),
    note: async (of, progress) =>
      orProblem(path, async () => {
        const known = await readEntries(path);
        const now = await progress();
        const objection = judgeProgress(mine(known), of, now);
        if (objection || withProgress(known, machine, of, now) === null) return objection;
        await files.privateFolder(dirname(path));
        return underLock(path, clock, async () => {
          const all = await readEntries(path);
          const newest = await progress();
          const late = judgeProgress(mine(all), of, newest);
          const entries = late ? null : withProgress(all, machine, of, newest);
          if (entries) await writeEntries(path, entries, clock.now());
          return late;
        });
      }),
    entries: async () => {
      try {
        return { seen: mine(await readEntries(path)), problem: null };
      } catch (error) {
        return { seen: [], problem: problemOf(path, error) };
      }
    },
    obstacle: async () => {
      try {
        await readEntries(path);
        await files.privateFolder(dirname(path));
        await tryBeside(path);
        return null;
      } catch (error) {
        return problemOf(path, error);
      }
    },
  };
}

async function orProblem(path: string, work: () => Promise<Testimony['objection']>): Promise<Testimony> {
  try {
    return { objection: await work(), problem: null };
  } catch (error) {
    return { objection: null, problem: problemOf(path, error) };
  }
}

/** What cannot be mended by the program, in a sentence. Throws what is no error of the file or the system. */
function problemOf(path: string, error: unknown): string {
  if (error instanceof FileError || error instanceof Unusable) return error.message;
  const system = systemCode(error);
  if (system === '') throw error;
  return `${path} cannot be written (${system}).`;
}

/** The file is not what this program wrote, or another process keeps it. */
class Unusable extends Error {}

/** Entries of all machines; none where there is no file. Throws FileError, Unusable. */
async function readEntries(path: string): Promise<readonly Seen[]> {
  const text = await files.readText(path).catch((error: unknown) => {
    if (error instanceof FileError && error.why === 'missing') return null;
    throw error;
  });
  if (text === null) return [];
  const value = parseJson(text);
  if (!isObject(value) || value['schema'] !== schema || !Array.isArray(value['entries']))
    throw new Unusable(`${path} is damaged, or of another salesq.`);
  const entries: readonly Json[] = value['entries'];
  if (!entries.every(isSeen)) throw new Unusable(`${path} is damaged: an entry cannot be read.`);
  return entries as unknown as readonly Seen[];
}

function isSeen(value: Json): boolean {
  if (!isObject(value)) return false;
  const { machine, account, where, ledger, contacts, optOuts, at } = value;
  return (
    [machine, where, ledger].every((text) => typeof text === 'string') &&
    [contacts, optOuts, at].every((number) => Number.isSafeInteger(number)) &&
    (account === null || isAccount(account))
  );
}

function isAccount(value: Json | undefined): boolean {
  if (!isObject(value)) return false;
  const { vendor, name, aliases } = value as Readonly<Record<keyof AccountRef, Json | undefined>>;
  return (
    typeof vendor === 'string' &&
    (name === null || typeof name === 'string') &&
    Array.isArray(aliases) &&
    aliases.every((alias: Json) => typeof alias === 'string')
  );
}

async function writeEntries(path: string, entries: readonly Seen[], now: number): Promise<void> {
  const target = await followLinks(path);
  const lines = entries.map((entry) => `  ${writeJson(entry)}`).join(',\n');
  const text = `{ "schema": "${schema}", "entries": [\n${lines}\n] }\n`;
  await files.writeWhole(target, text, { mode: 'private', replace: true });
  await removeLeftovers(target, now);
}

/** Lets one process at a time read and write the file. Throws Unusable where another one keeps it too long. */
async function underLock<T>(path: string, clock: Clock, work: () => Promise<T>): Promise<T> {
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
