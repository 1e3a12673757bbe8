import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SharedDatabase } from './sim/database.js';
import { plots, type PlotName } from './sim/plot.js';
import { tell } from './sim/seed.js';

/** So many seeds of a plot, or as many as there is time for (ms). */
const shares: readonly { readonly plot: PlotName; readonly count: number; readonly within: number }[] = [
  { plot: 'anything', count: 800, within: 3_000 },
  { plot: 'addAndPush', count: 300, within: 1_000 },
  { plot: 'pushAndPush', count: 200, within: 1_000 },
  { plot: 'sleepers', count: 100, within: 500 },
  { plot: 'afterwards', count: 100, within: 500 },
];

/** A failure is told again, step by step: npm run chaos -- --only races --replay '<plot>:<seed>' */
describe('the whole client in a simulated world', () => {
  let database: SharedDatabase;
  beforeAll(async () => {
    database = await SharedDatabase.open();
  });
  afterAll(() => database.close());

  it.each(shares)('keeps its promises: $plot', async ({ plot, count, within }) => {
    const until = performance.now() + within;
    const broken: string[] = [];
    let contacts = 0;
    for (let seed = 1; seed <= count && performance.now() < until; seed += 1) {
      const told = await tell(database, seed, plots[plot]);
      contacts += told.contacts;
      broken.push(...told.failures.map((what) => `${plot}:${seed} ${what}`));
    }
    expect(broken).toEqual([]);
    expect(contacts).toBeGreaterThan(0);
  });

  it('tells the same story for the same seed', async () => {
    for (const seed of [3, 16, 25]) {
      const [once, again] = [
        await tell(database, seed, plots.anything, {}, true),
        await tell(database, seed, plots.anything, {}, true),
      ];
      expect(withoutIds(again.trace)).toEqual(withoutIds(once.trace));
      expect(once.trace.length).toBeGreaterThan(10);
    }
  });
});

/** Ids of runs are drawn anew each time; nothing depends on them. */
const withoutIds = (trace: readonly string[]): string[] =>
  trace.map((line) => line.replace(/(beginPlan: )"\w+"/, '$1…'));
