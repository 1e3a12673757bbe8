import { seeded, shuffled } from '../../src/core/twin.js';
import { personal, secrets } from './secrets/canaries.js';
import { blotLeaks, errorLeaks } from './secrets/direct.js';
import { faults } from './secrets/faults.js';
import { knownTellers } from './secrets/known.js';
import { servers } from './secrets/servers.js';
import { type Found, type Share, allCases, run as playShare } from './secrets/shard.js';
import type { PartFailure, PartReport, PartRequest } from './support/part.js';
import { dealt, inShards } from './support/shards.js';

export const name = 'secrets';

/** Secrets and personal texts in every command with every fault: none on stdout, stderr, in the ledger or any file. */
export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  const all = await allCases();
  const places = shuffled([...all.keys()], seeded('secrets', seed)).slice(
    0,
    budget.points ?? (budget.scale === 'reduced' ? 16 : all.length),
  );
  const chosen = replay === null ? places : all.flatMap(({ id }, place) => (id === replay ? [place] : []));
  const apart = replay === null && budget.scale !== 'reduced';
  const found = apart
    ? await inShards<Omit<Share, 'log'>, Found>(
        new URL('secrets/shard.ts', import.meta.url),
        dealt(chosen, budget.workers).map((hand) => ({ places: hand })),
        log,
      )
    : [await playShare({ places: chosen, log })];
  const failures = found.flatMap((one) => one.failures);
  const more =
    replay === null ? await beside(budget.scale !== 'reduced') : { runs: 0, failures: [], caught: 0 };
  failures.push(...more.failures);
  return {
    name,
    figures: {
      canaries: Object.keys(secrets).length + Object.keys(personal).length,
      commands: new Set(all.map(({ args }) => args.join(' '))).size,
      faults: faults.length,
      'command lines': chosen.length,
      'servers and deliveries': more.runs,
      leaks: failures.length,
      'wrong tellers caught': `${more.caught} of ${knownTellers.length}`,
    },
    failures,
  };
}

/** What is not a command line: programs that serve, errors as such, and the tellers that are wrong. */
async function beside(
  withServers: boolean,
): Promise<{ runs: number; failures: PartFailure[]; caught: number }> {
  const served = withServers ? await servers() : { runs: 0, leaks: [] };
  const missed: string[] = [];
  let caught = 0;
  for (const teller of knownTellers) {
    if (await teller.isCaught()) caught += 1;
    else missed.push(`the wrong teller ${teller.id} was not caught (${teller.idea})`);
  }
  const leaks = [...served.leaks, ...(await errorLeaks()), ...blotLeaks(), ...missed];
  return { runs: served.runs, failures: leaks.map((what) => ({ what, replay: '' })), caught };
}
