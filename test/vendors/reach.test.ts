import { describe, expect, it } from 'vitest';
import type { Reaches } from '../../src/core/gate.js';
import { Secret } from '../../src/core/secret.js';
import type {
  Keepsake,
  OptionValues,
  PushOperation,
  ReadyRow,
  VendorContext,
} from '../../src/core/vendor.js';
import { createHttp } from '../../src/http/client.js';
import { vendors } from '../../src/vendors/index.js';
import { editLeads } from '../../src/vendors/mmdial/leads-edit.js';
import { removeLeads } from '../../src/vendors/sales-q/remove.js';
import { digits, fictitious } from '../support/leads.js';
import { asE164, cleared } from '../support/rows.js';
import { realClock } from '../support/sandboxed.js';
import { type Received, sendJson, VendorServer } from '../support/vendor-server.js';

/** Whom each operation reaches, what always leaves, and which columns the vendor may ring or write to. */
const expected: Readonly<Record<string, { reaches: Reaches; stops: boolean; dials: readonly string[] }>> = {
  'sales-q import': { reaches: 'by-number', stops: false, dials: ['Phone'] },
  'sales-q remove': { reaches: 'nobody', stops: true, dials: [] },
  'sales-q remove --message': { reaches: 'by-id', stops: false, dials: [] },
  'comunik8 add': { reaches: 'by-number', stops: false, dials: ['mobile', 'other_phone'] },
  'comunik8 add --test': { reaches: 'nobody', stops: false, dials: ['mobile', 'other_phone'] },
  'comunik8 cancel': { reaches: 'nobody', stops: true, dials: [] },
  'calltouch comment': { reaches: 'nobody', stops: false, dials: [] },
  'mmdial dnc add': { reaches: 'nobody', stops: true, dials: [] },
  'mmdial dnc remove': { reaches: 'nobody', stops: false, dials: [] },
  'mmdial leads add': { reaches: 'by-number', stops: false, dials: ['phone', 'alt_phone'] },
  'mmdial leads edit': { reaches: 'nobody', stops: false, dials: ['phone', 'alt_phone'] },
  'mmdial leads edit --redial': { reaches: 'by-id', stops: false, dials: ['phone', 'alt_phone'] },
};
const flags: Readonly<Record<string, OptionValues>> = {
  '--message': { message: 'Auf Wiedersehen' },
  '--test': { test: true },
  '--redial': { redial: true },
};

it('is known of every operation whom it reaches', async () => {
  const all = await Promise.all(vendors.map(async ({ load }) => (await load()).default));
  const found = all.flatMap(({ id, operations }) =>
    operations.flatMap((operation) => {
      const own = Object.keys(flags).filter((flag) =>
        Object.values(operation.options).some((option) => option.flag?.split(' ')[0] === flag),
      );
      return ['', ...own].map((flag) => {
        const options = flags[flag] ?? {};
        const what = {
          reaches: operation.reaches(options),
          stops: operation.stops?.(options) ?? false,
          dials: operation.fields.flatMap(({ name, dials }) => (dials ? [name] : [])),
        };
        return [`${id} ${operation.id} ${flag}`.trim(), what] as const;
      });
    }),
  );
  expect(Object.fromEntries(found)).toEqual(expected);
});

/** A sender whose vendor answers so, and what it was asked. */
async function against(
  operation: PushOperation,
  options: OptionValues,
  answer: (request: Received) => unknown,
  use: (sender: Awaited<ReturnType<PushOperation['open']>>, received: readonly Received[]) => Promise<void>,
): Promise<void> {
  const server = await VendorServer.start((request, response) => sendJson(response, answer(request)));
  const context: VendorContext = {
    settings: {
      url: server.url,
      perSecond: null,
      concurrency: null,
      timeoutMs: 2_000,
      account: null,
      secrets: { password: new Secret('p'), token: new Secret('t') },
      values: { username: 'ops', countryCode: 49 },
    },
    http: createHttp(),
    clock: realClock,
    signal: new AbortController().signal,
    warn: () => undefined,
  };
  try {
    await use(await operation.open(context, options), server.received);
  } finally {
    await server.close();
  }
}

async function keepsakes(
  sender: Awaited<ReturnType<PushOperation['open']>>,
  row: ReadyRow,
): Promise<Keepsake[]> {
  async function* rows(): AsyncIterable<ReadyRow> {
    yield await Promise.resolve(row);
  }
  const kept: Keepsake[] = [];
  for await (const keepsake of sender.before?.(rows()) ?? []) kept.push(keepsake);
  return kept;
}

const path = ({ url }: Received): string => url.replace(/^\//, '').replace(/\?.*$/, '');

describe('mmDial leads edit that may start dialling', () => {
  const payload = { leadid: '10001', data: { status: 'NEW' }, form: {} };
  const lead = (more: object): object => ({
    status: 'found',
    lead_data: { leadid: 10001, phone: '01713920010', status: 'OLD', ...more },
    formdata: [],
  });
  const options = { campaign: '12', redial: true };

  it.each([
    ['both numbers of the lead', { alt_phone: '0171 3920011' }, [fictitious(10), fictitious(11)]],
    ['a number of its own country', { country_phone_code: '43', phone: '06641234567' }, ['+436641234567']],
    ['nobody where a number cannot be read', { alt_phone: 'ask Eva' }, []],
    ['nobody where the lead has no number', { phone: '' }, []],
  ])('shows %s before', async (_what, more, phones) => {
    await against(
      editLeads,
      options,
      () => lead(more),
      async (sender) => {
        const [kept] = await keepsakes(sender, { row: 1, payload });
        expect(kept?.phones.map(asE164)).toEqual(phones);
        expect(kept?.phones.every(({ dials }) => dials)).toBe(true);
      },
    );
  });

  it('shows nobody where the lead is gone', async () => {
    await against(
      editLeads,
      options,
      () => ({ status: 'notfound' }),
      async (sender) => {
        expect(await keepsakes(sender, { row: 1, payload })).toEqual([]);
      },
    );
  });

  it('changes nothing where the lead has a number now that the list was not asked about', async () => {
    let now: object = {};
    await against(
      editLeads,
      options,
      () => lead(now),
      async (sender, received) => {
        await keepsakes(sender, { row: 1, payload });
        for (const other of [{ phone: '01713920012' }, { alt_phone: '01713920012' }, { phone: 'ask Eva' }]) {
          now = other;
          const { outcomes } = await sender.send([cleared(1, 'r', payload)]);
          expect(outcomes).toMatchObject([{ outcome: { kind: 'rejected', code: 'phone.changed' } }]);
        }
        expect(received.map(path).filter((name) => name === 'editlead')).toEqual([]);
        now = {};
        await sender.send([cleared(1, 'r', payload)]);
        expect(received.map(path).filter((name) => name === 'editlead')).toHaveLength(1);
      },
    );
  });
});

describe('Sales_Q remove with a message', () => {
  it('shows whose lead it is before, and nobody where update does not show it', async () => {
    const shown = {
      a1: { Phone: digits(1), Status: 'Open', state: 2 },
      a2: { Status: 'Open', Phone: 'ask' },
    };
    await against(
      removeLeads,
      { message: 'Auf Wiedersehen' },
      () => shown,
      async (sender) => {
        const of = async (id: string): Promise<unknown> =>
          (await keepsakes(sender, { row: 1, payload: { id } })).map(({ phones }) => phones.map(asE164));
        expect([await of('a1'), await of('a2'), await of('a3')]).toEqual([[[fictitious(1)]], [[]], []]);
      },
    );
  });
});
