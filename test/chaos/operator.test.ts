import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './operator.part.js';
import { finds } from './operator/finds.js';
import { play } from './operator/play.js';
import { sessionOf } from './operator/session.js';
import { Vendors } from './operator/vendors.js';
import { reduced } from './support/reduced.js';

/** Another seed: `SEED=4711 npx vitest run test/chaos/operator.test.ts`; its sessions are that one and those after it. */
const seed = Number(process.env['SEED'] ?? 1);

describe('a careless operator', { timeout: 300_000 }, () => {
  it('contacts nobody twice, no stranger, nobody who opted out, and is told what to do', async () => {
    const told: string[] = [];
    const report = await run({ ...reduced(null, seed), log: (line) => told.push(line) });
    expect(
      report.failures.map(({ what }) => what),
      told.join('\n'),
    ).toEqual([]);
    expect(report.figures).toMatchObject({ sessions: 60, strangers: 0 });
    expect(report.figures['contacts']).toBeGreaterThan(150);
  });

  describe('in a session that broke a promise once', () => {
    let vendors: Vendors;
    beforeAll(async () => {
      vendors = await Vendors.open();
    });
    afterAll(() => vendors.close());

    it.each(finds)('$what', async ({ session }) => {
      const { faults, trace } = await play(vendors, session);
      expect(faults, trace.join('\n')).toEqual([]);
    });

    it('does the same again for the same seed', async () => {
      const [once, again] = [await play(vendors, sessionOf(3)), await play(vendors, sessionOf(3))];
      expect(again.exits).toEqual(once.exits);
      expect(again.contacts).toBe(once.contacts);
    });
  });
});
