import { seeded } from '../../../src/core/twin.js';
import type { PartFailure } from '../support/part.js';
import { inParallel, watchForUncaught } from '../support/watch.js';
import type { Case, MakeCase } from './case.js';
import { configCase, flagCase, mapCase, scriptCase } from './documents.js';
import { faultsOf } from './judge.js';
import { jsonCase } from './json.js';
import { tableCase } from './tables.js';
import { spawned, Stage } from './world.js';

/** Kinds of damage and their share of a hundred cases. */
export const kinds: readonly (readonly [name: string, make: MakeCase, share: number])[] = [
  ['table', tableCase, 50],
  ['json', jsonCase, 22],
  ['map', mapCase, 8],
  ['config', configCase, 8],
  ['script', scriptCase, 4],
  ['flags', flagCase, 8],
];

/** The case of an id; the same seed makes the same bytes. */
export function caseOf(seed: number, id: string): Case {
  const [kind = ''] = id.split(':');
  const make = kinds.find(([name]) => name === kind)?.[1];
  if (!make) throw new Error(`no such kind of case: ${id}`);
  return make(seeded('malformed', seed, id), id);
}

/** Cases for one process. */
export interface Share {
  readonly seed: number;
  readonly ids: readonly string[];
  /** Those of them to be played through the real program too. */
  readonly real: readonly string[];
  readonly log: (line: string) => void;
}

export interface Found {
  readonly failures: readonly PartFailure[];
  /** How many ended with each exit code. */
  readonly exits: Readonly<Record<string, number>>;
  /** People a refused file reached. */
  readonly sends: number;
}

export async function run({ seed, ids, real, log }: Share): Promise<Found> {
  const watch = watchForUncaught();
  const stage = await Stage.open();
  const failures: PartFailure[] = [];
  const exits: Record<string, number> = {};
  let sends = 0;
  const play = async (id: string, how?: typeof spawned): Promise<void> => {
    const one = caseOf(seed, id);
    const fail = (fault: string): void =>
      void failures.push({ what: `${id} (${one.what}): ${fault}`, replay: id });
    try {
      const played = await stage.play(one, how);
      exits[String(played.code)] = (exits[String(played.code)] ?? 0) + 1;
      if (played.code === 2 || played.code === 6) sends += played.received.length;
      faultsOf(one, played).forEach(fail);
    } catch (error) {
      fail(`uncaught ${error instanceof Error ? error.name : 'value'}`);
    }
    for (const uncaught of watch.take()) fail(`uncaught ${uncaught}`);
  };
  try {
    let done = 0;
    await inParallel(ids, 4, async (id) => {
      await play(id);
      done += 1;
      if (done % 1_000 === 0) log(`${done} of ${ids.length} inputs`);
    });
    await inParallel(real, 1, (id) => play(id, spawned));
    return { failures, exits, sends };
  } finally {
    await stage.close();
    watch.stop();
  }
}
