import { seeded } from '../../src/core/seeded.js';
import type { Case, MakeCase } from './malformed/case.js';
import { configCase, flagCase, mapCase, scriptCase } from './malformed/documents.js';
import { faultsOf } from './malformed/judge.js';
import { jsonCase } from './malformed/json.js';
import { tableCase } from './malformed/tables.js';
import { spawned, Stage } from './malformed/world.js';
import type { PartFailure, PartReport, PartRequest } from './support/part.js';
import { inParallel, watchForUncaught } from './support/watch.js';

export const name = 'malformed';

/** Kinds of damage and their share of a hundred cases. */
const kinds: readonly (readonly [string, MakeCase, number])[] = [
  ['table', tableCase, 50],
  ['json', jsonCase, 22],
  ['map', mapCase, 8],
  ['config', configCase, 8],
  ['script', scriptCase, 4],
  ['flags', flagCase, 8],
];
const sizes = { reduced: 150, ci: 5_200, full: 20_000 } as const;
const spawnedCases = { reduced: 0, ci: 60, full: 300 } as const;

const caseOf = (seed: number, id: string): Case => {
  const [kind = ''] = id.split(':');
  const make = kinds.find(([name_]) => name_ === kind)?.[1];
  if (!make) throw new Error(`no such kind of case: ${id}`);
  return make(seeded('malformed', seed, id), id);
};

const idsFor = (count: number): string[] =>
  kinds.flatMap(([kind, , share]) =>
    Array.from({ length: Math.round((count * share) / 100) }, (_, at) => `${kind}:${at}`),
  );

/** Damaged files, maps, configurations, scripts and flags through `main`: nothing uncaught, nothing sent that is refused. */
export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  const ids = replay === null ? idsFor(budget.points ?? sizes[budget.scale]) : [replay];
  const watch = watchForUncaught();
  const stage = await Stage.open();
  const failures: PartFailure[] = [];
  const exits = new Map<number | null, number>();
  let sends = 0;
  const play = async (id: string, how?: typeof spawned): Promise<void> => {
    const one = caseOf(seed, id);
    try {
      const played = await stage.play(one, how);
      exits.set(played.code, (exits.get(played.code) ?? 0) + 1);
      if (played.code === 2 || played.code === 6) sends += played.sent.length;
      for (const fault of faultsOf(one, played))
        failures.push({ what: `${id} (${one.what}): ${fault}`, replay: id });
    } catch (error) {
      failures.push({
        what: `${id} (${one.what}): uncaught ${error instanceof Error ? error.name : 'value'}`,
        replay: id,
      });
    }
    for (const uncaught of watch.take())
      failures.push({ what: `${id} (${one.what}): uncaught ${uncaught}`, replay: id });
  };
  try {
    let done = 0;
    await inParallel(ids, 4, async (id) => {
      await play(id);
      done += 1;
      if (done % 1_000 === 0) log(`${done} of ${ids.length} inputs`);
    });
    const every = Math.max(1, Math.floor(ids.length / Math.max(1, spawnedCases[budget.scale])));
    const real =
      replay === null ? ids.filter((_, at) => at % every === 0).slice(0, spawnedCases[budget.scale]) : [];
    await inParallel(real, budget.workers, (id) => play(id, spawned));
    return {
      name,
      figures: {
        inputs: ids.length,
        'by the real program': real.length,
        uncaught: failures.filter(({ what }) => /uncaught|exit 1$/.test(what)).length,
        'undocumented exits': failures.filter(({ what }) => / exit /.test(what)).length,
        'sends from refused files': sends,
        exits: [...exits]
          .sort(([a], [b]) => (a ?? -1) - (b ?? -1))
          .map(([code, count]) => `${code}×${count}`)
          .join(' '),
      },
      failures,
    };
  } finally {
    await stage.close();
    watch.stop();
  }
}
