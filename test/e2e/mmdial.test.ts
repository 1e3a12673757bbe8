import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import type { PushSummary } from '../../src/core/report.js';
import { Desk } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';
import { type Received, sendJson, VendorServer } from '../support/vendor-server.js';

const secret = { TEST_PASSWORD: 'CANARY-password-0001' };
const basic = `Basic ${Buffer.from(`ops:${secret.TEST_PASSWORD}`).toString('base64')}`;

let desk: Desk;
let vendor: VendorServer;

const functionOf = ({ url }: Received): string => url.replace(/^\/api\//, '').replace(/\?.*$/, '');

/** mmDial, as far as its document goes, for one number and one lead. */
class Dialler {
  readonly listed = new Set<string>();
  lead: JsonObject = { leadid: 7, phone: '01713920010', notices: 'alt', status: 'NEW' };

  answer(request: Received): unknown {
    const query = new URL(request.url, 'http://x').searchParams;
    const number = query.get('number') ?? '';
    switch (functionOf(request)) {
      case 'dncadd':
        this.listed.add(number);
        return { status: 'ok', message: '' };
      case 'dncdel':
        this.listed.delete(number);
        return { status: 'ok', message: '' };
      case 'dnccheck':
        return { status: this.listed.has(number) ? 'exists' : 'notfound' };
      case 'addlead':
        return { lead_stats: { success: 1, formaterror_types: [] } };
      case 'getleadbyid':
        return { status: 'found', lead_data: this.lead, formdata: [] };
      case 'editlead':
        for (const [name, value] of new URLSearchParams(request.body))
          this.lead = { ...this.lead, [name.slice('leaddata['.length, -1)]: value };
        return { status: 'ok' };
      default:
        return { status: 'error', reason: 'unknown' };
    }
  }
}

beforeEach(async () => {
  desk = await Desk.open();
  const dialler = new Dialler();
  vendor = await VendorServer.start((request, response) => sendJson(response, dialler.answer(request)));
  const settings = `url: "${vendor.url}/api/", username: ops, password: "env:TEST_PASSWORD", campaign: 12, list: 34, rate: 1000/s`;
  await desk.write(
    '.salesqrc',
    `profiles:\n  acme:\n    country: DE\n    vendors:\n      mmdial: { ${settings} }\n`,
  );
});

afterEach(async () => {
  await vendor.close();
  await desk.close();
});

const push = (...args: string[]) => desk.json<PushSummary>(['mmdial', ...args], { env: secret });
const sent = (): string[] =>
  vendor.received.map(({ method, url }) => `${method} ${url.replace('/api/', '')}`);

describe('mmDial on the wire', () => {
  it('dnc add and remove: a GET for each number in its own notation, then every usual notation is checked', async () => {
    const added = await push('dnc', 'add', '0171 3920010', '--reason', 'Anruf');
    expect([added.code, added.document.counts.delivered]).toEqual([0, 1]);
    expect(sent()).toEqual([
      'GET dncadd?number=01713920010&reason=Anruf',
      'GET dnccheck?number=01713920010&fuzzy=no',
      'GET dnccheck?number=491713920010&fuzzy=no',
      'GET dnccheck?number=00491713920010&fuzzy=no',
      'GET dnccheck?number=%2B491713920010&fuzzy=no',
    ]);
    expect(vendor.received[0]?.headers.authorization).toBe(basic);
    const unanswered = await push('dnc', 'remove', '01713920010', '--reason', 'x', '--no-input');
    expect([unanswered.code, vendor.received.length]).toEqual([2, 5]);
    const removed = await push('dnc', 'remove', '01713920010', '--reason', 'x', '--yes');
    expect([removed.code, sent()[5]]).toEqual([0, 'GET dncdel?number=01713920010']);
  });

  it('dnc remove takes off what came on the list again since, as often as it is asked', async () => {
    const listed = async (): Promise<unknown> =>
      (await desk.json<{ results: unknown }>(['dnc', 'check', '01713920010', '--country', 'DE'])).document
        .results;
    await desk.write('numbers.csv', 'number\n01713920010\n');
    for (const given of [['01713920010'], ['01713920010'], ['--from', 'numbers.csv']]) {
      await push('dnc', 'add', '01713920010', '--reason', 'Anruf');
      expect(await listed()).toMatchObject([{ listed: true }]);
      const { code, document } = await push('dnc', 'remove', ...given, '--reason', 'x', '--yes');
      expect([code, document.counts.delivered]).toEqual([0, 1]);
      expect(await listed()).toMatchObject([{ listed: false }]);
    }
  });

  it('leads add: all three checks, PHP arrays, umlauts in UTF-8, our own key; a number on the local list is not sent', async () => {
    await desk.run(['dnc', 'add', '+491713920011', '--reason', 'x']);
    await desk.write('leads.csv', 'Telefon;Nachname;Tarif\n+49 171 3920010;Groß;A & B\n01713920011;Nie;\n');
    const { code, document } = await push('leads', 'add', 'leads.csv');
    expect([code, document.counts.delivered, document.counts.blocked]).toEqual([3, 1, 1]);
    expect(sent()).toEqual(['POST addlead']);
    expect(vendor.received[0]?.body).toMatch(
      /^campaign_id=12&list_id=34&country_phone_code=49&invalidcheck=yes&doubletcheck_global=yes&doubletcheck_campaign=yes&leaddata%5Bphone%5D=01713920010&leaddata%5Blast_name%5D=Gro%C3%9F&leaddata%5Bleadid_external%5D=[0-9a-f]{24}&formfields%5BTarif%5D=A\+%26\+B$/,
    );
  });

  it('leads edit: read, write, read; a status of somebody on the local list is not touched', async () => {
    await desk.write('edit.csv', 'leadid;notices\n7;neu\n');
    const plain = await push('leads', 'edit', 'edit.csv');
    expect([plain.code, plain.document.counts.delivered]).toEqual([0, 1]);
    expect(sent()).toEqual([
      'GET getleadbyid?leadid=7',
      'POST editlead?campaign_id=12&leadid=7',
      'GET getleadbyid?leadid=7',
    ]);
    expect(vendor.received[1]?.body).toBe('leaddata%5Bnotices%5D=neu');
    await desk.run(['dnc', 'add', '+491713920010', '--reason', 'x']);
    await desk.write('redial.csv', 'leadid;status\n7;NEW2\n');
    const gated = await push('leads', 'edit', 'redial.csv');
    expect(gated.document.counts).toMatchObject({ delivered: 0, blocked: 1 });
    expect(sent().filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it('leaves a lead in doubt when the answer is lost, and shows the password nowhere', async () => {
    vendor.answer = (_request, _response, socket) => void socket.destroy();
    await desk.write('leads.csv', 'Telefon\n+491713920010\n');
    const first = await push('leads', 'add', 'leads.csv', '-v');
    expect([first.code, first.document.counts.inDoubt]).toEqual([7, 1]);
    expect((await push('leads', 'add', 'leads.csv')).code).toBe(7);
    expect(sent()).toEqual(['POST addlead']);
    vendor.answer = (_request, response) =>
      sendJson(response, { status: 'error', reason: secret.TEST_PASSWORD }, 200);
    const refused = await push('agents', 'get', '7');
    expect(refused.code).toBe(3);
    for (const { stdout, stderr } of [first, refused]) {
      expect(stdout + stderr).not.toContain(secret.TEST_PASSWORD);
      expect(stdout + stderr).not.toContain(basic.slice(6));
    }
  });
});

describe('mmDial in the sandbox', () => {
  it('goes through every function once', { tags: ['long'] }, async () => {
    const sandbox = await openSandbox();
    const env = sandboxEnv(sandbox);
    const ask = async (...args: string[]): Promise<JsonObject & { code: number | null }> => {
      const { code, document } = await desk.json<JsonObject>(['mmdial', ...args], { env });
      return { ...document, code };
    };
    try {
      await desk.write('leads.csv', 'Telefon;Nachname;Tarif\n+4917604069050;Groß;Grün\n');
      await desk.write('edit.csv', 'leadid;notices\n10001;neu\n');
      expect(await ask('leads', 'add', 'leads.csv')).toMatchObject({ code: 0, counts: { delivered: 1 } });
      expect(await ask('leads', 'edit', 'edit.csv')).toMatchObject({ code: 0, counts: { delivered: 1 } });
      expect(await ask('leads', 'get', '--phone', '017604069050')).toMatchObject({ code: 0, found: true });
      expect(await ask('leads', 'get', '--external-id', 'CRM-1001')).toMatchObject({ code: 0, found: true });
      expect(await ask('leads', 'get', '--id', '99')).toMatchObject({ code: 3, found: false });
      expect(await ask('dnc', 'add', '017604069052')).toMatchObject({ code: 0, counts: { delivered: 1 } });
      expect(await ask('dnc', 'check', '4917604069052')).toMatchObject({
        code: 0,
        results: [{ listed: true }],
      });
      expect(await ask('dnc', 'check', '0406905', '--fuzzy')).toMatchObject({
        results: [{ matches: ['017604069052'] }],
      });
      const numbers = (await ask('dnc', 'list'))['numbers'];
      expect(numbers).toContain('017604069052');
      expect(await ask('dnc', 'remove', '017604069052', '--reason', 'x', '--yes')).toMatchObject({ code: 0 });
      expect(await ask('lists', 'add', '--description', 'März')).toMatchObject({ code: 0, campaign: '12' });
      expect(await ask('fields')).toMatchObject({ code: 0, campaign: '12' });
      expect(await ask('agents', 'get', '7')).toMatchObject({ code: 0, found: true });
      expect(await ask('export', '--out', 'out.csv')).toMatchObject({ code: 0 });
      expect(await readFile(desk.path('out.csv'), 'utf8')).toContain('Groß');
      expect(await ask('voices', '--lead', '10021', '--download', 'rec')).toMatchObject({
        code: 0,
        failed: 0,
      });
    } finally {
      await sandbox.close();
    }
  });
});
