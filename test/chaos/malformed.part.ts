import type { Found, Share } from './malformed/shard.js';
import { kinds, run as playShare } from './malformed/shard.js';
import type { PartReport, PartRequest } from './support/part.js';
import { dealt, inShards } from './support/shards.js';
import { catchKnown } from './malformed/known.js';

export const name = 'malformed';

const sizes = { reduced: 40, ci: 5_200, full: 20_000 } as const;
const realOnes = { reduced: 0, ci: 60, full: 300 } as const;

const idsFor = (count: number): string[] =>
  kinds.flatMap(([kind, , share]) =>
    Array.from({ length: Math.ceil((count * share) / 100) }, (_, at) => `${kind}:${at}`),
  );

/** Damaged files, maps, configurations, scripts and flags through `main`: nothing uncaught, nothing sent that is refused. */
export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  const ids = replay === null ? idsFor(budget.points ?? sizes[budget.scale]) : [replay];
  const wanted = replay === null ? realOnes[budget.scale] : 0;
  const every = Math.max(1, Math.floor(ids.length / Math.max(1, wanted)));
  const real = ids.filter((_id, at) => at % every === 0).slice(0, wanted);
  const apart = replay === null && budget.scale !== 'reduced';
  const found = apart
    ? await inShards<Omit<Share, 'log'>, Found>(
        new URL('malformed/shard.ts', import.meta.url),
        shares(seed, ids, real, budget.workers),
        log,
      )
    : [await playShare({ seed, ids, real, log })];
  const known = replay === null ? await catchKnown(seed) : { caught: 0, all: 0, missed: [] };
  const failures = [...found.flatMap((one) => one.failures), ...known.missed];
  const counts = (pattern: RegExp): number => failures.filter(({ what }) => pattern.test(what)).length;
  return {
    name,
    figures: {
      inputs: ids.length,
      'by the real program': real.length,
      uncaught: counts(/uncaught|exit 1$/),
      'undocumented exits': counts(/: exit /),
      'sends from refused files': found.reduce((sum, { sends }) => sum + sends, 0),
      exits: exitsOf(found),
      'wrong readers caught': `${known.caught} of ${known.all}`,
    },
    failures,
  };
}

const shares = (
  seed: number,
  ids: readonly string[],
  real: readonly string[],
  workers: number,
): Omit<Share, 'log'>[] =>
  dealt(ids, workers).map((hand, at) => ({ seed, ids: hand, real: dealt(real, workers)[at] ?? [] }));

/** `0×120 6×400`, by code. */
function exitsOf(found: readonly Found[]): string {
  const sums = new Map<string, number>();
  for (const { exits } of found)
    for (const [code, count] of Object.entries(exits)) sums.set(code, (sums.get(code) ?? 0) + count);
  return [...sums]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([code, count]) => `${code}×${count}`)
    .join(' ');
}
