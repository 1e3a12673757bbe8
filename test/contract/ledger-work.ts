import { expect } from 'vitest';
import {
  all,
  claimAll,
  large,
  outcomes,
  owner,
  person,
  phone,
  prepare,
  push,
  refused,
  states,
  type Check,
} from './ledger-bench.js';

const people = (count: number) => Array.from({ length: count }, (_, i) => person(i + 1, i + 1));

export const workChecks: readonly Check[] = [
  {
    name: 'who joins a run claims other rows than the rest, and settles only its own',
    run: async ({ ledger, another }) => {
      const { run, lock } = await prepare(ledger, people(3));
      const other = await another();
      const joined = await other.join(run, owner());
      const [mine, theirs] = await Promise.all([
        ledger.claim(run, lock, { items: 1, bytes: 1_000 }),
        other.claim(run, joined, { items: 2, bytes: 1_000 }),
      ]);
      const rows = [mine, theirs].flatMap(({ claim }) => claim?.rows.map(({ row }) => row) ?? []);
      expect(new Set(rows).size).toBe(rows.length);
      if (!mine.claim) throw new Error('nothing claimed');
      const settlements = mine.claim.rows.map(({ row }) => ({ row, outcome: outcomes.delivered }));
      await expect(ledger.settle({ ...mine.claim, lock: joined }, settlements)).rejects.toThrow();
      expect(await ledger.settle(mine.claim, settlements)).toMatchObject([{ state: 'delivered' }]);
      expect((await ledger.workers(run)).map(({ owner: { id } }) => id)).toContain(joined.owner.id);
      await other.unlock(joined);
      expect((await ledger.workers(run)).map(({ owner: { id } }) => id)).not.toContain(joined.owner.id);
    },
  },
  {
    name: 'T6: rows of workers that live are left alone; rows of the dead, or of those who left, are in doubt',
    run: async ({ ledger, another, alive }) => {
      const { run, lock } = await prepare(ledger, people(4));
      const [b, c] = [await ledger.join(run, owner()), await (await another()).join(run, owner())];
      for (const held of [lock, b, c]) await ledger.claim(run, held, { items: 1, bytes: 1_000 });
      const late = await ledger.join(run, owner());
      expect(await ledger.recover(run, late)).toBe(0);
      alive.set(b.owner.id, false);
      expect(await ledger.recover(run, late)).toBe(1);
      expect(await states(ledger, run)).toEqual(['sending', 'in-doubt', 'sending', 'ready']);
      await ledger.unlock(c);
      expect(await ledger.recover(run, late)).toBe(1);
      expect(await states(ledger, run)).toEqual(['sending', 'in-doubt', 'in-doubt', 'ready']);
    },
  },
  {
    name: 'T6: whoever counted as dead and lives claims and settles nothing any more',
    run: async ({ ledger, alive }) => {
      const { run, lock } = await prepare(ledger, people(2));
      const ghost = await ledger.join(run, owner());
      const { claim } = await ledger.claim(run, ghost, { items: 1, bytes: 1_000 });
      if (!claim) throw new Error('nothing claimed');
      alive.set(ghost.owner.id, false);
      await ledger.recover(run, lock);
      alive.set(ghost.owner.id, true);
      await refused(ledger.claim(run, ghost, large), 'run.lock-lost', 11);
      const settlements = claim.rows.map(({ row }) => ({ row, outcome: outcomes['not-sent'] }));
      await refused(ledger.settle(claim, settlements), 'run.lock-lost', 11);
      expect(await ledger.heartbeat(ghost)).toBe(false);
      expect(await states(ledger, run)).toEqual(['in-doubt', 'ready']);
    },
  },
  {
    name: 'a settling that is repeated because its answer was lost is the same settling; another one is refused',
    run: async ({ ledger, another }) => {
      const prepared = await prepare(ledger, people(2));
      const claim = await claimAll(ledger, prepared);
      const settlements = claim.rows.map(({ row }) => ({ row, outcome: outcomes.delivered }));
      await ledger.settle(claim, settlements);
      expect(await (await another()).settle(claim, settlements)).toMatchObject([
        { state: 'delivered' },
        { state: 'delivered' },
      ]);
      expect(await all(ledger.events(prepared.run))).toHaveLength(2);
      const others = claim.rows.map(({ row }) => ({ row, outcome: outcomes.rejected }));
      await expect(ledger.settle(claim, others)).rejects.toThrow();
    },
  },
  {
    name: 'the pace holds for all who claim for an account and operation, and a pause too',
    run: async ({ ledger, another }) => {
      const { run, lock } = await prepare(ledger, people(6));
      const other = await another();
      const joined = await other.join(run, owner());
      const slow = { items: 1, bytes: 1_000, perSecond: 0.5 };
      const turns = await Promise.all([
        ledger.claim(run, lock, slow),
        other.claim(run, joined, slow),
        ledger.claim(run, lock, slow),
      ]);
      const waits = turns.map(({ waitMs }) => waitMs).sort((a, b) => a - b);
      expect(turns.filter(({ claim }) => claim !== null)).toHaveLength(1);
      expect(waits[0]).toBe(0);
      expect(waits[1]).toBeGreaterThan(1_000);
      expect(waits[2]).toBeLessThanOrEqual(2_000);
      await other.pause(run, 30_000);
      const paused = await ledger.claim(run, lock, { items: 1, bytes: 1_000 });
      expect(paused).toMatchObject({ claim: null });
      expect(paused.waitMs).toBeGreaterThan(20_000);
    },
  },
  {
    name: 'a pace above a thousand requests a second is kept, not cut to a turn a millisecond',
    run: async ({ ledger, clock }) => {
      const { run, lock } = await prepare(ledger, people(60));
      let turns = 0;
      for (let ms = 0; ms <= 10; ms += 1) {
        for (;;) {
          const { claim, waitMs } = await ledger.claim(run, lock, {
            items: 1,
            bytes: 1_000,
            perSecond: 4_000,
          });
          if (!claim) {
            expect(waitMs).toBe(1);
            break;
          }
          turns += 1;
        }
        clock.wall += 1;
      }
      expect(turns).toBe(41);
    },
  },
  {
    name: 'rows under way are known by their number, with whether their sender lives',
    run: async ({ ledger, another, alive }) => {
      const { run, lock } = await prepare(ledger, people(3));
      expect(await ledger.underWay([phone(1)])).toEqual([]);
      await ledger.claim(run, lock, { items: 2, bytes: 1_000 });
      const seen = await (await another()).underWay([phone(1), phone(3), phone(9)]);
      expect(seen).toMatchObject([{ run, row: 1, phone: phone(1), alive: true }]);
      alive.set(lock.owner.id, false);
      expect(await ledger.underWay([phone(2)])).toMatchObject([{ row: 2, alive: false }]);
    },
  },
  {
    name: "a run's end is told once, and known to all",
    run: async ({ ledger, another }) => {
      const prepared = await prepare(ledger, people(1));
      await push(ledger, prepared, outcomes.delivered);
      const reported = async (): Promise<number | null | undefined> =>
        (await (await another()).run(prepared.run))?.reportedAt;
      expect(await reported()).toBeNull();
      await ledger.markReported(prepared.run);
      const first = await reported();
      expect(first).toBeTypeOf('number');
      await ledger.markReported(prepared.run);
      expect(await reported()).toBe(first);
    },
  },
];
