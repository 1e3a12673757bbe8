import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { playWitness, witnessPlays } from '../contract/witness.js';
import { leadsCsv } from '../support/leads.js';
import { Desk } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';

/** A play that waits for much, kept for the long suite. */
const slow = new Set(['a lock that a killed process left']);

describe('nobody is contacted again because of', () => {
  const isSlow = ({ name }: (typeof witnessPlays)[number]): boolean => slow.has(name);
  const named = (plays: typeof witnessPlays) => plays.map((play) => [play.name, play] as const);
  it.each(named(witnessPlays.filter((play) => !isSlow(play))))('%s', async (_name, play) => {
    expect(await playWitness(play)).toEqual([]);
  });
  it.for(named(witnessPlays.filter(isSlow)))('%s', { tags: ['long'] }, async ([, play]) => {
    expect(await playWitness(play)).toEqual([]);
  });

  it('a ledger of the sandbox that was deleted', async () => {
    const [desk, sandbox] = [await Desk.open(), await openSandbox()];
    try {
      await desk.write('leads.csv', leadsCsv(2));
      const env = sandboxEnv(sandbox);
      const push = ['sales-q', 'import', 'leads.csv', '--rate', '50/s'];
      expect((await desk.run(push, { env })).code).toBe(0);
      await rm(desk.path('.local/state/salesq/sandbox.db'));
      const { code, document } = await desk.json(push, { env });
      expect([code, document]).toMatchObject([10, { error: { code: 'ledger.other' } }]);
      expect(sandbox.contacts()).toMatchObject({ persons: { length: 2 }, twice: [] });
    } finally {
      await sandbox.close();
      await desk.close();
    }
  });
});
