import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepLease } from '../../src/engine/hold.js';
import type { Bench } from '../contract/ledger-bench.js';
import { owner } from '../contract/ledger-bench.js';
import { sqliteBench } from '../ledger/sqlite-bench.js';

let bench: Bench;
beforeEach(async () => {
  bench = await sqliteBench();
});
afterEach(() => bench.dispose());

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a kept lock', () => {
  it("is nobody else's, however long its holder plans or asks, and free to be taken once nobody beats", async () => {
    const { ledger, clock, alive } = bench;
    const holder = owner();
    alive.set(holder.id, null);
    const lock = await ledger.lock('push', holder);
    const lease = keepLease(ledger, lock, clock);
    for (let minute = 0; minute < 3; minute += 1) {
      clock.wall += 50_000;
      await soon(100);
      await expect(ledger.lock('push', owner())).rejects.toMatchObject({ code: 'run.locked' });
    }
    expect(lease.lost.aborted).toBe(false);
    await lease.end();
    clock.wall += 60_001;
    await expect(ledger.lock('push', owner())).resolves.toMatchObject({ name: 'push' });
  });

  it('says when another took it over, and then is quiet', async () => {
    const { ledger, clock, alive } = bench;
    const holder = owner();
    const lease = keepLease(ledger, await ledger.lock('push', holder), clock);
    alive.set(holder.id, false);
    await ledger.lock('push', owner());
    await new Promise((resolve) => lease.lost.addEventListener('abort', resolve));
    await lease.end();
  });

  it('lives through a ledger that cannot be written for a while', async () => {
    const { ledger, clock } = bench;
    const lock = await ledger.lock('push', owner());
    let tries = 0;
    const flaky = {
      heartbeat: (held: typeof lock) =>
        (tries += 1) < 3 ? Promise.reject(new Error('disk full')) : ledger.heartbeat(held),
    };
    const lease = keepLease(flaky, lock, clock);
    while (tries < 5) await soon(10);
    expect(lease.lost.aborted).toBe(false);
    await lease.end();
  });
});
