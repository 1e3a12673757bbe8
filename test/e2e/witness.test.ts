import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { playWitness, witnessPlays } from '../contract/witness.js';
import { leadsCsv } from '../support/leads.js';
import { Desk } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';

describe('nobody is contacted again because of', () => {
  it.each(witnessPlays.map((play) => [play.name, play] as const))('%s', async (_name, play) => {
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
