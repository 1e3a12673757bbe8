import { expect } from 'vitest';
import type { Ledger } from '../../src/core/ledger.js';
import {
  claimAll,
  day,
  draft,
  outcomes,
  person,
  phone,
  prepare,
  push,
  someAccount,
  type Check,
} from './ledger-bench.js';

const people = (count: number, from = 1) => Array.from({ length: count }, (_, i) => person(i + 1, from + i));

const contactsOf = async (ledger: Ledger, account: string): Promise<number> =>
  (await ledger.progress(account)).contacts;

const asked = (n: number) => [{ phone: phone(n), reason: 'Asked.' }];

export const progressChecks: readonly Check[] = [
  {
    name: 'a row counts as a contact once it may have left, and once only',
    run: async ({ ledger, another }) => {
      const account = await someAccount(ledger);
      const prepared = await prepare(ledger, people(5));
      expect(await contactsOf(ledger, account)).toBe(0);
      const { claim } = await ledger.claim(prepared.run, prepared.lock, { items: 2, bytes: 1e9 });
      expect(await contactsOf(await another(), account)).toBe(2);
      if (!claim) throw new Error('nothing claimed');
      await ledger.settle(claim, [
        { row: 1, outcome: outcomes['not-sent'] },
        { row: 2, outcome: outcomes['in-doubt'] },
      ]);
      expect(await contactsOf(ledger, account)).toBe(2);
      await push(ledger, prepared, outcomes.rejected);
      expect(await contactsOf(ledger, account)).toBe(5);
      await ledger.resolve(prepared.run, 2, 'not-sent', 'Asked them.');
      await push(ledger, prepared, outcomes.delivered);
      expect(await contactsOf(ledger, account)).toBe(5);
    },
  },
  {
    name: 'contacts are counted by account, and what reaches nobody is none',
    run: async ({ ledger }) => {
      const [one, other] = [await someAccount(ledger, 'a'), await someAccount(ledger, 'b')];
      await push(ledger, await prepare(ledger, people(2), { account: one }), outcomes.delivered);
      await push(ledger, await prepare(ledger, people(1), { account: other }), outcomes.delivered);
      const cancel = { account: one, draft: { reaches: 'nobody', operation: 'cancel', scope: 'c' } } as const;
      await push(ledger, await prepare(ledger, people(3), cancel), outcomes.delivered);
      expect([await contactsOf(ledger, one), await contactsOf(ledger, other)]).toEqual([2, 1]);
      expect(await ledger.progress(null)).toMatchObject({ contacts: 0 });
    },
  },
  {
    name: 'an unsealed plan, a blocked row and a claim that failed count nobody',
    run: async ({ ledger }) => {
      const account = await someAccount(ledger);
      const prepared = await prepare(ledger, people(2));
      await ledger.block(asked(1));
      await claimAll(ledger, prepared);
      expect(await contactsOf(ledger, account)).toBe(1);
      const unsealed = await ledger.beginPlan(draft(account), prepared.lock);
      await ledger.addRows(unsealed, people(2, 50), { allowDuplicates: false, recontact: never });
      await expect(ledger.claim(unsealed, prepared.lock, { items: 1, bytes: 1e9 })).rejects.toThrow();
      expect(await contactsOf(ledger, account)).toBe(1);
    },
  },
  {
    name: 'each change of the do-not-call list is counted, what changes nothing is not',
    run: async ({ ledger, clock }) => {
      const changes = async (): Promise<number> => (await ledger.progress(null)).optOuts;
      expect(await changes()).toBe(0);
      await ledger.block([...asked(1), ...asked(2)]);
      await ledger.block(asked(1));
      expect(await changes()).toBe(2);
      clock.wall += day;
      await ledger.unblock([phone(2), phone(3)], 'A mistake.');
      expect(await changes()).toBe(3);
    },
  },
  {
    name: 'that it is an older copy is kept as it was first seen',
    run: async ({ ledger, another }) => {
      expect((await ledger.progress(null)).contested).toBe(null);
      const loss = { contacts: 3, optOuts: 0, at: 1 };
      await ledger.contest(loss);
      await ledger.contest({ contacts: 1, optOuts: 1, at: 2 });
      expect((await (await another()).progress(null)).contested).toEqual(loss);
    },
  },
  {
    name: 'a ledger has one id, whoever opens it, and knows the names of its accounts',
    run: async ({ ledger, another, clock }) => {
      const account = await ledger.account({ vendor: 'v', name: 'one', aliases: ['place:b#', 'place:a#'] });
      const progress = await ledger.progress(account);
      expect(progress).toMatchObject({ contacts: 0, adoptedAt: null });
      expect(progress.ledger).toMatch(/^[0-9a-f]{24}$/);
      expect((await (await another()).progress(account)).ledger).toBe(progress.ledger);
      expect(Math.abs(progress.at - clock.now())).toBeLessThan(day);
      expect(await ledger.accountNames(account)).toEqual({
        vendor: 'v',
        name: 'one',
        aliases: ['place:a#', 'place:b#'],
      });
      expect(await ledger.accountNames('999')).toBe(null);
    },
  },
];

const never = { mode: 'never', afterMs: 0 } as const;
