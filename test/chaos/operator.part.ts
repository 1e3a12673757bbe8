import { runSeeds, type Hand, type Sum } from './operator/many.js';
import type { PartReport, PartRequest } from './support/part.js';
import { inShards } from './support/shards.js';

/**
 * A careless operator at the command line: sessions of 5 to 30 commands, with the mistakes of ordinary days, through the
 * program's own entry against the vendors' twins. The twins say who was contacted.
 */
export const name = 'operator';

const sessions = { reduced: 60, ci: 1_000, full: 10_000 } as const;

export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  const count = budget.points ?? sessions[budget.scale];
  if (replay !== null)
    return reportOf(await runSeeds({ from: Number(replay), every: 1, count: 1, log, tell: true }));
  // Within `npm test` one fault is enough.
  const apart = budget.scale !== 'reduced';
  const workers = apart ? budget.workers : 1;
  const hands = Array.from({ length: workers }, (_, at) => ({
    from: seed + at,
    every: workers,
    count: Math.ceil((count - at) / workers),
    tell: false,
    untilFault: !apart,
  }));
  const sums = apart
    ? await inShards<Omit<Hand, 'log'>, Sum>(new URL('operator/many.ts', import.meta.url), hands, log)
    : await Promise.all(hands.map((hand) => runSeeds({ ...hand, log })));
  return reportOf(sums.reduce(added));
}

const added = (one: Sum, other: Sum): Sum => ({
  sessions: one.sessions + other.sessions,
  commands: one.commands + other.commands,
  contacts: one.contacts + other.contacts,
  faults: [...one.faults, ...other.faults],
});

function reportOf({ sessions: told, commands, contacts, faults }: Sum): PartReport {
  const counts = (kind: string): number => faults.filter((fault) => fault.kind === kind).length;
  return {
    name,
    figures: {
      sessions: told,
      commands,
      contacts,
      'contacted twice': counts('twice'),
      'after their opt-out': counts('opted out') + counts('opt-out lost') + counts('refused'),
      strangers: counts('stranger'),
      'refusals without a way out': counts('no way out'),
    },
    failures: faults.map(({ kind, what, seed }) => ({ what: `${kind}: ${what}`, replay: String(seed) })),
  };
}
