import { expect } from 'vitest';
import type { Ledger } from '../../src/core/ledger.js';
import type { Sighting } from '../../src/core/outcome.js';
import {
  all,
  claimAll,
  outcomes,
  owner,
  person,
  phone,
  prepare,
  push,
  refused,
  someAccount,
  states,
  type Check,
  type Prepared,
} from './ledger-bench.js';

const now = { settleMs: 0, apartMs: 0, absentMeansReady: true };
const later = { settleMs: 3_600_000, apartMs: 0, absentMeansReady: true };

/** A run of so many people whose answers were all lost. */
async function lost(ledger: Ledger, count: number, how = {}): Promise<Prepared> {
  const rows = Array.from({ length: count }, (_, i) => person(i + 1, i + 1));
  const prepared = await prepare(ledger, rows, how);
  await push(ledger, prepared, outcomes['in-doubt']);
  return prepared;
}

const absent = (row: number): Sighting => ({ row, seen: 'absent', evidence: { leads: 7 } });
const found = (row: number): Sighting => ({ row, seen: 'found', vendorId: 'v9', evidence: { by: 'ref' } });
const takenBack = (row: number): Sighting => ({ row, seen: 'taken-back', evidence: { cancelled: true } });

const kinds = async (ledger: Ledger, run: string, row: number): Promise<string[]> =>
  (await all(ledger.events(run, row))).map(({ kind }) => kind);

export const doubtChecks: readonly Check[] = [
  {
    name: 'T7: found is delivered, with the id and the evidence; the rest stays in doubt',
    run: async ({ ledger, another }) => {
      const { run, lock } = await lost(ledger, 2);
      const [row] = await ledger.reconcile(run, lock, [found(1)], now);
      expect(row).toMatchObject({ row: 1, state: 'delivered', vendorId: 'v9', code: 'readback.found' });
      expect(await states(await another(), run)).toEqual(['delivered', 'in-doubt']);
      const events = await all(ledger.events(run, 1));
      expect(events.at(-1)).toMatchObject({ kind: 'found', detail: { by: 'ref' } });
    },
  },
  {
    name: 'T8: two absent reads after the settle time release a row, once in its life',
    run: async ({ ledger }) => {
      const { run, lock } = await lost(ledger, 1);
      expect(await ledger.reconcile(run, lock, [absent(1)], now)).toMatchObject([{ state: 'in-doubt' }]);
      expect((await all(ledger.doubts(run)))[0]).toMatchObject({ absentReads: 1, released: false });
      expect(await ledger.reconcile(run, lock, [absent(1)], now)).toMatchObject([{ state: 'ready' }]);
      await push(ledger, { run, lock, rows: [] }, outcomes['in-doubt']);
      // A new attempt: what was read of the old one says nothing of it.
      expect((await all(ledger.doubts(run)))[0]).toMatchObject({ absentReads: 0, released: true });
      for (let i = 0; i < 3; i += 1) await ledger.reconcile(run, lock, [absent(1)], now);
      expect(await states(ledger, run)).toEqual(['in-doubt']);
    },
  },
  {
    name: 'T8: absence before the settle time, or where it proves nothing, releases nobody',
    run: async ({ ledger }) => {
      const { run, lock } = await lost(ledger, 2);
      for (let i = 0; i < 4; i += 1) {
        await ledger.reconcile(run, lock, [absent(1)], later);
        await ledger.reconcile(run, lock, [absent(2)], { ...now, absentMeansReady: false });
      }
      expect(await states(ledger, run)).toEqual(['in-doubt', 'in-doubt']);
      const doubts = await all(ledger.doubts(run));
      expect(doubts.map(({ absentReads }) => absentReads)).toEqual([0, 4]);
    },
  },
  {
    name: 'T8: what the probe took back is ready again, once; an unclear read changes nothing',
    run: async ({ ledger }) => {
      const { run, lock } = await lost(ledger, 1);
      const unclear = { row: 1, seen: 'unclear', code: 'net.timeout', reason: 'No answer.' } as const;
      expect(await ledger.reconcile(run, lock, [unclear], now)).toMatchObject([{ state: 'in-doubt' }]);
      expect(await ledger.reconcile(run, lock, [takenBack(1)], now)).toMatchObject([{ state: 'ready' }]);
      await push(ledger, { run, lock, rows: [] }, outcomes['in-doubt']);
      expect(await ledger.reconcile(run, lock, [takenBack(1)], now)).toMatchObject([{ state: 'in-doubt' }]);
      expect(await kinds(ledger, run, 1)).toEqual([
        'in-doubt',
        'unclear',
        'released',
        'in-doubt',
        'taken-back',
      ]);
    },
  },
  {
    name: 'T8: two reads at once are one',
    run: async ({ ledger, clock }) => {
      const { run, lock } = await lost(ledger, 1);
      const apart = { ...now, apartMs: 15_000 };
      for (let i = 0; i < 3; i += 1)
        expect(await ledger.reconcile(run, lock, [absent(1)], apart)).toMatchObject([{ state: 'in-doubt' }]);
      expect((await all(ledger.events(run, 1))).map(({ code }) => code)).toEqual([
        'net.reset',
        'readback.absent',
        'readback.too-soon',
        'readback.too-soon',
      ]);
      clock.wall += 15_000;
      expect(await ledger.reconcile(run, lock, [absent(1)], apart)).toMatchObject([{ state: 'ready' }]);
    },
  },
  {
    name: 'T8: who asked not to be contacted meanwhile becomes blocked, not ready',
    run: async ({ ledger }) => {
      const { run, lock } = await lost(ledger, 2);
      await ledger.block([{ phone: phone(1), reason: 'asked' }]);
      await ledger.reconcile(run, lock, [absent(1), absent(2)], now);
      await ledger.reconcile(run, lock, [absent(1), absent(2)], now);
      expect(await states(ledger, run)).toEqual(['blocked', 'ready']);
    },
  },
  {
    name: 'T7 and T11: a removal that is found to have happened takes back what it removed, in one commit',
    run: async ({ ledger }) => {
      const account = await someAccount(ledger);
      const chat = await prepare(ledger, [person(1, 1)], { account });
      await push(ledger, chat, outcomes.delivered);
      const removal = await lost(ledger, 1, { account, draft: { operation: 'remove', scope: 'remove' } });
      const follows = new Map([
        [1, { withdraws: { operation: 'import', by: 'vendor-id', value: 'v1', contacted: true } as const }],
      ]);
      await ledger.reconcile(removal.run, removal.lock, [absent(1)], now, follows);
      expect(await states(ledger, chat.run)).toEqual(['delivered']);
      await ledger.reconcile(removal.run, removal.lock, [found(1)], now, follows);
      expect(await states(ledger, chat.run)).toEqual(['withdrawn']);
    },
  },
  {
    name: 'a number leaves the do-not-call list in the commit that confirms its removal, and not without it',
    run: async ({ ledger, alive }) => {
      const listed = async (): Promise<string[]> => {
        const numbers: string[] = [];
        for await (const entry of ledger.blocked([1, 2, 3].map(phone))) numbers.push(entry.phone);
        return numbers;
      };
      const unblocks = (n: number) => ({ unblocks: { phone: phone(n), reason: 'consents again' } });
      await ledger.block([1, 2, 3].map((n) => ({ phone: phone(n), reason: 'asked' })));
      const draft = { operation: 'dnc remove', scope: 'dnc remove', reachesPerson: false };
      const plan = await prepare(ledger, [person(1, 1), person(2, 2), person(3, 3)], { draft });
      const claim = await claimAll(ledger, plan);
      const answers = [outcomes.delivered, outcomes['in-doubt'], outcomes['in-doubt']];
      await ledger.settle(
        claim,
        answers.map((outcome, i) => ({
          row: i + 1,
          outcome,
          follows: outcome.kind === 'delivered' ? unblocks(i + 1) : null,
        })),
      );
      expect(await listed()).toEqual([phone(2), phone(3)]);
      const follows = new Map([2, 3].map((n) => [n, unblocks(n)]));
      await ledger.reconcile(plan.run, plan.lock, [found(2), absent(3)], now, follows);
      expect(await listed()).toEqual([phone(3)]);
      alive.set(plan.lock.owner.id, false);
      await ledger.lock(plan.lock.name, owner());
      await refused(ledger.reconcile(plan.run, plan.lock, [found(3)], now, follows), 'run.lock-lost', 11);
      expect(await listed()).toEqual([phone(3)]);
    },
  },
  {
    name: 'reading back leaves rows alone that are in doubt no more, and needs the lock',
    run: async ({ ledger, alive }) => {
      const { run, lock } = await lost(ledger, 2);
      await ledger.resolve(run, 1, 'abandoned', 'No more.');
      expect(await ledger.reconcile(run, lock, [absent(1), takenBack(1), found(1)].slice(0, 1), now)).toEqual(
        [],
      );
      alive.set(lock.owner.id, false);
      await ledger.lock(lock.name, owner());
      await refused(ledger.reconcile(run, lock, [found(2)], now), 'run.lock-lost', 11);
      expect(await states(ledger, run)).toEqual(['abandoned', 'in-doubt']);
    },
  },
];
