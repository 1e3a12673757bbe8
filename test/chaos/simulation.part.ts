import { asPart } from './sim/many.js';
import type { PartReport, PartRequest } from './support/part.js';

/**
 * The whole client in one process, with a clock, a network and a vendor of our own: two to four operators, one or two
 * machines, and everything that can go wrong, each story told by a seed. The vendor keeps who was contacted.
 */
export const name = 'simulation';

/** With the 14,000 of the races (140,000 for a release) thirty thousand, and a million. */
const seeds = { reduced: 1_500, ci: 16_000, full: 860_000 } as const;

export const run = (request: PartRequest): Promise<PartReport> =>
  asPart(name, request, [{ plot: 'anything', count: seeds[request.budget.scale] }]);
