import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.js';
import { files } from '../../src/files.js';
import type { PushOperation, VendorContext } from '../../src/core/vendor.js';
import { createHttp } from '../../src/http/client.js';
import { importLeads } from '../../src/vendors/sales-q/import.js';
import { removeLeads } from '../../src/vendors/sales-q/remove.js';
import { update } from '../../src/vendors/sales-q/update.js';
import { valuesOf } from '../support/options.js';
import { cleared, number } from '../support/rows.js';
import { realClock } from '../support/sandboxed.js';
import { sendJson, VendorServer } from '../support/vendor-server.js';

const folder = 'fixtures/vendors/sales-q/';
const read = (file: string): unknown => JSON.parse(readFileSync(`${folder}${file}`, 'utf8'));

interface Documented {
  readonly file: string;
  readonly operation: 'import' | 'remove';
  readonly status: number;
  readonly outcomes: readonly string[];
}

let server: VendorServer;
beforeAll(async () => {
  server = await VendorServer.start((_request, response) => sendJson(response, {}));
});
afterAll(() => server.close());

const context = (): VendorContext => ({
  settings: {
    url: server.url,
    perSecond: null,
    concurrency: null,
    timeoutMs: 2_000,
    account: null,
    secrets: { token: new Secret('qf8ei4yHu2pzcaneFhdA') },
    values: {},
  },
  http: createHttp(),
  clock: realClock,
  signal: new AbortController().signal,
  warn: () => undefined,
});

/** The two leads of the document's sample. */
const leads = [
  cleared(1, 'ours', { Phone: number('+491788046563'), Anrede: 'Herr' }),
  cleared(2, '13e7a47d49f92e13e76183ad', {
    Phone: number('+49123456789'),
    mappingId: '13e7a47d49f92e13e76183ad',
  }),
];
const removal = [cleared(1, 'ours', { id: (read('remove-answer.json') as { obj: { id: string } }).obj.id })];

describe('every documented answer of Sales_Q', () => {
  it.each(read('answers.json') as Documented[])(
    '$file ($status): $outcomes',
    async ({ file, operation, status, outcomes }) => {
      server.answer = (_request, response) => sendJson(response, read(file), status);
      const pushed: PushOperation = operation === 'import' ? importLeads : removeLeads;
      const sender = await pushed.open(context(), {});
      const result = await sender.send(operation === 'import' ? leads : removal);
      expect(result.outcomes.map(({ outcome }) => outcome.kind)).toEqual(outcomes);
    },
  );

  it('update-answer.json: a lead with its data points and chat', async () => {
    server.answer = (_request, response) => sendJson(response, read('update-answer.json'));
    const report = await update.run({
      context: context(),
      cwd: '.',
      files,
      args: [],
      options: valuesOf(update.options),
      list: () => Promise.resolve([]),
    });
    expect(await report.document()).toMatchObject({
      counts: { leads: 1 },
      leads: [{ status: 'Open', state: '2' }],
    });
  });
});

describe('what goes to Sales_Q', () => {
  it('remove: POST, token, id and message in the body (2.2)', async () => {
    server.received.length = 0;
    server.answer = (_request, response) => sendJson(response, read('remove-answer.json'));
    const sender = await removeLeads.open(context(), { message: 'hier die Schlussnachricht' });
    await sender.send(removal);
    expect(server.received[0]).toMatchObject({ method: 'POST', url: '/remove' });
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      token: 'qf8ei4yHu2pzcaneFhdA',
      id: removal[0]?.payload.id,
      message: 'hier die Schlussnachricht',
    });
  });

  it('remove without a message sends no message at all', async () => {
    server.received.length = 0;
    await (await removeLeads.open(context(), {})).send(removal);
    expect(Object.keys(JSON.parse(server.received[0]?.body ?? '{}') as object)).toEqual(['token', 'id']);
  });

  it('update: GET, the token in a header called token, nothing in the address (2.3)', async () => {
    server.received.length = 0;
    server.answer = (_request, response) => sendJson(response, {});
    await update.run({
      context: context(),
      cwd: '.',
      files,
      args: [],
      options: valuesOf(update.options),
      list: () => Promise.resolve([]),
    });
    const [request] = server.received;
    expect(request).toMatchObject({ method: 'GET', url: '/update', body: '' });
    expect(request?.headers).toMatchObject({
      token: 'qf8ei4yHu2pzcaneFhdA',
      'content-type': 'application/json; charset=utf-8',
    });
  });
});
