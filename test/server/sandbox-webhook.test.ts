import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import type { JsonObject } from '../../src/core/json.js';
import { sendJson, VendorServer } from '../support/vendor-server.js';
import { day, get, idsOf, importLeads, newFolder, post, sandbox, token } from './support.js';

interface Export {
  readonly token: string;
  readonly lead: JsonObject;
  readonly chathistory: readonly JsonObject[];
}

let customer: VendorServer;
let hook: Record<string, string>;

beforeEach(async () => {
  customer = await VendorServer.start((_request, response) => sendJson(response, { stored: true }));
  hook = { 'sales-q': `${customer.url}/hook` };
});
afterEach(() => customer.close());

const phoneOf = ({ lead }: Export): string => lead['Phone'] as string;
const exports = (): Export[] => customer.bodies<Export>();
/** Long enough for several looks at what is due. */
const aWhile = (): Promise<void> => delay(700);

describe('the export of qualified leads', () => {
  it('is the POST of the document, once for each lead that gets to Done or Callback', async () => {
    const box = await sandbox({ webhooks: hook });
    const phones = [
      '491700000555',
      '491700000666',
      '491700000777',
      '491700000444',
      '491700000000',
      '491700000111',
    ];
    const ids = idsOf(
      await importLeads(box, ...phones.map((Phone) => ({ Phone, Vorname: 'Eva', mappingId: Phone }))),
    );
    expect(exports()).toEqual([]);
    for (let n = 0; n < 12; n += 1) {
      box.advance(6 * 3_600_000);
      await delay(40);
    }
    box.advance(10 * day);
    await expect.poll(() => box.posted().length, { timeout: 5_000 }).toBe(3);
    await aWhile();
    const found = exports().sort((a, b) => (phoneOf(a) < phoneOf(b) ? -1 : 1));
    expect(found.map(({ lead }) => [lead['Phone'], lead['Status']])).toEqual([
      ['491700000555', 'Done'],
      ['491700000666', 'Callback'],
      // Wrote again a day later, and is Archive by now: exported as it was when it was qualified.
      ['491700000777', 'Done'],
    ]);
    for (const { token: sent, lead, chathistory } of found) {
      expect(sent).toBe(token);
      expect(lead).toMatchObject({
        Vorname: 'Eva',
        id: ids.find(({ Phone }) => Phone === lead['Phone'])?.id,
      });
      expect(Object.keys(lead)).toContain('state');
      expect(chathistory.length).toBeGreaterThan(1);
      expect(Object.keys(chathistory[0] ?? {}).sort()).toEqual(['body', 'direction', 'timestamp', 'type']);
    }
    expect(found[1]?.lead['Comment']).toMatch(/^Rückruf am /);
    expect(customer.received[0]).toMatchObject({ method: 'POST', url: '/hook' });
    expect(customer.received[0]?.headers['content-type']).toBe('application/json');
    const { json } = await get(`${box.url}/_sandbox/deliveries`);
    expect(json['deliveries']).toMatchObject([{ vendor: 'sales-q', attempts: 1, status: 200 }, {}, {}]);
  });

  it('does not come again after a restart, and the others still come', async () => {
    const stateFile = join(await newFolder(), 'state.json');
    const before = await sandbox({ webhooks: hook, stateFile });
    await importLeads(before, { Phone: '491700000555' }, { Phone: '491700000222' });
    await post(`${before.url}/_sandbox/clock`, { advanceMs: day / 2 });
    await expect.poll(() => before.posted().length, { timeout: 5_000 }).toBe(1);
    await before.close();
    const after = await sandbox({ webhooks: hook, stateFile });
    await aWhile();
    expect(exports()).toHaveLength(1);
    after.advance(5 * day);
    await expect.poll(() => after.posted().length, { timeout: 5_000 }).toBe(1);
    expect(exports().map(({ lead }) => lead['Phone'])).toEqual(['491700000555', '491700000222']);
  });

  it('is tried again where the webhook fails, and given up at last', async () => {
    let refusals = 2;
    customer.answer = (_request, response) => {
      refusals -= 1;
      sendJson(response, {}, refusals >= 0 ? 503 : 200);
    };
    const box = await sandbox({ webhooks: hook });
    await importLeads(box, { Phone: '491700000555' });
    box.advance(5 * day);
    await expect.poll(() => box.posted(), { timeout: 5_000 }).toMatchObject([{ attempts: 3, status: 200 }]);
    expect(new Set(customer.received.map(({ body }) => body)).size).toBe(1);
    refusals = 99;
    await importLeads(box, { Phone: '491700000556' }, { Phone: '491700001555' });
    box.advance(5 * day);
    await expect
      .poll(() => box.posted().at(-1), { timeout: 5_000 })
      .toMatchObject({ attempts: 7, status: 503 });
    const seen = customer.received.length;
    await aWhile();
    expect(customer.received.length).toBe(seen);
  });

  it('comes again after the end of a sandbox that was cut off in the middle', async () => {
    const stateFile = join(await newFolder(), 'state.json');
    customer.answer = () => undefined;
    const before = await sandbox({ webhooks: hook, stateFile });
    await importLeads(before, { Phone: '491700000555' });
    before.advance(5 * day);
    await expect.poll(() => customer.received.length, { timeout: 5_000 }).toBe(1);
    await before.close();
    expect(before.posted()).toEqual([]);
    customer.answer = (_request, response) => sendJson(response, {});
    const after = await sandbox({ webhooks: hook, stateFile });
    await expect.poll(() => after.posted().length, { timeout: 5_000 }).toBe(1);
  });

  it.each([
    { 'sales-q': 'https://127.0.0.1/hook' },
    { 'sales-q': 'http://example.com/hook' },
    { 'sales-q': 'http://127.0.0.1.example.com/hook' },
    { 'sales-q': 'http://user@127.0.0.1/hook' },
    { 'sales-q': 'hook' },
    { other: 'http://127.0.0.1:1/hook' },
  ])('refuses %j', async (webhooks) => {
    const error: unknown = await sandbox({ webhooks: webhooks }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).code).toBe('sandbox.bad-webhook');
  });
});
