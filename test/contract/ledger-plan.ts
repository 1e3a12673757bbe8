import { expect } from 'vitest';
import type { Ledger } from '../../src/core/ledger.js';
import {
  after,
  all,
  always,
  claimAll,
  day,
  draft,
  never,
  outcomes,
  owner,
  person,
  phone,
  prepare,
  push,
  refused,
  someAccount,
  source,
  states,
  type Bench,
  type Check,
} from './ledger-bench.js';

/** Plans one row of person 1 and says what became of it. */
async function again(ledger: Ledger, policy = never): Promise<string> {
  const { rows } = await prepare(ledger, [person(1, 1)], { policy });
  return rows[0]?.code ?? rows[0]?.state ?? 'none';
}

const plain: Check[] = [
  {
    name: 'T0: rows are stored as planned, in order, and their counts add up',
    run: async ({ ledger }) => {
      const rows = [
        person(1, 1),
        person(2, 2, { state: 'invalid', code: 'phone.invalid', reason: 'Too short.', payload: null }),
        person(3, 3, { state: 'held', code: 'phone.ambiguous', reason: 'Two readings.' }),
        person(4, 4, { source: { '': null, umlaut: 'Jürgen', nul: 'a\u0000b', deep: [1.5, true] } }),
      ];
      const { run, rows: stored } = await prepare(ledger, rows);
      expect(stored.map(({ state }) => state)).toEqual(['ready', 'invalid', 'held', 'ready']);
      expect(await all(ledger.rows(run))).toEqual(stored);
      expect(stored[3]).toMatchObject({ ...rows[3], run, attempt: 0, vendorId: null });
      expect(await ledger.counts(run)).toMatchObject({ ready: 2, invalid: 1, held: 1, sending: 0 });
      expect((await all(ledger.rows(run, { states: ['held', 'invalid'] }))).map((r) => r.row)).toEqual([
        2, 3,
      ]);
      expect((await all(ledger.rows(run, { row: 4 }))).map((r) => r.row)).toEqual([4]);
      expect(await all(ledger.rows(run, { row: 4, states: ['held'] }))).toEqual([]);
      expect(await all(ledger.rows(run, { states: [] }))).toEqual([]);
    },
  },
  {
    name: 'T0: 1,000 rows go in one chunk, 1,001 do not; pages come in order, whatever the states',
    run: async ({ ledger }) => {
      const { run } = await prepare(ledger, [], { sealed: false });
      const chunk = Array.from({ length: 1_000 }, (_, i) => person(i + 1, i));
      await ledger.addRows(run, chunk, never);
      await expect(ledger.addRows(run, [...chunk, person(1_001, 5_000)], never)).rejects.toThrow();
      const dull = chunk.map(({ row }) =>
        person(row + 1_000, row + 10_000, { state: 'invalid', code: 'x', reason: 'x' }),
      );
      await ledger.addRows(run, dull, never);
      const numbers = (await all(ledger.rows(run))).map(({ row }) => row);
      expect(numbers).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1));
      expect(await all(ledger.rows(run, { states: ['ready', 'invalid'] }))).toHaveLength(2_000);
      expect(await all(ledger.rows(run, { states: ['ready'] }))).toHaveLength(1_000);
    },
  },
  {
    name: 'T0 ends once: before sealing nothing can be claimed, after it nothing can be added',
    run: async ({ ledger }) => {
      const { run, lock } = await prepare(ledger, [person(1, 1)], { sealed: false });
      await expect(ledger.claim(run, lock, { items: 1, bytes: 1_000 })).rejects.toThrow();
      expect((await ledger.run(run))?.sealedAt).toBeNull();
      expect(await ledger.runsOf((await ledger.run(run))?.account ?? '', 'import', source.sha256)).toEqual(
        [],
      );
      await ledger.seal(run, { ...source, sha256: 'ef'.repeat(32) }, ['tel']);
      const sealed = await ledger.run(run);
      expect(sealed).toMatchObject({ columns: ['tel'], source: { sha256: 'ef'.repeat(32) } });
      expect(await ledger.runsOf(sealed?.account ?? '', 'import', 'ef'.repeat(32))).toEqual([sealed]);
      await expect(ledger.seal(run, source, [])).rejects.toThrow();
      await expect(ledger.addRows(run, [person(2, 2)], never)).rejects.toThrow();
      await expect(ledger.discardPlan(run)).rejects.toThrow();
      expect(await states(ledger, run)).toEqual(['ready']);
    },
  },
  {
    name: 'an unsealed plan is thrown away by the next of its account and operation, and by no other',
    run: async ({ ledger }) => {
      const dead = await prepare(ledger, [person(1, 1)], { sealed: false });
      const other = await prepare(ledger, [person(1, 2)], { sealed: false, draft: { operation: 'remove' } });
      const account = await someAccount(ledger, 'b');
      const elsewhere = await prepare(ledger, [person(1, 1)], { sealed: false, account });
      const { rows } = await prepare(ledger, [person(1, 1), person(2, 2)], { sealed: false });
      expect(rows.map(({ code }) => code)).toEqual([null, 'duplicate.pending']);
      expect(await ledger.run(dead.run)).toBeNull();
      expect(await ledger.run(other.run)).not.toBeNull();
      expect(await ledger.run(elsewhere.run)).not.toBeNull();
      await refused(ledger.addRows(dead.run, [person(2, 9)], never), 'run.lock-lost', 11);
      await refused(ledger.seal(dead.run, source, []), 'run.lock-lost', 11);
      await ledger.discardPlan(other.run);
      await ledger.discardPlan(other.run);
      expect(await ledger.run(other.run)).toBeNull();
    },
  },
  {
    name: 'a plan needs its lock',
    run: async ({ ledger, alive }) => {
      const old = owner();
      const lost = await ledger.lock('one', old);
      alive.set(old.id, false);
      await ledger.lock('one', owner());
      await expect(ledger.beginPlan(draft(await someAccount(ledger)), lost)).rejects.toMatchObject({
        exit: 11,
      });
    },
  },
];

const duplicates: Check[] = [
  {
    name: 'duplicate.in-file: the first valid row of a person wins, in one chunk and across chunks',
    run: async ({ ledger }) => {
      const broken = { state: 'invalid', code: 'field.missing', reason: 'No name.' } as const;
      const first = [person(1, 1, broken), person(2, 1), person(3, 1), person(4, 2)];
      const { run, rows } = await prepare(ledger, first, { sealed: false });
      expect(rows.map(({ code }) => code)).toEqual(['field.missing', null, 'duplicate.in-file', null]);
      expect(rows[2]?.reason).toContain('row 2');
      const more = await ledger.addRows(run, [person(5, 2), person(6, 3)], never);
      expect(more.map(({ state }) => state)).toEqual(['duplicate', 'ready']);
      expect(await ledger.counts(run)).toMatchObject({ ready: 3, duplicate: 2, invalid: 1 });
    },
  },
  {
    name: 'allow-duplicates lets repeats of one file through, and nothing else',
    run: async ({ ledger, audit }) => {
      const policy = { ...never, allowDuplicates: true };
      const { run } = await prepare(ledger, [person(1, 1), person(2, 1)], { policy, sealed: false });
      await ledger.addRows(run, [person(3, 1)], policy);
      expect(await states(ledger, run)).toEqual(['ready', 'ready', 'ready']);
      expect(await audit()).toEqual([]);
      await ledger.seal(run, source, []);
      const next = await prepare(ledger, [person(1, 1), person(2, 1)], { policy });
      expect(next.rows.map(({ code }) => code)).toEqual(['duplicate.pending', 'duplicate.pending']);
    },
  },
  {
    name: 'a person of another run is a duplicate while that row is ready, sending, in doubt or delivered',
    run: async ({ ledger }) => {
      const run = await prepare(ledger, [person(1, 1)]);
      expect(await again(ledger)).toBe('duplicate.pending');
      const claim = await claimAll(ledger, run);
      expect(await again(ledger)).toBe('duplicate.pending');
      await ledger.settle(claim, [{ row: 1, outcome: outcomes['in-doubt'] }]);
      expect(await again(ledger)).toBe('duplicate.in-doubt');
      await ledger.resolve(run.run, 1, 'delivered', 'Seen in the vendor’s list.');
      const { rows } = await prepare(ledger, [person(1, 1)]);
      expect(rows[0]).toMatchObject({ state: 'duplicate', code: 'duplicate.contacted' });
      expect(rows[0]?.reason).toContain(run.run);
      expect(rows[0]?.reason).toContain('2026-01-15');
      expect(rows[0]?.reason).not.toContain(phone(1));
    },
  },
  {
    name: 'a person who was rejected, known already, or given up may be planned again',
    run: async ({ ledger }) => {
      for (const outcome of [outcomes.rejected, outcomes.already]) {
        await push(ledger, await prepare(ledger, [person(1, 1)]), outcome);
      }
      const run = await prepare(ledger, [person(1, 1)]);
      expect(run.rows[0]?.state).toBe('ready');
      await ledger.resolve(run.run, 1, 'abandoned', 'Wrong list.');
      expect(await again(ledger)).toBe('ready');
    },
  },
  {
    name: 'histories are kept apart by account and by scope; rows without a key are never duplicates',
    run: async ({ ledger }) => {
      await prepare(ledger, [person(1, 1), person(2, 2, { key: null }), person(3, 3, { key: null })]);
      const account = await someAccount(ledger, 'b');
      expect((await prepare(ledger, [person(1, 1)], { account })).rows[0]?.state).toBe('ready');
      const scoped = await prepare(ledger, [person(1, 1)], { draft: { scope: 'sales-q.remove' } });
      expect(scoped.rows[0]?.state).toBe('ready');
      const keyless = await prepare(ledger, [person(1, 9, { key: null })]);
      expect(keyless.rows[0]?.state).toBe('ready');
    },
  },
  {
    name: 'field.not-unique: a ref is taken while its row is live, in the whole account',
    run: async ({ ledger }) => {
      const ref = 'crm-1';
      const run = await prepare(ledger, [
        person(1, 1, { ref }),
        person(2, 2, { ref }),
        person(3, 1, { ref }),
      ]);
      expect(run.rows.map(({ code }) => code)).toEqual([null, 'field.not-unique', 'duplicate.in-file']);
      expect(run.rows[1]?.state).toBe('invalid');
      const other = await prepare(ledger, [person(1, 3, { ref })], { draft: { scope: 'else' } });
      expect(other.rows[0]?.code).toBe('field.not-unique');
      const account = await someAccount(ledger, 'b');
      expect((await prepare(ledger, [person(1, 3, { ref })], { account })).rows[0]?.state).toBe('ready');
      await push(ledger, run, outcomes.rejected);
      expect((await prepare(ledger, [person(1, 3, { ref })])).rows[0]?.state).toBe('ready');
    },
  },
];

async function deliveredOnce({ ledger }: Bench): Promise<string> {
  const run = await prepare(ledger, [person(1, 1, { ref: 'crm-1' })]);
  await push(ledger, run, outcomes.delivered);
  return run.run;
}

const recontact: Check[] = [
  {
    name: 'recontact after: only when the latest delivery is older',
    run: async (bench) => {
      const { ledger, clock, audit } = bench;
      await deliveredOnce(bench);
      clock.wall += 90 * day;
      expect(await again(ledger, after(90))).toBe('duplicate.contacted');
      clock.wall += 1;
      const second = await prepare(ledger, [person(1, 1, { ref: 'crm-1' })], { policy: after(90) });
      expect(second.rows[0]?.state).toBe('ready');
      expect(await again(ledger, after(90))).toBe('duplicate.pending');
      await push(ledger, second, outcomes.delivered);
      expect(await again(ledger, after(90))).toBe('duplicate.contacted');
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'recontact always: a delivered row gives way, one that is pending or in doubt never does',
    run: async (bench) => {
      const { ledger, audit } = bench;
      await deliveredOnce(bench);
      const run = await prepare(ledger, [person(1, 1)], { policy: always });
      expect(run.rows[0]?.state).toBe('ready');
      expect(await again(ledger, always)).toBe('duplicate.pending');
      const claim = await claimAll(ledger, run);
      expect(await again(ledger, always)).toBe('duplicate.pending');
      await ledger.settle(claim, []);
      expect(await again(ledger, always)).toBe('duplicate.in-doubt');
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'a contact that gave way still counts: when its successor is rejected, never means never',
    run: async (bench) => {
      const { ledger } = bench;
      await deliveredOnce(bench);
      await push(ledger, await prepare(ledger, [person(1, 1)], { policy: always }), outcomes.rejected);
      expect(await again(ledger, never)).toBe('duplicate.contacted');
      expect(await again(ledger, after(1))).toBe('duplicate.contacted');
      expect(await again(ledger, always)).toBe('ready');
    },
  },
  {
    name: 'throwing a plan away brings back the contacts it had taken the place of',
    run: async (bench) => {
      const { ledger, audit } = bench;
      await deliveredOnce(bench);
      const plan = await prepare(ledger, [person(1, 1)], { policy: always, sealed: false });
      expect(plan.rows[0]?.state).toBe('ready');
      await ledger.discardPlan(plan.run);
      expect(await again(ledger, never)).toBe('duplicate.contacted');
      expect((await prepare(ledger, [person(1, 7, { ref: 'crm-1' })])).rows[0]?.code).toBe(
        'field.not-unique',
      );
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'throwing a plan away whose rows were blocked leaves the place to who took it since',
    run: async (bench) => {
      const { ledger, audit } = bench;
      await deliveredOnce(bench);
      const plan = await prepare(ledger, [person(1, 1)], { policy: always, sealed: false });
      await ledger.block([{ phone: phone(1), reason: 'Asked.' }]);
      await ledger.unblock([phone(1)], 'A mistake.');
      const other = await prepare(ledger, [person(1, 1)], { policy: always, draft: { operation: 'add' } });
      expect(other.rows[0]?.state).toBe('ready');
      await ledger.discardPlan(plan.run);
      expect(await audit()).toEqual([]);
      expect(await again(ledger, always)).toBe('duplicate.pending');
    },
  },
  {
    name: 'recontact with allow-duplicates replaces the delivered row once and sends every repeat',
    run: async (bench) => {
      const { ledger, audit } = bench;
      await deliveredOnce(bench);
      const policy = { ...always, allowDuplicates: true };
      const run = await prepare(ledger, [person(1, 1), person(2, 1)], { policy });
      expect(run.rows.map(({ state }) => state)).toEqual(['ready', 'ready']);
      expect(await push(ledger, run, outcomes.delivered)).toHaveLength(2);
      const next = await prepare(ledger, [person(1, 1)], { policy: always });
      expect(next.rows[0]?.state).toBe('ready');
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'standing says beforehand what a plan would say',
    run: async (bench) => {
      const { ledger } = bench;
      const run = await deliveredOnce(bench);
      await prepare(ledger, [person(1, 2)]);
      await ledger.block([{ phone: phone(3), reason: 'Asked.' }]);
      const account = await someAccount(ledger);
      const keys = [1, 2, 3, 4].map(phone);
      const found = await ledger.standing(account, 'sales-q.import', keys, never);
      const { rows } = await prepare(
        ledger,
        [1, 2, 3, 4].map((n) => person(n, n)),
      );
      for (const [i, key] of keys.entries()) {
        const { state, code, reason } = rows[i] ?? {};
        expect(found.get(key) ?? { state: 'ready', code: null, reason: null }).toEqual({
          state,
          code,
          reason,
        });
      }
      expect(found.get(phone(1))?.reason).toContain(run);
      expect((await ledger.standing(account, 'sales-q.import', keys, always)).has(phone(1))).toBe(false);
      expect((await ledger.standing(account, 'else', keys, never)).size).toBe(1);
    },
  },
];

export const planChecks: readonly Check[] = [...plain, ...duplicates, ...recontact];
