import { mkdtemp, readFile, readdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery, DeliveryState, StoredDelivery, Ledger } from '../../src/core/ledger.js';
import { UserError } from '../../src/core/errors.js';
import { writeJson } from '../../src/core/json.js';
import { Secret, type VendorSettings } from '../../src/core/secret.js';
import type { Webhook } from '../../src/core/vendor.js';
import { openLedger } from '../../src/ledger/index.js';
import { type Receiver, startReceiver, type WebhookOptions } from '../../src/webhook/receiver.js';
import salesQ from '../../src/vendors/sales-q/index.js';
import { realClock } from '../support/sandboxed.js';
import { deliver, drip, exportBody, token } from '../support/webhook.js';

const settings: VendorSettings = {
  url: 'http://127.0.0.1:9',
  perSecond: null,
  concurrency: null,
  timeoutMs: null,
  account: null,
  secrets: { token: new Secret(token) },
  values: {},
};

let folder: string;
let ledger: Ledger;
let account: string;
const open: Receiver[] = [];
const printed: Delivery[] = [];
const failures: unknown[] = [];
const warned: { code: string | null; full: boolean }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'salesq-webhook-'));
  const place = join(folder, 'ledger.db');
  ledger = await openLedger(place, { clock: realClock, host: 'test', processAlive: () => false });
  account = await ledger.account({ vendor: 'sales-q', name: null, aliases: ['token:1'] });
  for (const list of [printed, failures, warned]) list.length = 0;
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((receiver) => receiver.close()));
  await ledger.close();
});

async function receiver(changes: Partial<WebhookOptions> = {}): Promise<Receiver> {
  const started = await startReceiver({
    webhook: salesQ.webhook as Webhook,
    settings,
    account,
    host: '127.0.0.1',
    port: 0,
    path: '/hook',
    clock: realClock,
    ledger,
    onStored: (delivery) => Promise.resolve(void printed.push(delivery)),
    onFailure: (error) => failures.push(error),
    onQuarantine: ({ code }, full) => warned.push({ code, full }),
    ...changes,
  });
  open.push(started);
  return started;
}

async function inLedger(state: DeliveryState = 'stored'): Promise<StoredDelivery[]> {
  const found: StoredDelivery[] = [];
  for await (const delivery of ledger.deliveries({ account, state })) found.push(delivery);
  return found;
}

/** Everything the ledger wrote, its write-ahead log included. */
async function written(): Promise<string> {
  const files = await readdir(folder);
  return (await Promise.all(files.map((file) => readFile(join(folder, file), 'latin1')))).join('');
}

describe('a delivery', () => {
  it('is stored whole, without its token, before it is acknowledged', async () => {
    const { url } = await receiver();
    expect(await deliver(url, exportBody(1))).toEqual({ status: 200, body: '{"stored":true}' });
    const [delivery] = await inLedger();
    const { token: _token, ...rest } = exportBody(1);
    expect(delivery).toMatchObject({ code: null, phone: '+491713920001', body: rest });
    expect(delivery?.vendorId).toBe('555555555555555555555551');
    expect(delivery?.record).toEqual({
      id: '555555555555555555555551',
      phone: '+491713920001',
      status: 'Done',
      state: '5',
      comment: null,
      mappingId: null,
      data: { Vorname: 'Marcel', Nachname: 'Muster 1', 'Wann kontaktieren': 'morgens' },
      chat: [
        { at: '2018-08-10T13:47:53.000Z', direction: 'outgoing', type: 'chat', body: 'Hallo Herr Muster' },
        { at: '2018-08-10T13:51:39.000Z', direction: 'incoming', type: 'chat', body: 'Hallo zurück' },
      ],
    });
    expect(printed).toHaveLength(1);
  });

  it('is stored once, however often, with whatever space in it, and from many senders at once', async () => {
    const { url, counts } = await receiver();
    const bodies = [exportBody(1), JSON.stringify(exportBody(1), null, 2)];
    const answers = await Promise.all(
      [...bodies, ...bodies, ...bodies, ...bodies].map((body) => deliver(url, body)),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await inLedger()).toHaveLength(1);
    expect(printed).toHaveLength(1);
    expect(counts()).toMatchObject({ stored: 1, known: 7 });
    await deliver(url, exportBody(1, { chathistory: [] }));
    expect(await inLedger()).toHaveLength(2);
  });

  it.each([
    ['a digit', '"x":9007199254740992', '"x":9007199254740993'],
    ['a zero', '"x":1.1', '"x":1.10'],
    ['the order of keys', '"x":1,"y":2', '"y":2,"x":1'],
  ])('is another one if %s differs', async (_what, ...contents) => {
    const { url } = await receiver();
    for (const content of contents) {
      const body = `{"token":"${token}","lead":{"Phone":"491713920001",${content}}}`;
      expect((await deliver(url, body)).status).toBe(200);
    }
    const kept = (await inLedger()).map(({ body }) => writeJson(body));
    expect(kept).toEqual(contents.map((content) => `{"lead":{"Phone":"491713920001",${content}}}`));
  });

  it('may come without a Content-Type, with a wrong one, with a BOM, without id and chat, from fifty at once', async () => {
    const { url } = await receiver();
    const bare = { token, lead: { phone: '+49 171 3920007', Status: 'New one' } };
    const odd: [string, Record<string, string>][] = [
      [JSON.stringify(bare), { 'content-type': 'text/plain' }],
      [JSON.stringify({ ...bare, x: 1 }), { 'content-type': ';;' }],
      [`\ufeff${JSON.stringify({ ...bare, x: 2 })}`, {}],
    ];
    for (const [body, headers] of odd)
      expect((await deliver(url, new TextEncoder().encode(body), headers)).status).toBe(200);
    expect((await inLedger())[0]).toMatchObject({ vendorId: null, phone: '+491713920007' });
    const many = await Promise.all(Array.from({ length: 50 }, (_, n) => deliver(url, exportBody(n))));
    expect(many.filter(({ status }) => status === 200)).toHaveLength(50);
    expect(await inLedger()).toHaveLength(53);
  });

  it('keeps a key __proto__ and never a token, wherever it stands', async () => {
    const { url } = await receiver();
    const tricky = `{"token":"${token}","lead":{"Phone":"491713920001","__proto__":{"a":1},"note":"my ${token}!"}}`;
    expect((await deliver(url, tricky)).status).toBe(200);
    const [delivery] = await inLedger();
    expect(Object.keys((delivery?.record?.['data'] ?? {}) as object)).toEqual(['__proto__', 'note']);
    expect(await written()).not.toContain(token);
  });

  it('is answered 500 where the ledger refuses, and is then not acknowledged', async () => {
    const broken = { storeDelivery: () => Promise.reject(new Error(`disk of ${token}`)) };
    const { url, counts } = await receiver({ ledger: broken });
    const answer = await deliver(url, exportBody(1));
    expect(answer).toEqual({ status: 500, body: '{"stored":false,"error":"webhook.not-stored"}' });
    expect(failures).toHaveLength(1);
    expect(counts()).toMatchObject({ stored: 0, failed: 1 });
    expect(printed).toEqual([]);
  });
});

describe('quarantine', () => {
  const forged = exportBody(1, { token: 'FORGED-secret-7' });
  const deep = `{"token":"${token}","lead":{"Phone":"491713920001"},"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;

  it.each<[string, number, string, string | Uint8Array<ArrayBuffer>]>([
    ['a wrong token', 401, 'webhook.forged', JSON.stringify(forged)],
    ['no token', 401, 'webhook.forged', '{"lead":{"Phone":"491713920001"}}'],
    ['a token that is no text', 401, 'webhook.forged', `{"token":["${token}"],"lead":{}}`],
    [
      'our token and another one after it',
      401,
      'webhook.forged',
      `{"token":"${token}","token":"x","lead":{}}`,
    ],
    ['nothing', 400, 'webhook.broken', ''],
    ['no JSON', 400, 'webhook.broken', `{token: '${token}', lead: {Phone: '1'}}`],
    ['JSON cut off inside the token', 400, 'webhook.broken', `{"lead":{},"token":"${token}`],
    ['a form', 400, 'webhook.broken', `lead=1&token=${token}&x=2`],
    ['a list', 400, 'webhook.broken', `[{"token":"${token}"}]`],
    ['a key twice', 400, 'webhook.broken', `{"token":"${token}","lead":{"Phone":"1","id":"a","id":"b"}}`],
    ['a lead that is a text', 400, 'webhook.broken', `{"token":"${token}","lead":"491713920001"}`],
    ['a lead nobody can tell', 400, 'webhook.broken', `{"token":"${token}","lead":{"Status":"Done"}}`],
    ['a chat that is no list', 400, 'webhook.broken', JSON.stringify(exportBody(1, { chathistory: 'x' }))],
    ['bytes that are no UTF-8', 400, 'webhook.broken', Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['UTF-16', 400, 'webhook.broken', Uint8Array.from(Buffer.from(JSON.stringify(exportBody(1)), 'utf16le'))],
    ['nesting deeper than the stack', 400, 'webhook.broken', deep],
  ])('takes %s: %i %s', async (_what, status, code, body) => {
    const { url } = await receiver();
    expect(await deliver(url, body)).toEqual({ status, body: `{"stored":false,"error":"${code}"}` });
    expect((await deliver(url, body)).status).toBe(status);
    expect(await inLedger()).toEqual([]);
    expect(printed).toEqual([]);
    const [kept, ...more] = await inLedger('quarantined');
    expect(more).toEqual([]);
    expect(kept).toMatchObject({ code, state: 'quarantined', bytes: Buffer.byteLength(body) });
    expect(warned).toEqual([{ code, full: false }]);
    for (const secret of [token, 'FORGED', 'secret-7']) expect(await written()).not.toContain(secret);
  });

  it.each(['with its length said', 'in chunks of unknown length'])(
    'takes what is too large, %s: 413, the beginning kept',
    async (how) => {
      const { url } = await receiver();
      const edge = ' '.repeat(64 * 1024 - 20);
      const body = `{"a":"${edge}","b":"${token}${'x'.repeat(6 * 1024 * 1024)}"}`;
      const answer = how.startsWith('with')
        ? await deliver(url, body)
        : await fetch(url, {
            method: 'POST',
            body: new Blob([body]).stream(),
            duplex: 'half',
          });
      expect(answer.status).toBe(413);
      const [kept] = await inLedger('quarantined');
      expect(kept).toMatchObject({ code: 'webhook.oversize', bytes: body.length });
      expect((kept?.body as string).length).toBeLessThanOrEqual(64 * 1024);
      expect((kept?.body as string).startsWith('{"a":"   ')).toBe(true);
      expect(await written()).not.toContain('CANARY');
      expect((await deliver(url, exportBody(1))).status).toBe(200);
    },
  );

  it('gives up reading what has no end', async () => {
    const { url } = await receiver({ limits: { bodyBytes: 10_000 } });
    const head = 'POST /hook HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n';
    const { answer } = await drip(url, [head, ...Array.from({ length: 10 }, () => 'y'.repeat(10_000))], 20);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(await inLedger('quarantined')).toMatchObject([{ code: 'webhook.oversize' }]);
  });

  it('is bounded: the thousandth in an hour is the last one kept, and real deliveries still come through', async () => {
    // A thousand commits on a slow disk take long; this ledger forgets, but counts alike.
    await ledger.close();
    const world = { clock: realClock, host: 'test', processAlive: () => false };
    ledger = await openLedger(join(folder, 'fast.db'), { ...world, scratch: true });
    account = await other();
    const { url, counts } = await receiver();
    const one = (n: number): Delivery => ({
      account,
      at: Date.now(),
      digest: String(n),
      state: 'quarantined',
      code: 'webhook.forged',
      phone: null,
      vendorId: null,
      record: null,
      body: '',
      bytes: 0,
    });
    await Promise.all(Array.from({ length: 999 }, (_, n) => ledger.storeDelivery(one(n))));
    for (const value of ['a', 'b', 'c', 'a'])
      expect((await deliver(url, exportBody(1, { token: 'no', value }))).status).toBe(401);
    expect(await inLedger('quarantined')).toHaveLength(1_000);
    expect(warned.map(({ full }) => full)).toEqual([false, true, true]);
    expect(counts()).toMatchObject({ notKept: 2 });
    expect((await deliver(url, exportBody(1))).status).toBe(200);
    expect(await ledger.storeDelivery({ ...one(5), digest: 'y', account: await other('token:3') })).toBe(
      'stored',
    );
  });

  const other = (alias = 'token:2'): Promise<string> =>
    ledger.account({ vendor: 'sales-q', name: null, aliases: [alias] });
});

describe('the door', () => {
  it('has one path and one method', async () => {
    const { url } = await receiver({ path: '/a:b/*' });
    const base = url.slice(0, -'/a:b/*'.length);
    expect((await deliver(`${url}?x=1`, exportBody(1))).status).toBe(200);
    for (const path of ['/', '/hook', '/a:b', '/a:b/*/', '/a:b/x', '/axb/'])
      expect((await deliver(base + path, exportBody(2))).status).toBe(404);
    for (const method of ['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']) {
      const answer = await fetch(url, { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    }
    expect(await inLedger()).toHaveLength(1);
    expect(await inLedger('quarantined')).toHaveLength(0);
  });

  it('says which port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const error: unknown = await receiver({ port: (taken.address() as AddressInfo).port }).catch(
      (e: unknown) => e,
    );
    taken.close();
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).code).toBe('webhook.port-in-use');
  });

  const headers = 'POST /hook HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n';

  it.each([
    ['a connection that says nothing', 60_000, ['']],
    ['headers that drip', 60_000, headers.split('')],
    ['a body that drips', 1_200, [`${headers}\r\n`, ...'{"token":"'.repeat(10)]],
  ])('cuts %s, while others are served', async (_what, requestMs, pieces) => {
    const { url, counts } = await receiver({ limits: { headersMs: 600, requestMs } });
    const slow = drip(url, pieces, 40);
    expect((await deliver(url, exportBody(1))).status).toBe(200);
    const { ms } = await slow;
    expect(ms).toBeGreaterThan(500);
    expect(ms).toBeLessThan(4_000);
    expect(counts()).toMatchObject({ stored: 1, failed: 0 });
    expect(failures).toEqual([]);
    expect(await inLedger('quarantined')).toEqual([]);
  });

  it('lets only so many in at a time', async () => {
    const { url } = await receiver({ limits: { connections: 2, headersMs: 600, requestMs: 600 } });
    const ends = await Promise.all(Array.from({ length: 5 }, () => drip(url, ['POST '], 10)));
    expect(ends.filter(({ ms }) => ms < 400).length).toBe(3);
    expect((await deliver(url, exportBody(1))).status).toBe(200);
  });

  it('finishes what is under way when it closes, and takes nothing new', async () => {
    const started = await receiver();
    const body = JSON.stringify(exportBody(1));
    const head = `POST /hook HTTP/1.1\r\nhost: x\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const late = drip(started.url, [head, body.slice(0, 50), '', body.slice(50)], 100);
    await delay(150);
    const closing = started.close();
    await expect(deliver(started.url, exportBody(2))).rejects.toThrow();
    expect((await late).answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\{"stored":true\}$/);
    await closing;
    expect(await inLedger()).toHaveLength(1);
  });

  it('does not wait for ever for who never finishes', async () => {
    const started = await receiver({ limits: { stopMs: 300 } });
    const stuck = drip(started.url, ['POST /hook HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n'], 100);
    await delay(100);
    const began = Date.now();
    await started.close();
    expect(Date.now() - began).toBeLessThan(3_000);
    expect((await stuck).answer).toBe('');
  });
});
