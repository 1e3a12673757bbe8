import type { PartRequest } from './part.js';

/** What a test asks of a part: little, and always the same. */
export const reduced = (points: number | null = null, seed = 1): PartRequest => ({
  seed,
  budget: { scale: 'reduced', points, workers: 2 },
  replay: null,
  log: () => undefined,
});
