import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import type { Sandbox } from '../../src/rehearsal/host.js';
import { workTogether } from '../support/working.js';
import { leadsCsv } from '../support/leads.js';
import { Desk, finished } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';

let sandbox: Sandbox;
let desk: Desk;

beforeEach(async () => {
  [sandbox, desk] = [await openSandbox(), await Desk.open()];
});

afterEach(async () => {
  await sandbox.close();
  await desk.close();
});

describe('several workers on one run', () => {
  it('finish it together while one is killed and replaced: nobody twice, every row accounted for', async () => {
    const result = await workTogether({ sandbox, ledger: desk.path('ledger.db'), rows: 80 });
    expect(result.twice).toEqual([]);
    expect(result.counts).toMatchObject({ rows: 80, ready: 0, sending: 0 });
    expect(result.counts.delivered + result.counts.inDoubt + result.counts.already).toBe(80);
    // The one that was killed leaves at most what it had under way: one request of one lead.
    expect(result.interrupted).toBeLessThanOrEqual(1);
  }, 60_000);

  it(
    'lets nobody join a run that is not there, and keeps one pace for all',
    { tags: ['long'], timeout: 60_000 },
    async () => {
      const env = sandboxEnv(sandbox);
      expect((await desk.run(['runs', 'work', '01ABC'], { env })).code).toBe(2);
      await desk.write('leads.csv', leadsCsv(14));
      const push = await desk.json<PushSummary>(
        ['sales-q', 'import', 'leads.csv', '--batch-size', '1', '--limit', '2', '--rate', '100/s'],
        { env },
      );
      const start = Date.now();
      const workers = [1, 2, 3].map(() =>
        finished(
          desk.start(['runs', 'work', push.document.run ?? '', '--batch-size', '1', '--rate', '5/s'], {
            env,
          }),
        ),
      );
      for (const { code, stderr } of await Promise.all(workers)) expect(code, stderr).toBe(0);
      // 12 requests at five a second, whoever sends them: not below 2.2 s, where three paces would take 0.8 s.
      expect(Date.now() - start).toBeGreaterThan(2_100);
      expect(sandbox.contacts().persons).toHaveLength(14);
    },
  );
});
