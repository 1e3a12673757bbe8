import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresServer } from '../support/postgres.js';
import { openSandbox } from '../support/sandboxed.js';
import { workTogether } from '../support/working.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);

afterAll(() => server.close());

describe('two machines, one PostgreSQL', () => {
  it('finish one run together while one is killed and replaced: nobody twice, every row accounted for', async () => {
    const sandbox = await openSandbox();
    try {
      const result = await workTogether({
        sandbox,
        ledger: server.url('postgres', '?schema=together'),
        rows: 120,
        batch: 2,
      });
      expect(result.twice).toEqual([]);
      expect(result.counts).toMatchObject({ rows: 120, ready: 0, sending: 0 });
      expect(result.counts.delivered + result.counts.inDoubt + result.counts.already).toBe(120);
      expect(result.interrupted).toBeLessThanOrEqual(2);
    } finally {
      await sandbox.close();
    }
  }, 90_000);
});
