import { asPart } from './sim/many.js';
import type { PartReport, PartRequest } from './support/part.js';

/**
 * Two who want opposite things at the same moment: `dnc add` and a push of the number, two pushes of one person, a machine
 * that wakes up and one that took its work over, a decision and what it was about.
 */
export const name = 'races';

const times = { reduced: 0.05, ci: 1, full: 10 } as const;

export const run = (request: PartRequest): Promise<PartReport> => {
  const share = times[request.budget.scale];
  return asPart(name, request, [
    { plot: 'addAndPush', count: 10_000 * share },
    { plot: 'pushAndPush', count: 2_000 * share },
    { plot: 'sleepers', count: 1_000 * share },
    { plot: 'afterwards', count: 1_000 * share },
  ]);
};
