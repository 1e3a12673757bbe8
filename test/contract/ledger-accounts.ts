import { expect } from 'vitest';
import type { AccountRef, Ledger } from '../../src/core/ledger.js';
import {
  after,
  all,
  always,
  claimAll,
  day,
  draft,
  large,
  numberOf,
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

const people = (...numbers: number[]) => numbers.map((n, i) => person(i + 1, n));

interface Two {
  readonly one: string;
  readonly other: string;
}

const two = async (ledger: Ledger): Promise<Two> => ({
  one: await someAccount(ledger, 'a'),
  other: await someAccount(ledger, 'b'),
});

const delivered = async (ledger: Ledger, account: string, ...numbers: number[]): Promise<string> => {
  const prepared = await prepare(ledger, people(...numbers), { account });
  await push(ledger, prepared, outcomes.delivered);
  return prepared.run;
};

/** Nobody works on the run any more. */
const rest = (ledger: Ledger, { lock }: Prepared): Promise<void> => ledger.unlock(lock);

const planned = async (ledger: Ledger, account: string, ...numbers: number[]): Promise<string[]> =>
  (await prepare(ledger, people(...numbers), { account })).rows.map(({ state, code }) => code ?? state);

const contacts = async (ledger: Ledger, account: string): Promise<number> =>
  (await ledger.progress(account)).contacts;

const digest = (n: number): string => String(n).padStart(64, '0');

const deliveryOf = (account: string, n: number) => ({
  account,
  at: 1,
  digest: digest(n),
  state: 'stored' as const,
  code: null,
  phone: null,
  vendorId: null,
  record: null,
  body: {},
  bytes: 2,
});

const joining: Check[] = [
  {
    name: 'two accounts made one have contacted whom either had, and no row is lost',
    run: async ({ ledger, clock, another, audit }) => {
      const { one, other } = await two(ledger);
      const first = await delivered(ledger, one, 1, 2, 3);
      clock.wall += day;
      const second = await delivered(ledger, other, 3, 4);
      await ledger.block([{ phone: phone(9), reason: 'Asked.' }]);
      expect(await ledger.joinAccounts(other, one, 'The host was renamed.')).toEqual({
        kept: one,
        joined: other,
        duplicates: 0,
        superseded: 1,
      });
      expect(await audit()).toEqual([]);
      expect([await states(ledger, first), await states(ledger, second)]).toEqual([
        ['delivered', 'delivered', 'delivered'],
        ['delivered', 'delivered'],
      ]);
      expect([await contacts(ledger, one), (await ledger.progress(null)).optOuts]).toEqual([5, 1]);
      const later = await another();
      for (const name of ['a', 'b']) expect(await someAccount(later, name)).toBe(one);
      expect((await later.run(second))?.account).toBe(one);
      expect(await planned(later, one, 1, 2, 3, 4, 5, 9)).toEqual([
        ...Array.from({ length: 4 }, () => 'duplicate.contacted'),
        'ready',
        'dnc.listed',
      ]);
      const [known] = await later.accounts();
      expect(known).toMatchObject({
        id: one,
        contacts: 5,
        joined: [{ id: other, reason: 'The host was renamed.', at: clock.wall }],
      });
    },
  },
  {
    name: 'accounts that are one already stay as they are, whichever of their ids is given',
    run: async ({ ledger, audit }) => {
      const { one, other } = await two(ledger);
      const third = await someAccount(ledger, 'c');
      await delivered(ledger, one, 1);
      await delivered(ledger, third, 1, 2, 3);
      await ledger.joinAccounts(one, other, 'First.');
      const before = await ledger.accounts();
      const nothing = { joined: null, duplicates: 0, superseded: 0 };
      expect(await ledger.joinAccounts(other, one, 'Again.')).toEqual({ kept: one, ...nothing });
      expect(await ledger.accounts()).toEqual(before);
      await ledger.joinAccounts(other, third, 'All of them.');
      expect(await ledger.joinAccounts(other, one, 'Once more.')).toEqual({ kept: third, ...nothing });
      const [known, ...more] = await ledger.accounts();
      expect([known?.id, known?.contacts, more]).toEqual([third, 4, []]);
      expect(known?.joined.map(({ id }) => id)).toEqual([one, other]);
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'nobody who waits in one account is sent, where the other one has contacted the person or is about to',
    run: async ({ ledger, audit }) => {
      const { one, other } = await two(ledger);
      await delivered(ledger, one, 1, 5, 6);
      await delivered(ledger, other, 2);
      const here = await prepare(ledger, people(2, 3, 4), { account: one });
      const there = await prepare(ledger, people(1, 3, 7), { account: other });
      for (const prepared of [here, there]) await rest(ledger, prepared);
      expect(await ledger.joinAccounts(one, other, null)).toMatchObject({ kept: one, duplicates: 3 });
      expect(await states(ledger, here.run)).toEqual(['duplicate', 'ready', 'ready']);
      expect(await states(ledger, there.run)).toEqual(['duplicate', 'duplicate', 'ready']);
      expect(await all(ledger.events(here.run, 1))).toMatchObject([{ kind: 'duplicate' }]);
      const sent = [];
      for (const { run } of [here, there]) {
        const lock = await ledger.lock(`again ${run}`, owner());
        sent.push(...(await ledger.claim(run, lock, large)).claim!.rows.map(({ phone: number }) => number));
      }
      expect(sent).toEqual([phone(3), phone(4), phone(7)]);
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'a contact that is given up, taken back or gave way counts in the other account too',
    run: async ({ ledger, clock, audit }) => {
      const { one, other } = await two(ledger);
      await delivered(ledger, one, 20, 21, 22, 23);
      const doubt = await prepare(ledger, people(1), { account: other });
      await push(ledger, doubt, outcomes['in-doubt']);
      await ledger.resolve(doubt.run, 1, 'abandoned', 'Old.');
      await delivered(ledger, other, 2);
      clock.wall += day;
      const again = await prepare(ledger, people(2), { account: other, policy: always });
      await push(ledger, again, outcomes.delivered);
      const waiting = await prepare(ledger, people(1, 2, 3), { account: one });
      await rest(ledger, waiting);
      await ledger.joinAccounts(one, other, null);
      expect(await states(ledger, waiting.run)).toEqual(['duplicate', 'duplicate', 'ready']);
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'a second number counts as one that was contacted, on either side',
    run: async ({ ledger, audit }) => {
      const { one, other } = await two(ledger);
      const withSecond = (row: number, n: number, second: number) =>
        person(row, n, { payload: { phone: numberOf(n, true), other: numberOf(second, true) } });
      const sent = await prepare(ledger, [withSecond(1, 1, 2), withSecond(2, 30, 31)], { account: one });
      await push(ledger, sent, outcomes.delivered);
      const waiting = await prepare(ledger, [withSecond(1, 5, 1), person(2, 2), withSecond(3, 6, 7)], {
        account: other,
      });
      await rest(ledger, waiting);
      expect(await ledger.joinAccounts(one, other, null)).toMatchObject({ kept: one, duplicates: 2 });
      expect(await states(ledger, waiting.run)).toEqual(['duplicate', 'duplicate', 'ready']);
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'contacts that are not certain are all kept, and none of them is sent again on a word',
    run: async ({ ledger, audit }) => {
      const { one, other } = await two(ledger);
      const runs: string[] = [];
      for (const account of [one, other]) {
        const prepared = await prepare(ledger, people(1, 2), { account });
        const claim = await claimAll(ledger, prepared);
        await ledger.settle(claim, [
          { row: 1, outcome: outcomes['in-doubt'] },
          { row: 2, outcome: account === one ? outcomes['in-doubt'] : outcomes.delivered },
        ]);
        runs.push(prepared.run);
      }
      expect(await ledger.joinAccounts(one, other, null)).toMatchObject({ superseded: 1, duplicates: 0 });
      expect(await audit()).toEqual([]);
      const [first = '', second = ''] = runs;
      expect(await states(ledger, first)).toEqual(['in-doubt', 'in-doubt']);
      expect(await states(ledger, second)).toEqual(['in-doubt', 'delivered']);
      await refused(ledger.resolve(first, 1, 'not-sent', 'Asked.'), 'row.not-resolvable', 2);
      expect(await planned(ledger, one, 1, 2)).toEqual(['duplicate.in-doubt', 'duplicate.in-doubt']);
    },
  },
  {
    name: 'how long ago the last contact was is told by both',
    run: async ({ ledger, clock, audit }) => {
      const { one, other } = await two(ledger);
      await delivered(ledger, one, 1, 2);
      clock.wall += 60 * day;
      await delivered(ledger, other, 1);
      await ledger.joinAccounts(one, other, null);
      clock.wall += 40 * day;
      const again = await prepare(ledger, people(1, 2), { account: one, policy: after(90) });
      expect(again.rows.map(({ state }) => state)).toEqual(['duplicate', 'ready']);
      clock.wall += 60 * day;
      const later = await prepare(ledger, people(1), {
        account: one,
        policy: after(90),
      });
      expect(later.rows.map(({ state }) => state)).toEqual(['ready']);
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'two accounts are not made one while somebody works on either',
    run: async ({ ledger, alive }) => {
      const { one, other } = await two(ledger);
      await delivered(ledger, one, 1);
      const run = await delivered(ledger, other, 2);
      const sender = owner();
      for (const take of [
        () => ledger.lock(`push ${one} import`, sender),
        () => ledger.lock(`push ${other} leads add`, sender),
        () => ledger.join(run, sender),
      ]) {
        const lock = await take();
        await refused(ledger.joinAccounts(one, other, null), 'run.locked', 11);
        expect((await ledger.accounts()).map(({ contacts: n }) => n)).toEqual([1, 1]);
        await ledger.unlock(lock);
      }
      const foreign = await ledger.lock('push 999 import', sender);
      const dead = owner();
      await ledger.lock(`push ${one} import`, dead);
      alive.set(dead.id, false);
      expect(await ledger.joinAccounts(one, other, null)).toMatchObject({ joined: other });
      await ledger.unlock(foreign);
    },
  },
  {
    name: 'a reference that both have stays unique: the earlier contact gives way, two in doubt are refused',
    run: async ({ ledger, clock, audit }) => {
      const { one, other } = await two(ledger);
      const withRef = (n: number, ref: string) => [person(1, n, { ref })];
      const send = async (account: string, n: number, ref: string, how: keyof typeof outcomes) => {
        const prepared = await prepare(ledger, withRef(n, ref), { account });
        await push(ledger, prepared, outcomes[how]);
        clock.wall += 1_000;
      };
      await send(one, 1, 'lead-1', 'delivered');
      await send(other, 2, 'lead-1', 'delivered');
      await send(one, 3, 'lead-2', 'in-doubt');
      await send(other, 4, 'lead-2', 'in-doubt');
      const before = await ledger.accounts();
      await refused(ledger.joinAccounts(one, other, null), 'account.in-doubt', 7);
      expect(await ledger.accounts()).toEqual(before);
      const doubt = (await ledger.runs(1))[0]?.id ?? '';
      await ledger.resolve(doubt, 1, 'abandoned', 'Old.');
      expect(await ledger.joinAccounts(one, other, null)).toMatchObject({ superseded: 1 });
      expect(await planned(ledger, one, 1, 2, 3, 4)).toEqual([
        'duplicate.contacted',
        'duplicate.contacted',
        'duplicate.in-doubt',
        'duplicate.contacted',
      ]);
      expect(await audit()).toEqual([]);
    },
  },
  {
    name: 'what was begun for an account that is no more comes to nothing, or to the one that stays',
    run: async ({ ledger }) => {
      const { one, other } = await two(ledger);
      await delivered(ledger, one, 1);
      const unsealed = await prepare(ledger, people(2), { account: other, sealed: false });
      await rest(ledger, unsealed);
      for (const [account, n] of [
        [one, 1],
        [other, 1],
        [other, 2],
      ] as const)
        await ledger.storeDelivery(deliveryOf(account, n));
      await ledger.joinAccounts(one, other, null);
      expect(await ledger.run(unsealed.run)).toBe(null);
      const lock = await ledger.lock('late', owner());
      await refused(ledger.beginPlan(draft(other), lock), 'account.joined', 11);
      expect(await ledger.storeDelivery(deliveryOf(other, 2))).toBe('known');
      expect(await ledger.storeDelivery(deliveryOf(other, 3))).toBe('stored');
      const found = (await all(ledger.deliveries({ account: one }))).map((one_) => one_.digest);
      expect(found).toEqual([1, 2, 3].map(digest));
      expect(await all(ledger.deliveries())).toHaveLength(4);
    },
  },
  {
    name: 'accounts of two vendors are never one',
    run: async ({ ledger }) => {
      const one = await someAccount(ledger);
      const other = await ledger.account({ vendor: 'mmdial', name: null, aliases: ['place:x#\t'] });
      await refused(ledger.joinAccounts(one, other, null), 'account.other-vendor', 2);
    },
  },
];

const knowing: Check[] = [
  {
    name: 'looking for an account makes none, and what is said of one is kept once',
    run: async ({ ledger, clock }) => {
      const ref: AccountRef = { vendor: 'v', name: null, aliases: ['place:x#\t'] };
      expect(await ledger.findAccount(ref)).toBe(null);
      expect(await ledger.accounts()).toEqual([]);
      const id = await ledger.account(ref);
      expect(await ledger.findAccount(ref)).toBe(id);
      expect(await ledger.accounts()).toEqual([
        { id, ref, contacts: 0, firstUsed: null, lastUsed: null, separate: null, joined: [] },
      ]);
      const at = clock.wall;
      await ledger.separateAccount(id, 'Another company.');
      clock.wall += day;
      await ledger.separateAccount(id, 'Said again.');
      expect((await ledger.accounts())[0]?.separate).toMatchObject({ at, reason: 'Another company.' });
    },
  },
];

const newest = async (ledger: Ledger): Promise<number> => (await ledger.progress(null)).newest;

const time: Check[] = [
  {
    name: 'the newest moment is kept, and a clock that is set back does not lower it',
    run: async ({ ledger, clock, another }) => {
      expect(await newest(ledger)).toBe(0);
      const account = await someAccount(ledger);
      for (const step of [
        () => delivered(ledger, account, 1),
        () => ledger.block([{ phone: phone(2), reason: 'Asked.' }]),
        () => ledger.unblock([phone(2)], 'A mistake.'),
      ]) {
        clock.wall += day;
        await step();
        expect(await newest(ledger)).toBe(clock.wall);
      }
      const last = clock.wall;
      clock.wall -= 365 * day;
      await delivered(ledger, account, 3);
      await ledger.block([{ phone: phone(4), reason: 'Asked.' }]);
      expect(await newest(await another())).toBe(last);
    },
  },
  {
    name: 'a clock that is years ahead does not pass for the right one because of a stop',
    run: async ({ ledger, clock }) => {
      await ledger.block([{ phone: phone(1), reason: 'Asked.' }]);
      const last = await newest(ledger);
      clock.wall += 401 * day;
      await ledger.block([{ phone: phone(2), reason: 'Asked.' }]);
      expect(await newest(ledger)).toBe(last);
      clock.wall -= 2 * day;
      await ledger.block([{ phone: phone(3), reason: 'Asked.' }]);
      expect(await newest(ledger)).toBe(clock.wall);
    },
  },
  {
    name: 'while rows are sent the newest moment follows, to half a minute',
    run: async ({ ledger, clock }) => {
      const prepared = await prepare(ledger, people(1, 2));
      const begun = await newest(ledger);
      for (const ms of [20_000, 20_000]) {
        clock.wall += ms;
        const { claim } = await ledger.claim(prepared.run, prepared.lock, { items: 1, bytes: 1e9 });
        if (claim) await ledger.settle(claim, [{ row: claim.rows[0]!.row, outcome: outcomes.delivered }]);
      }
      expect(await newest(ledger)).toBe(begun + 40_000);
    },
  },
  {
    name: 'a contact that is newer than now counts as one of now',
    run: async ({ ledger, clock }) => {
      const account = await someAccount(ledger);
      clock.wall += 365 * day;
      await delivered(ledger, account, 1);
      clock.wall -= 365 * day;
      for (const step of [0, 200, 100]) {
        clock.wall += step * day;
        const again = await prepare(ledger, people(1), { account, policy: after(90) });
        expect(again.rows[0]?.code).toBe('duplicate.contacted');
      }
    },
  },
];

/** Which account somebody was contacted by, and when. */
export const accountChecks: readonly Check[] = [...joining, ...knowing, ...time];
