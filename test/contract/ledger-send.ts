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
  type Prepared,
} from './ledger-bench.js';

const people = (count: number) => Array.from({ length: count }, (_, i) => person(i + 1, i + 1));

const claiming: Check[] = [
  {
    name: 'T1: the oldest ready rows, as many as fit, and one always does',
    run: async ({ ledger }) => {
      const rows = people(6).map((row, i) => ({ ...row, bytes: i === 3 ? 500 : 100 }));
      const { run, lock } = await prepare(ledger, rows);
      const take = async (items: number, bytes: number): Promise<number[]> =>
        (await ledger.claim(run, lock, { items, bytes })).claim?.rows.map(({ row }) => row) ?? [];
      expect(await take(2, 1_000)).toEqual([1, 2]);
      expect(await take(5, 300)).toEqual([3]);
      expect(await take(5, 300)).toEqual([4]);
      expect(await take(5, 200)).toEqual([5, 6]);
      expect(await take(5, 200)).toEqual([]);
      expect(await ledger.counts(run)).toMatchObject({ sending: 6, ready: 0 });
    },
  },
  {
    name: 'T1: a claim says what is on disk: sending, counted attempts, committed for every other handle',
    run: async ({ ledger, another, clock }) => {
      const prepared = await prepare(ledger, people(2));
      clock.wall += 1_000;
      const claim = await claimAll(ledger, prepared);
      expect(claim).toMatchObject({ run: prepared.run, at: clock.wall, lock: prepared.lock });
      expect(claim.rows.map(({ state, attempt }) => [state, attempt])).toEqual([
        ['sending', 1],
        ['sending', 1],
      ]);
      expect(await all((await another()).rows(prepared.run))).toEqual(claim.rows);
    },
  },
  {
    name: 'two claims never overlap, whichever handle makes them',
    run: async ({ ledger, another }) => {
      const { run, lock } = await prepare(ledger, people(60));
      const handles = [ledger, await another(), await another()];
      const taken = await Promise.all(
        Array.from({ length: 24 }, (_, i) =>
          (handles[i % 3] ?? ledger).claim(run, lock, { items: 3, bytes: 1_000 }),
        ),
      );
      const numbers = taken.flatMap((one) => one.claim?.rows.map(({ row }) => row) ?? []);
      expect(numbers).toHaveLength(60);
      expect(new Set(numbers).size).toBe(60);
    },
  },
  {
    name: 'two plans made at once never both have a person',
    run: async ({ ledger, another, audit }) => {
      const second = await another();
      const a = await prepare(ledger, [], { sealed: false });
      const b = await prepare(second, [], { sealed: false, draft: { operation: 'add' } });
      const plan = { recontact: { mode: 'never', afterMs: 0 }, allowDuplicates: false } as const;
      await Promise.all(
        Array.from({ length: 40 }, (_, i) => i + 1).flatMap((n) => [
          ledger.addRows(a.run, [person(n, n)], plan),
          second.addRows(b.run, [person(n, n)], plan),
        ]),
      );
      const [inA, inB] = [await ledger.counts(a.run), await ledger.counts(b.run)];
      expect(inA.ready + inB.ready).toBe(40);
      expect(inA.duplicate + inB.duplicate).toBe(40);
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'T1: who asked not to be called since the plan is blocked in the claim, and returned apart',
    run: async ({ ledger }) => {
      const prepared = await prepare(ledger, people(3));
      const claim = await claimAll(ledger, prepared);
      await ledger.block([{ phone: phone(2), reason: 'Asked.' }]);
      await ledger.settle(
        claim,
        claim.rows.map(({ row }) => ({ row, outcome: outcomes['not-sent'] })),
      );
      const second = await ledger.claim(prepared.run, prepared.lock, { items: 2, bytes: 1_000 });
      expect(second.claim?.rows.map(({ row }) => row)).toEqual([1, 3]);
      expect(second.blocked).toMatchObject([{ row: 2, state: 'blocked', code: 'dnc.listed' }]);
      expect(await states(ledger, prepared.run)).toEqual(['sending', 'blocked', 'sending']);
    },
  },
  {
    name: 'T1: a claim heeds the phone of a row whose key is another, and looks past the blocked rows',
    run: async ({ ledger }) => {
      const rows = people(7).map((row) => ({ ...row, key: `lead-${row.row}` }));
      await ledger.block([1, 2, 3, 4, 5].map((n) => ({ phone: phone(n), reason: 'Asked.' })));
      const early = await prepare(ledger, rows);
      expect(early.rows.map(({ state }) => state).slice(4)).toEqual(['blocked', 'ready', 'ready']);
      await ledger.block([{ phone: phone(6), reason: 'Asked.' }]);
      expect(await states(ledger, early.run)).toContain('ready');
      const { claim, blocked } = await ledger.claim(early.run, early.lock, { items: 1, bytes: 1_000 });
      expect(claim?.rows.map(({ row }) => row)).toEqual([7]);
      expect(blocked).toEqual([]);
    },
  },
];

const settling: Check[] = [
  {
    name: 'T3, T5: every outcome leads to its state, with code, reason and the vendor’s id',
    run: async ({ ledger }) => {
      const kinds = Object.values(outcomes);
      const prepared = await prepare(ledger, people(kinds.length));
      const claim = await claimAll(ledger, prepared);
      const settled = await ledger.settle(
        claim,
        kinds.map((outcome, i) => ({ row: i + 1, outcome })),
      );
      const short = settled.map(({ state, code, vendorId }) => [state, code, vendorId]);
      expect(short).toEqual([
        ['delivered', null, 'v1'],
        ['already', 'vendor.existing-contact', 'v2'],
        ['rejected', 'vendor.unknown-type', null],
        ['ready', 'vendor.rate-limit', null],
        ['ready', 'net.refused', null],
        ['in-doubt', 'net.reset', null],
      ]);
      expect(await all(ledger.rows(prepared.run))).toEqual(settled);
      const next = await claimAll(ledger, prepared);
      expect(next.rows.map(({ row, attempt, code }) => [row, attempt, code])).toEqual([
        [4, 2, null],
        [5, 2, null],
      ]);
    },
  },
  {
    name: 'a row of the claim that nobody settled is in doubt',
    run: async ({ ledger }) => {
      const prepared = await prepare(ledger, people(2));
      const claim = await claimAll(ledger, prepared);
      const settled = await ledger.settle(claim, [{ row: 2, outcome: outcomes.delivered }]);
      expect(settled).toMatchObject([
        { row: 1, state: 'in-doubt', code: 'engine.no-outcome' },
        { row: 2, state: 'delivered' },
      ]);
    },
  },
  {
    name: 'what was not claimed, or was settled before, cannot be settled; nothing of such a call is kept',
    run: async ({ ledger }) => {
      const prepared = await prepare(ledger, people(3));
      const { run, lock } = prepared;
      const { claim } = await ledger.claim(run, lock, { items: 2, bytes: 1_000 });
      if (claim === null) throw new Error('no claim');
      const answer = (row: number) => ({ row, outcome: outcomes.delivered });
      await expect(ledger.settle(claim, [answer(1), answer(2), answer(3)])).rejects.toThrow();
      await expect(ledger.settle(claim, [answer(1), answer(1)])).rejects.toThrow();
      expect(await states(ledger, run)).toEqual(['sending', 'sending', 'ready']);
      await ledger.settle(claim, [answer(1), answer(2)]);
      await expect(ledger.settle(claim, [{ row: 1, outcome: outcomes['not-sent'] }])).rejects.toThrow();
      expect(await states(ledger, run)).toEqual(['delivered', 'delivered', 'ready']);
    },
  },
];

/** The holder of the lock dies, and another takes over. */
async function takeOver(bench: Parameters<Check['run']>[0], { run, lock }: Prepared): Promise<Prepared> {
  bench.alive.set(lock.owner.id, false);
  const taken = await bench.ledger.lock(lock.name, owner());
  return { run, lock: taken, rows: [] };
}

const recovering: Check[] = [
  {
    name: 'T6: what a dead holder was sending is in doubt; what the new one sends is not',
    run: async (bench) => {
      const { ledger } = bench;
      const dead = await prepare(ledger, people(4));
      await ledger.claim(dead.run, dead.lock, { items: 2, bytes: 1_000 });
      const next = await takeOver(bench, dead);
      await ledger.claim(next.run, next.lock, { items: 1, bytes: 1_000 });
      expect(await ledger.recover(next.run, next.lock)).toBe(2);
      expect(await ledger.recover(next.run, next.lock)).toBe(0);
      expect(await states(ledger, next.run)).toEqual(['in-doubt', 'in-doubt', 'sending', 'ready']);
      const [first] = await all(ledger.rows(next.run));
      expect(first).toMatchObject({ code: 'run.interrupted', attempt: 1 });
    },
  },
  {
    name: 'who lost the lock can neither claim nor recover nor settle what was recovered',
    run: async (bench) => {
      const { ledger } = bench;
      const dead = await prepare(ledger, people(2));
      const { claim } = await ledger.claim(dead.run, dead.lock, { items: 1, bytes: 1_000 });
      if (claim === null) throw new Error('no claim');
      const next = await takeOver(bench, dead);
      await ledger.recover(next.run, next.lock);
      await refused(ledger.claim(dead.run, dead.lock, large), 'run.lock-lost', 11);
      await refused(ledger.recover(dead.run, dead.lock), 'run.lock-lost', 11);
      await refused(ledger.settle(claim, [{ row: 1, outcome: outcomes.delivered }]), 'run.lock-lost', 11);
      expect(await states(ledger, dead.run)).toEqual(['in-doubt', 'ready']);
    },
  },
  {
    name: 'a late answer to an earlier attempt does not settle a later one',
    run: async (bench) => {
      const { ledger } = bench;
      const dead = await prepare(ledger, people(1));
      const stale = await claimAll(ledger, dead);
      const next = await takeOver(bench, dead);
      await ledger.recover(next.run, next.lock);
      await ledger.resolve(next.run, 1, 'not-sent', 'The vendor has no trace of it.');
      const fresh = await claimAll(ledger, next);
      const answer = [{ row: 1, outcome: outcomes['not-sent'] }];
      await expect(ledger.settle(stale, answer)).rejects.toThrow();
      expect(await states(ledger, next.run)).toEqual(['sending']);
      await ledger.settle(fresh, [{ row: 1, outcome: outcomes.delivered }]);
      expect(await states(ledger, next.run)).toEqual(['delivered']);
    },
  },
  {
    name: 'a claim with the right attempt but another owner or epoch settles nothing',
    run: async ({ ledger }) => {
      const prepared = await prepare(ledger, people(1));
      const claim = await claimAll(ledger, prepared);
      const { lock } = claim;
      const answer = [{ row: 1, outcome: outcomes['not-sent'] }];
      for (const wrong of [
        { ...lock, owner: { ...lock.owner, id: 'somebody' } },
        { ...lock, epoch: lock.epoch + 1 },
      ]) {
        await expect(ledger.settle({ ...claim, lock: wrong }, answer)).rejects.toThrow();
      }
      expect(await states(ledger, prepared.run)).toEqual(['sending']);
    },
  },
  {
    name: 'what is stored is there when the ledger is opened again',
    run: async ({ ledger, another }) => {
      const prepared = await prepare(ledger, people(2));
      const settled = await push(ledger, prepared, outcomes.delivered);
      await ledger.close();
      const again = await another();
      expect(await all(again.rows(prepared.run))).toEqual(settled);
    },
  },
];

export const sendChecks: readonly Check[] = [...claiming, ...settling, ...recovering];
