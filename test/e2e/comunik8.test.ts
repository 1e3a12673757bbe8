import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import type { Sandbox } from '../../src/rehearsal/host.js';
import { Desk } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';
import { sendJson, VendorServer } from '../support/vendor-server.js';

const key = 'CANARY/key&1';
const keyEnv = { TEST_KEY: key };
const config = (url: string): string =>
  [
    'profiles:',
    '  acme:',
    '    country: GB',
    '    vendors:',
    `      comunik8: { url: "${url}", key: "env:TEST_KEY", type: motor-trade, rate: 1000/s }`,
    '',
  ].join('\n');

const mobile = '07400123456';
const leads = [
  'email,First name,Surname,Mobile,Vehicle make,Address',
  `eva@example.com,Eva,Muster,07400 123456,Ford,"123 ""Green"" Road"`,
  '',
].join('\n');

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
  await desk.write('leads.csv', leads);
});
afterEach(() => desk.close());

describe('Comunik8 on the wire', () => {
  let vendor: VendorServer;
  beforeEach(async () => {
    vendor = await VendorServer.start((_request, response) =>
      sendJson(response, { saved: true, processed: true }),
    );
    await desk.write('.salesqrc', config(vendor.url));
  });
  afterEach(() => vendor.close());
  const push = (...args: string[]) => desk.json<PushSummary>(['comunik8', ...args], { env: keyEnv });
  const rows = async (): Promise<{ code: string; reason: string }[]> =>
    (await desk.run(['runs', 'rows', 'last', '-o', 'ndjson'])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { code: string; reason: string });

  it('adds as the document says: key in the query, one JSON object, data as a string', async () => {
    const { code, document } = await push('add', 'leads.csv', '--subtype', 'valeter', '--delay', '600');
    expect(code).toBe(0);
    expect(document.counts).toMatchObject({ rows: 1, delivered: 1 });
    const [request] = vendor.received;
    expect(request).toMatchObject({ method: 'POST', url: '/lead/add?key=CANARY%2Fkey%261' });
    expect(request?.headers['content-type']).toBe('application/json');
    expect(request?.body).toContain('"data":"{\\"Vehicle make\\":\\"Ford\\",\\"Address\\":');
    expect(JSON.parse(request?.body ?? '')).toEqual({
      email: 'eva@example.com',
      first_name: 'Eva',
      surname: 'Muster',
      mobile,
      type: 'motor-trade',
      subtype: 'valeter',
      delays: 600,
      data: JSON.stringify({ 'Vehicle make': 'Ford', Address: '123 "Green" Road' }),
    });
    const again = await push('add', 'leads.csv', '--subtype', 'valeter', '--delay', '600');
    expect(again.document.counts.delivered).toBe(1);
    expect(vendor.received).toHaveLength(1);
  });

  it('sends the boolean true for a test, and stops with 10 where it is ignored', async () => {
    const result = await desk.run(
      ['comunik8', 'add', 'leads.csv', '--test', '--type', 'other', '-o', 'json'],
      {
        env: keyEnv,
      },
    );
    expect(vendor.bodies<{ test: unknown; type: unknown }>()[0]).toMatchObject({ test: true, type: 'other' });
    expect(result.code).toBe(10);
    expect(result.stderr).toContain(`salesq comunik8 cancel --mobile ${mobile} --type other`);
    vendor.answer = (_request, response) => sendJson(response, { test: 'ok' });
    await desk.write('mended.csv', leads.replace('Ford', 'Audi').replace('123456', '123457'));
    const passed = await push('add', 'mended.csv', '--test');
    expect(passed.code).toBe(0);
    expect(passed.document.counts.delivered).toBe(1);
  });

  it('says already for a contact the vendor has, and lets the key into no output and no ledger', async () => {
    vendor.answer = (_request, response) =>
      sendJson(response, { saved: true, processed: false, error: 'Existing Contact' });
    const { code, document } = await push('add', 'leads.csv', '-v');
    expect(code).toBe(0);
    expect(document.counts.already).toBe(1);
    vendor.answer = (_request, response) => sendJson(response, { email: { 0: `${key} ${mobile}` } }, 400);
    await desk.write('other.csv', leads.replace('123456', '123457'));
    const result = await desk.run(['comunik8', 'add', 'other.csv', '-v'], { env: keyEnv });
    expect(result.code).toBe(3);
    expect(await rows()).toMatchObject([{ code: 'vendor.field-error' }]);
    const ledger = await readFile(desk.path('ledger.db'), 'latin1');
    const wal = await readFile(desk.path('ledger.db-wal'), 'latin1').catch(() => '');
    expect(`${result.stdout}${result.stderr}${ledger}${wal}`).not.toContain('CANARY');
  });

  it('cancels a number in the notation add sent, without a file', async () => {
    vendor.answer = (_request, response) => sendJson(response, { cancelled: true });
    const { code } = await push('cancel', '--mobile', '07400 123456', '--type', 'motor-trade');
    expect(code).toBe(0);
    const [request] = vendor.received;
    expect(request?.url).toBe('/lead/cancel?key=CANARY%2Fkey%261');
    expect(request?.body).toBe(`{"mobile":"${mobile}","type":"motor-trade"}`);
    const neither = await desk.run(['comunik8', 'cancel'], { env: keyEnv });
    const both = await desk.run(['comunik8', 'cancel', 'leads.csv', '--mobile', mobile], { env: keyEnv });
    expect([neither.code, both.code]).toEqual([2, 2]);
  });

  it('cancels a file, reads the refusal that is no JSON, and repeats a lost cancel', async () => {
    const texts = ['', '{"cancelled":true}', '{ "cancelled": false, "warning": server error (call group) }'];
    vendor.answer = (_request, response, socket) => {
      const text = texts.shift() ?? '';
      if (text === '') return void socket.destroy();
      response.writeHead(200).end(text);
    };
    await desk.write('back.csv', `mobile,type\n${mobile},motor-trade\n07400123457,none\n`);
    const { code, document } = await push('cancel', 'back.csv');
    expect(code).toBe(3);
    expect(document.counts).toMatchObject({ delivered: 1, rejected: 1 });
    expect((await rows())[1]).toMatchObject({
      code: 'vendor.unknown-type',
      reason: expect.stringContaining('repaired') as string,
    });
    expect(vendor.received).toHaveLength(3);
  });

  it('leaves a row in doubt where a repeated cancel finds nothing: the first one may have done it', async () => {
    let seen = 0;
    vendor.answer = (_request, response, socket) => {
      seen += 1;
      if (seen === 1) return void socket.destroy();
      sendJson(response, { cancelled: false, warning: 'not found' });
    };
    const { code, document } = await push('cancel', '--mobile', mobile);
    expect(code).toBe(7);
    expect(document.counts.inDoubt).toBe(1);
  });
});

describe('Comunik8 on the sandbox', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await openSandbox();
  });
  afterEach(() => sandbox.close());

  it('tests, adds, cancels in time, and calls nobody who was cancelled', { tags: ['long'] }, async () => {
    const env = sandboxEnv(sandbox);
    const run = (...args: string[]) =>
      desk.json<PushSummary>(['comunik8', ...args, '--country', 'GB'], { env });
    await desk.write('two.csv', `${leads}ute@example.com,Ute,Muster,07400 123457,VW,Road 1\n`);
    const tested = await run('add', 'two.csv', '--test');
    expect(tested.document.counts).toMatchObject({ rows: 2, delivered: 2 });
    const added = await run('add', 'two.csv', '--delay', '600');
    expect(added.document.counts).toMatchObject({ rows: 2, delivered: 2 });
    const cancelled = await run('cancel', '--mobile', mobile);
    expect(cancelled.document.counts).toMatchObject({ delivered: 1 });
    sandbox.advance(48 * 3_600_000);
    const { twice, persons } = sandbox.contacts();
    expect(twice).toEqual([]);
    expect(persons.map(({ person }) => person.slice(-6))).toEqual(['123457']);
    const late = await run('cancel', '--mobile', '07400 123457');
    expect(late.document.counts).toMatchObject({ rejected: 1 });
    expect(late.code).toBe(3);
  });
});
