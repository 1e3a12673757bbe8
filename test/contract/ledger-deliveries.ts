import { expect } from 'vitest';
import {
  type Delivery,
  type DeliveryFilter,
  type StoredDelivery,
  quarantinePerHour,
  type Ledger,
} from '../../src/core/ledger.js';
import type { Check } from './ledger-bench.js';

const accountOf = (ledger: Ledger, alias: string): Promise<string> =>
  ledger.account({ vendor: 'vendor', name: null, aliases: [alias] });

const delivery = (account: string, digest: string, at = 1): Delivery => ({
  account,
  at,
  digest,
  state: 'stored',
  code: null,
  phone: '+491713920001',
  vendorId: null,
  record: { id: null, data: { __proto__x: 1, 'ü\u0000': 'a\u0000b' } },
  body: ['text', { deep: null }],
  bytes: 12,
});

const forged = (account: string, digest: string, at: number): Delivery => ({
  ...delivery(account, digest, at),
  state: 'quarantined',
  code: 'webhook.forged',
  record: null,
  body: 'text',
});

async function listed(ledger: Ledger, filter: DeliveryFilter): Promise<StoredDelivery[]> {
  const found: StoredDelivery[] = [];
  for await (const one of ledger.deliveries(filter)) found.push(one);
  return found;
}

export const deliveryChecks: readonly Check[] = [
  {
    name: 'a delivery is stored once, whole, for its account and state, by however many at once',
    run: async ({ ledger, another }) => {
      const handles = [ledger, await another()];
      const account = await accountOf(ledger, 'a');
      const one = delivery(account, 'x');
      const answers = await Promise.all([0, 1, 0, 1].map((i) => (handles[i] ?? ledger).storeDelivery(one)));
      expect(answers.sort()).toEqual(['known', 'known', 'known', 'stored']);
      const [kept, ...more] = await listed(ledger, { account });
      expect(more).toEqual([]);
      expect(kept).toEqual({ ...one, no: kept?.no });
      expect(await ledger.storeDelivery(forged(account, 'x', 1))).toBe('stored');
      expect(await ledger.storeDelivery(delivery(await accountOf(ledger, 'b'), 'x'))).toBe('stored');
    },
  },
  {
    name: 'deliveries come oldest first, over pages, by account and state',
    run: async ({ ledger }) => {
      const account = await accountOf(ledger, 'a');
      for (let n = 0; n < 205; n += 1) await ledger.storeDelivery(delivery(account, `${n}`, 1000 - n));
      await ledger.storeDelivery(delivery(await accountOf(ledger, 'b'), 'other'));
      await ledger.storeDelivery(forged(account, 'forged', 1));
      const stored = await listed(ledger, { account, state: 'stored' });
      expect(stored.map(({ digest }) => digest)).toEqual(Array.from({ length: 205 }, (_, n) => `${n}`));
      expect(await listed(ledger, { account, state: 'quarantined' })).toMatchObject([{ digest: 'forged' }]);
      expect(await listed(ledger, {})).toHaveLength(207);
    },
  },
  {
    name: 'the quarantine of an account takes so many in an hour, and deliveries always',
    run: async ({ ledger, clock }) => {
      const account = await accountOf(ledger, 'a');
      for (let n = 0; n < quarantinePerHour; n += 50) {
        const some = Array.from({ length: 50 }, (_, i) => forged(account, `${n + i}`, clock.wall));
        const stored = await Promise.all(some.map((one) => ledger.storeDelivery(one)));
        expect(new Set(stored)).toEqual(new Set(['stored']));
      }
      expect(await ledger.storeDelivery(forged(account, 'more', clock.wall))).toBe('full');
      expect(await ledger.storeDelivery(forged(account, '7', clock.wall))).toBe('known');
      expect(await ledger.storeDelivery(delivery(account, 'real', clock.wall))).toBe('stored');
      const other = await accountOf(ledger, 'b');
      expect(await ledger.storeDelivery(forged(other, 'more', clock.wall))).toBe('stored');
      clock.wall += 3_600_000;
      expect(await ledger.storeDelivery(forged(account, 'more', clock.wall))).toBe('stored');
    },
  },
];
