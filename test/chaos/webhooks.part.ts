import { seeded } from '../../src/core/twin.js';
import type { PartFailure, PartReport, PartRequest } from './support/part.js';
import { receiving } from './webhooks/receiver.js';
import { type Outcome, storm } from './webhooks/storm.js';

export const name = 'webhooks';

const sizes = { reduced: 120, ci: 10_000, full: 100_000 } as const;

/** Receivers that are wrong on purpose, by file under test/, and their idea. */
export const wrongReceivers: readonly (readonly [file: string, idea: string])[] = [
  ['server/wrong/answers-first.mjs', 'a receiver may say 200 first and write soon after'],
  ['chaos/wrong/receives-by-lead.mjs', 'a lead that was delivered before is a duplicate'],
];

/** Deliveries to `listen` over parallel connections, the receiver killed with -9 and started anew: acked − stored = 0. */
export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  const deliveries = budget.points ?? sizes[budget.scale];
  const patience = Math.max(60, Math.round(deliveries / 25));
  const play = async (id: string, wrong: string | null, count: number): Promise<Outcome> => {
    const one = await receiving(wrong);
    try {
      return await storm(one, seeded('webhooks', seed, id), {
        deliveries: count,
        senders: 8,
        patience: Math.min(patience, count),
        log,
      });
    } finally {
      await one.desk.close();
    }
  };
  const outcome = await play('listen', null, deliveries);
  const failures: PartFailure[] = [...faultsOf(outcome)];
  let caught = 0;
  for (const [file, idea] of replay === null ? wrongReceivers : []) {
    if (faultsOf(await play(file, file, 120)).length > 0) caught += 1;
    else failures.push({ what: `the wrong receiver ${file} was not caught (${idea})`, replay: file });
  }
  return {
    name,
    figures: {
      acknowledged: outcome.acknowledged,
      'kill -9': outcome.kills,
      'acked − stored': outcome.lost.length,
      'stored twice': outcome.twice.length,
      'forged and believed': outcome.believed,
      'wrong receivers caught': `${caught} of ${wrongReceivers.length}`,
    },
    failures,
  };
}

function faultsOf({ lost, twice, believed }: Outcome): PartFailure[] {
  const some = (numbers: readonly number[]): string => numbers.slice(0, 5).join(', ');
  return [
    ...(lost.length > 0
      ? [`${lost.length} acknowledged deliveries are not in the ledger: ${some(lost)}`]
      : []),
    ...(twice.length > 0 ? [`${twice.length} deliveries are stored twice: ${some(twice)}`] : []),
    ...(believed > 0 ? [`${believed} forged deliveries were taken`] : []),
  ].map((what) => ({ what, replay: 'listen' }));
}
