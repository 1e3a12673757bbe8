import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import { configFor, fictitious, tokenEnv } from '../support/leads.js';
import { runMain } from '../support/in-process.js';
import { type Finished, Desk } from '../support/program.js';
import { type Answering, sendJson, VendorServer } from '../support/vendor-server.js';

const env = { TEST_KEY: 'CANARY-key', ...tokenEnv };
const config = (url: string): string =>
  `${configFor(url)}      comunik8: { url: "${url}", key: "env:TEST_KEY", type: motor-trade, rate: 1000/s }\n`;

interface Row {
  readonly row: number;
  readonly state: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly retryOf?: string;
}

let desk: Desk;
let vendor: VendorServer;

/** Comunik8 as it refuses: a mail address, a type, a save that failed; by what the lead says. */
const choosy: Answering = ({ url, body }, response) => {
  const lead = JSON.parse(body) as { email?: string; subtype?: string; surname?: string };
  if (url.startsWith('/lead/cancel'))
    return sendJson(response, { cancelled: false, warning: 'server error (save)' });
  if (lead.email?.startsWith('bad')) return sendJson(response, { email: { 0: 'Email is wrong.' } }, 400);
  if (lead.surname === 'Typeless' && lead.subtype === undefined)
    return sendJson(response, { saved: true, processed: false, error: 'Unknown Type' });
  sendJson(response, { saved: true, processed: true });
};

beforeEach(async () => {
  desk = await Desk.open();
  vendor = await VendorServer.start(choosy);
  await desk.write('.salesqrc', config(vendor.url));
});
afterEach(async () => {
  await vendor.close();
  await desk.close();
});

/** The program from `main` on, in this process: most of what a test of many commands costs is their start. */
async function inside<T>(...args: string[]): Promise<Finished & { document: T }> {
  const result = await runMain([...args, '-o', 'json'], { cwd: desk.folder, env: desk.env(env) });
  return { ...result, document: JSON.parse(result.stdout) as T };
}

const run = (...args: string[]) => inside<PushSummary>(...args);
const spawned = (...args: string[]) => desk.json<PushSummary>(args, { env });
const rowsOf = async (name: string | null): Promise<readonly Row[]> =>
  (await inside<{ rows: readonly Row[] }>('runs', 'rows', name ?? '')).document.rows;

const leads = [
  'email,First name,Surname,Mobile',
  'eva@example.com,Eva,Muster,07400 123456',
  'bad@example.com,Ute,Muster,07400 123457',
  'ina@example.com,Ina,Muster,0740',
  'uwe@example.com,Uwe,Typeless,07400 123459',
  '',
].join('\n');
const push = () =>
  run('comunik8', 'add', 'leads.csv', '--country', 'GB', '--results', desk.path('results.csv'));

describe('runs retry', () => {
  beforeEach(() => desk.write('leads.csv', leads));

  it('sends nothing that would leave as it was refused, and what was mended once, however often it is asked', async () => {
    const first = (await push()).document;
    expect(first.counts).toMatchObject({ delivered: 1, rejected: 2, invalid: 1 });
    const sent = vendor.received.length;

    const plain = await run('runs', 'retry', 'last');
    expect(plain.code).toBe(3);
    expect(plain.document).toMatchObject({
      source: { name: `retry of ${first.run}` },
      counts: { rows: 3, held: 2, invalid: 1 },
    });
    const held = await rowsOf(plain.document.run);
    expect(held.map(({ row, code }) => [row, code])).toEqual([
      [1, 'retry.unchanged'],
      [2, 'phone.invalid'],
      [3, 'retry.unchanged'],
    ]);
    expect(held[0]?.reason).toMatch(/row 2 of run .*vendor\.field-error/i);
    const chained = await run('runs', 'retry', 'last');
    expect(chained.document.counts).toMatchObject({ rows: 3, held: 2, invalid: 1 });
    expect((await rowsOf(chained.document.run))[0]).toMatchObject({
      code: 'retry.unchanged',
      reason: held[0]?.reason,
      retryOf: `${first.run}:2`,
    });
    expect(vendor.received).toHaveLength(sent);

    const results = await readFile(desk.path('results.csv'), 'utf8');
    await desk.write('mended.csv', results.replace('bad@', 'ute@').replace(',0740,', ',07400123458,'));
    const retry = (...more: string[]) =>
      run('runs', 'retry', first.run ?? '', '--from', desk.path('mended.csv'), ...more);
    const mended = await retry('--results', desk.path('again.csv'));
    expect(mended.document.counts).toMatchObject({ rows: 3, delivered: 2, held: 1 });
    expect(
      vendor
        .bodies<{ mobile: string }>()
        .slice(sent)
        .map(({ mobile }) => mobile),
    ).toEqual(['07400123457', '07400123458']);
    const [header = '', line = ''] = (await readFile(desk.path('again.csv'), 'utf8')).split('\n');
    expect(header.trim()).toBe(
      'email,First name,Surname,Mobile,_salesq_retry_of,_salesq_row,_salesq_state,_salesq_code,_salesq_reason,_salesq_vendor_id,_salesq_run,_salesq_numbers',
    );
    expect(line).toContain(`,${first.run}:2,1,delivered,`);

    const again = await retry();
    expect(again.document).toMatchObject({ run: mended.document.run, counts: { delivered: 2 } });
    expect(again.stderr).toContain('These rows were tried again before');
    const other = await retry('--set', 'subtype=valeter');
    expect(other.document.counts).toMatchObject({ rows: 3, duplicate: 2, delivered: 1 });
    expect((await rowsOf(other.document.run))[0]).toMatchObject({ code: 'duplicate.contacted' });
    expect(vendor.received).toHaveLength(sent + 3);
    expect(await rowsOf(first.run)).toMatchObject([
      { state: 'delivered' },
      { state: 'rejected' },
      { state: 'invalid' },
      { state: 'rejected' },
    ]);
  });

  it('plans with the settings of the run, heeds the do-not-call list, and shows a plan that sends nothing', async () => {
    await push();
    await run('dnc', 'add', '+447400123459', '--reason', 'asked');
    const plan = await run('runs', 'retry', 'last', '--set', 'subtype=valeter', '--dry-run');
    expect(plan.document).toMatchObject({ dryRun: true, counts: { ready: 1, blocked: 1, invalid: 1 } });
    const { document } = await run(
      'runs',
      'retry',
      'last',
      '--set',
      'subtype=valeter',
      '--set',
      'email=a@b.example',
    );
    expect(document.counts).toMatchObject({ delivered: 1, blocked: 1, invalid: 1 });
    expect(vendor.bodies().at(-1)).toMatchObject({
      type: 'motor-trade',
      subtype: 'valeter',
      email: 'a@b.example',
    });
  });
});

describe('runs retry, where the cause passes by itself', () => {
  it('sends the same again, and goes on with a retry that was stopped', async () => {
    const numbers = ['07400123456', '07400123457'];
    const first = await run(
      'comunik8',
      'cancel',
      ...numbers.flatMap((n) => ['--mobile', n]),
      '--country',
      'GB',
    );
    expect(first.document.counts.rejected).toBe(2);
    vendor.answer = (_request, response) => sendJson(response, { cancelled: true });
    const id = first.document.run ?? '';
    const part = await spawned('runs', 'retry', id, '--limit', '1');
    expect([part.code, part.document.counts]).toMatchObject([8, { delivered: 1, ready: 1 }]);
    const rest = await spawned('runs', 'retry', id);
    expect(rest.document).toMatchObject({ run: part.document.run, counts: { delivered: 2 } });
    const nothing = await run('runs', 'retry', rest.document.run ?? '');
    expect(nothing.code).toBe(0);
    expect(nothing.stderr).toContain('Nothing to retry');
    expect(vendor.received).toHaveLength(4);
  });
});

describe('runs retry of rows that bring their own keys', () => {
  it('takes a key of our own making for no change, and one of the row for one', async () => {
    const lead = (n: number, mappingId?: string) => JSON.stringify({ Phone: fictitious(n), mappingId });
    await desk.write('leads.ndjson', `${lead(1)}\n${lead(2, 'mine')}\n{"Phone":"+49"}\n`);
    vendor.answer = (_request, response) => sendJson(response, { imported: false, log: 'no' });
    const first = await run('sales-q', 'import', 'leads.ndjson');
    expect(first.document.counts).toMatchObject({ rejected: 2, invalid: 1 });
    const { document } = await run('runs', 'retry', 'last', '--results', desk.path('again.csv'));
    expect(document.counts).toMatchObject({ held: 2, invalid: 1 });
    expect(vendor.received).toHaveLength(1);
    vendor.answer = ({ body }, response) => {
      const [sent] = (JSON.parse(body) as { leads: { mappingId: string }[] }).leads;
      sendJson(response, { imported: true, ids: [{ id: 'x', ...sent }] });
    };
    await desk.write(
      'mended.csv',
      (await readFile(desk.path('again.csv'), 'utf8')).replace(',mine,', ',yours,'),
    );
    const mended = await run('runs', 'retry', 'last', '--from', desk.path('mended.csv'));
    expect(mended.document.counts).toMatchObject({ delivered: 1, held: 1, invalid: 1 });
    expect((await rowsOf('last')).map(({ retryOf }) => retryOf)).toEqual(
      [1, 2, 3].map((row) => `${first.document.run}:${row}`),
    );
  });
});
