import { expect } from 'vitest';
import type { Ledger, Withdrawal } from '../../src/core/ledger.js';
import type { Outcome } from '../../src/core/outcome.js';
import {
  after,
  all,
  always,
  claimAll,
  day,
  never,
  outcomes,
  person,
  phone,
  prepare,
  push,
  someAccount,
  states,
  type Check,
  type Preparing,
} from './ledger-bench.js';

const byKey = (n: number, over: Partial<Withdrawal> = {}): Withdrawal => ({
  operation: 'import',
  by: 'key',
  value: phone(n),
  contacted: false,
  ...over,
});

const byId = (value: string, over: Partial<Withdrawal> = {}): Withdrawal => ({
  operation: 'import',
  by: 'vendor-id',
  value,
  contacted: true,
  ...over,
});

const delivered = (vendorId: string): Outcome => ({ kind: 'delivered', vendorId });

/** A run of another operation, one row for each withdrawal, all confirmed. Returns its id. */
async function takeBack(
  ledger: Ledger,
  withdrawals: readonly Withdrawal[],
  how: Preparing = {},
): Promise<string> {
  const rows = withdrawals.map((_, i) => person(i + 1, 900 + i, { key: `lead-${i}`, phone: null }));
  const draft = { operation: 'remove', scope: `remove ${Math.random()}`, reachesPerson: false };
  const prepared = await prepare(ledger, rows, { ...how, draft });
  const claim = await claimAll(ledger, prepared);
  await ledger.settle(
    claim,
    withdrawals.map((withdraws, i) => ({ row: i + 1, outcome: outcomes.delivered, follows: { withdraws } })),
  );
  return prepared.run;
}

/** One row of person n, sent. Returns its run. */
async function contact(ledger: Ledger, n: number, how: Preparing & { id?: string; type?: string } = {}) {
  const row = person(1, n, { payload: { phone: phone(n), type: how.type ?? 'a' } });
  const prepared = await prepare(ledger, [row], how);
  expect(prepared.rows[0]?.state).toBe('ready');
  await push(ledger, prepared, delivered(how.id ?? `id-${n}`));
  return prepared.run;
}

const planned = async (ledger: Ledger, n: number, policy = never): Promise<string> => {
  const { run, rows } = await prepare(ledger, [person(1, n)], { policy, sealed: false });
  await ledger.discardPlan(run);
  return rows[0]?.code ?? rows[0]?.state ?? 'none';
};

export const withdrawChecks: readonly Check[] = [
  {
    name: 'T11: what is taken back before the contact is withdrawn, and its person may be planned again',
    run: async ({ ledger, clock, audit }) => {
      const run = await contact(ledger, 1);
      expect(await planned(ledger, 1)).toBe('duplicate.contacted');
      clock.wall += day;
      const by = await takeBack(ledger, [byKey(1)]);
      const [row] = await all(ledger.rows(run));
      expect(row).toMatchObject({ state: 'withdrawn', code: 'withdrawn.before-contact', vendorId: 'id-1' });
      expect(row?.reason).toContain(by);
      expect((await all(ledger.events(run))).at(-1)).toMatchObject({
        kind: 'withdrawn',
        detail: { run: by },
      });
      expect((await ledger.run(run))?.updatedAt).toBe(clock.wall);
      expect(await planned(ledger, 1)).toBe('ready');
      await contact(ledger, 1, { id: 'again' });
      expect(await planned(ledger, 1)).toBe('duplicate.contacted');
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'T11: whoever was contacted before the removal counts as contacted until then',
    run: async ({ ledger, clock, audit }) => {
      const run = await contact(ledger, 1);
      clock.wall += 100 * day;
      await takeBack(ledger, [byId('id-1')]);
      expect(await all(ledger.rows(run))).toMatchObject([{ state: 'withdrawn', code: 'withdrawn.removed' }]);
      clock.wall += 10 * day;
      expect(await planned(ledger, 1)).toBe('duplicate.contacted');
      expect(await planned(ledger, 1, after(20))).toBe('duplicate.contacted');
      expect(await planned(ledger, 1, after(5))).toBe('ready');
      const [, standing] =
        [...(await ledger.standing(await someAccount(ledger), 'sales-q.import', [phone(1)], never))][0] ?? [];
      expect(standing).toMatchObject({
        code: 'duplicate.contacted',
        reason: expect.stringMatching(/removed/) as string,
      });
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'T11: by key the last delivery is taken back; an earlier one that is over stays a contact',
    run: async ({ ledger, clock, audit }) => {
      const first = await contact(ledger, 1);
      clock.wall += 100 * day;
      const second = await contact(ledger, 1, { policy: always });
      clock.wall += day;
      await takeBack(ledger, [byKey(1)]);
      expect([await states(ledger, first), await states(ledger, second)]).toEqual([
        ['delivered'],
        ['withdrawn'],
      ]);
      expect(await planned(ledger, 1)).toBe('duplicate.contacted');
      expect(await planned(ledger, 1, after(30))).toBe('ready');
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'T11: a delivery that gave way to another is found too, by its id and by its payload',
    run: async ({ ledger, clock, audit }) => {
      const runs: string[] = [];
      for (const type of ['a', 'b']) {
        runs.push(await contact(ledger, 1, { policy: always, type, id: type }));
        runs.push(await contact(ledger, 2, { policy: always, type, id: `2${type}` }));
        clock.wall += day;
      }
      await takeBack(ledger, [byKey(1, { payload: { type: 'a' } }), byId('2a')]);
      const now = await Promise.all(runs.map((run) => states(ledger, run)));
      expect(now.flat()).toEqual(['withdrawn', 'withdrawn', 'delivered', 'delivered']);
      expect(await planned(ledger, 1)).toBe('duplicate.contacted');
      await takeBack(ledger, [byKey(1, { payload: { type: 'c' } })]);
      expect(await states(ledger, runs[2] ?? '')).toEqual(['delivered']);
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'T11: other accounts, other operations and rows that are not delivered are left alone',
    run: async ({ ledger }) => {
      const elsewhere = await contact(ledger, 1, { account: await someAccount(ledger, 'b') });
      const other = await contact(ledger, 1, { draft: { operation: 'add', scope: 'else' } });
      const doubt = await prepare(ledger, [person(1, 2)]);
      await push(ledger, doubt, outcomes['in-doubt']);
      const known = await prepare(ledger, [person(1, 3)]);
      await push(ledger, known, outcomes.already);
      await takeBack(ledger, [byKey(1), byId('id-1'), byKey(2), byKey(3), byId('v2'), byId('nobody')]);
      const runs = [elsewhere, other, doubt.run, known.run];
      const now = await Promise.all(runs.map((run) => states(ledger, run)));
      expect(now.flat()).toEqual(['delivered', 'delivered', 'in-doubt', 'already']);
    },
  },
  {
    name: 'T11: settling the same answer again takes nothing more back',
    run: async ({ ledger, clock }) => {
      const first = await contact(ledger, 1);
      clock.wall += day;
      const second = await contact(ledger, 1, { policy: always });
      const draft = { operation: 'remove', scope: 'remove', reachesPerson: false };
      const claim = await claimAll(ledger, await prepare(ledger, [person(1, 9)], { draft }));
      const settlements = [{ row: 1, outcome: outcomes.delivered, follows: { withdraws: byKey(1) } }];
      await ledger.settle(claim, settlements);
      await ledger.settle(claim, settlements);
      expect([await states(ledger, first), await states(ledger, second)]).toEqual([
        ['delivered'],
        ['withdrawn'],
      ]);
    },
  },
];
