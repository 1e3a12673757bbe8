import { dirname, isAbsolute } from 'node:path';
import type { Clock } from '../core/clock.js';
import { FileError } from '../core/files.js';
import { isObject, parseJson, type Json, writeJson } from '../core/json.js';
import type { AccountRef } from '../core/ledger.js';
import { judgeProgress, withProgress, type Seen, type Testimony, type Witness } from '../core/witness.js';
import { files, followLinks, lookAt, removeLeftovers, tryBeside } from '../files.js';
import { openWaitingList } from './waiting.js';
import { problemOf, underLock, Unusable } from './witness-file.js';

const schema = 'salesq/witness@1';

/** The witness in a file of JSON, which may be shared with other machines. */
export function openWitness(path: string, machine: string, clock: Clock): Witness {
  const mine = (all: readonly Seen[]): readonly Seen[] => all.filter((entry) => entry.machine === machine);
  return {
    where: path,
    waiting: openWaitingList(path, machine, clock),
    isAway: async (where) => isAbsolute(where) && (await lookAt(where)) === null,
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
