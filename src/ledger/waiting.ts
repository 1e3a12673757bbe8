import { dirname, join } from 'node:path';
import type { Clock } from '../core/clock.js';
import { FileError } from '../core/files.js';
import { isObject, parseJson, writeJson, type Json } from '../core/json.js';
import type { WaitingList, WaitingOptOut } from '../core/witness.js';
import { files, followLinks, removeLeftovers } from '../files.js';
import { problemOf, underLock, Unusable } from './witness-file.js';

const schema = 'salesq/waiting-opt-outs@1';

/** An entry of the file, which may be shared with other machines. */
interface Line extends WaitingOptOut {
  readonly machine: string;
}

/** Opt-outs that wait for a ledger, in a private file of JSON beside the witness. */
export function openWaitingList(witness: string, machine: string, clock: Clock): WaitingList {
  const path = join(dirname(witness), 'opt-outs.json');
  const change = async (make: (lines: readonly Line[]) => readonly Line[]): Promise<string | null> => {
    try {
      await files.privateFolder(dirname(path));
      await underLock(path, clock, async () => writeLines(path, make(await readLines(path)), clock.now()));
      return null;
    } catch (error) {
      return problemOf(path, error);
    }
  };
  // An id is of one ledger on whichever machine; a place is of this machine alone.
  const concerns = (line: Line): boolean => line.ledger !== null || line.machine === machine;
  return {
    where: path,
    read: async () => {
      try {
        return { optOuts: (await readLines(path)).filter(concerns), problem: null };
      } catch (error) {
        return { optOuts: [], problem: problemOf(path, error) };
      }
    },
    add: (optOuts) =>
      change((lines) => {
        const known = new Set(lines.map(nameOf));
        const fresh = optOuts.map((one) => ({ machine, ...one })).filter((line) => !known.has(nameOf(line)));
        return [...lines, ...fresh];
      }),
    drop: (optOuts) => {
      const gone = new Set(optOuts.map((one) => nameOf({ machine, ...one })));
      return change((lines) => lines.filter((line) => !gone.has(nameOf(line))));
    },
  };
}

const nameOf = ({ machine, ledger, where, phone }: Line): string =>
  writeJson(ledger === null ? [machine, where, phone] : [ledger, phone]);

async function readLines(path: string): Promise<readonly Line[]> {
  const text = await files.readText(path).catch((error: unknown) => {
    if (error instanceof FileError && error.why === 'missing') return null;
    throw error;
  });
  if (text === null) return [];
  const value = parseJson(text);
  if (!isObject(value) || value['schema'] !== schema || !Array.isArray(value['optOuts']))
    throw new Unusable(`${path} is damaged, or of another salesq.`);
  const lines: readonly Json[] = value['optOuts'];
  if (!lines.every(isLine)) throw new Unusable(`${path} is damaged: an entry cannot be read.`);
  return lines as unknown as readonly Line[];
}

function isLine(value: Json): boolean {
  if (!isObject(value)) return false;
  const { machine, ledger, where, phone, reason, at } = value;
  return (
    [machine, where, phone, reason].every((text) => typeof text === 'string') &&
    (ledger === null || typeof ledger === 'string') &&
    Number.isSafeInteger(at)
  );
}

async function writeLines(path: string, lines: readonly Line[], now: number): Promise<void> {
  const target = await followLinks(path);
  const texts = lines.map((line) => `  ${writeJson(line)}`).join(',\n');
  const text = `{ "schema": "${schema}", "optOuts": [\n${texts}\n] }\n`;
  await files.writeWhole(target, text, { mode: 'private', replace: true });
  await removeLeftovers(target, now);
}
