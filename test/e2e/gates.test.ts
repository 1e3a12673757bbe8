import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import { configFor, fictitious, leadsCsv, tokenEnv } from '../support/leads.js';
import { Desk, finished, program } from '../support/program.js';
import { type Answering, sendJson, VendorServer } from '../support/vendor-server.js';

interface ImportBody {
  readonly leads: readonly { readonly Phone: string; readonly mappingId: string }[];
}

const takeAll: Answering = ({ body }, response) => {
  const { leads } = JSON.parse(body) as ImportBody;
  sendJson(response, { imported: true, ids: leads.map((lead) => ({ ...lead, id: `id-${lead.mappingId}` })) });
};

let desk: Desk;
let vendor: VendorServer;

beforeEach(async () => {
  desk = await Desk.open();
  vendor = await VendorServer.start(takeAll);
  await desk.write('.salesqrc', configFor(vendor.url));
});

afterEach(async () => {
  await vendor.close();
  await desk.close();
});

const push = (file: string, ...flags: string[]) =>
  desk.json<PushSummary>(['sales-q', 'import', file, ...flags], { env: tokenEnv });

describe('gates of a push', () => {
  it('contacts nobody outside the hours of the profile', async () => {
    const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][(new Date().getUTCDay() + 3) % 7] ?? 'Mon';
    await desk.write(
      '.salesqrc',
      configFor(vendor.url, `    window: "${day} 09:00-10:00"\n    timezone: UTC\n`),
    );
    await desk.write('leads.csv', leadsCsv(2));
    const { code, document } = await push('leads.csv');
    expect(code).toBe(8);
    expect(document).toMatchObject({ counts: { ready: 2 }, stopped: { code: 'run.window' } });
    expect(document.stopped?.message).toMatch(/09:00-10:00 \(UTC\); they begin again on .* at 09:00 UTC$/);
    expect(vendor.received).toHaveLength(0);
    const { stderr } = await desk.run(['sales-q', 'import', 'leads.csv', '--dry-run'], { env: tokenEnv });
    expect(stderr).toContain('09:00-10:00 (UTC)');
  });

  it('sends nothing by hours of a place that nobody named; an opt-out is taken all the same', async () => {
    await desk.write('.salesqrc', configFor(vendor.url, '    window: "Mon-Sun 00:00-24:00"\n'));
    await desk.write('leads.csv', leadsCsv(1));
    const { code, document } = await push('leads.csv');
    expect([code, document]).toMatchObject([6, { error: { code: 'config.missing-setting' } }]);
    expect(vendor.received).toHaveLength(0);
    const stop = ['dnc', 'add', '+491713920644', '--reason', 'asked'];
    expect((await desk.run(stop, { env: tokenEnv })).code).toBe(0);
    vendor.answer = ({ url }, response) =>
      sendJson(response, url.includes('remove') ? { response: true } : []);
    await desk.run(['sales-q', 'remove', '5b929a13e7c7543ce399ea17'], { env: tokenEnv });
    expect(vendor.received.some(({ url }) => url.includes('remove'))).toBe(true);
  });

  it('is closed where the profile wants a list of a certain age that nobody fetched', async () => {
    await desk.write('.salesqrc', configFor(vendor.url, '    dnc: { maxAge: 24h }\n'));
    await desk.write('leads.csv', leadsCsv(1));
    expect((await push('leads.csv')).code).toBe(10);
    expect(vendor.received).toHaveLength(0);
  });

  it('counts a person given up after a lost answer as contacted', async () => {
    await desk.write('leads.csv', leadsCsv(1));
    vendor.answer = (_request, _response, socket) => void socket.destroy();
    await push('leads.csv');
    await desk.run([
      'runs',
      'resolve',
      'last',
      '--row',
      '1',
      '--as',
      'abandoned',
      '--reason',
      'nobody knows',
    ]);
    vendor.answer = takeAll;
    await desk.write('other.csv', `Handy\n${fictitious(0)}\n`);
    const { document } = await push('other.csv');
    expect(document.counts).toMatchObject({ duplicate: 1, delivered: 0 });
    expect(vendor.received).toHaveLength(1);
  });

  it('takes a parser complaining of a token for what it is, and a positive 429 for a contradiction', async () => {
    await desk.write('leads.csv', leadsCsv(1));
    vendor.answer = (_request, response) =>
      sendJson(response, { imported: false, log: 'SyntaxError: Unexpected token < in JSON' });
    expect((await push('leads.csv')).document.counts.rejected).toBe(1);
    await desk.write('more.csv', leadsCsv(1, 5));
    vendor.answer = ({ body }, response) => {
      const { leads } = JSON.parse(body) as ImportBody;
      sendJson(response, { imported: true, ids: leads.map((lead) => ({ ...lead, id: 'x' })) }, 429, {
        'retry-after': '0',
      });
    };
    expect((await push('more.csv')).document.counts.inDoubt).toBe(1);
    expect(vendor.received).toHaveLength(2);
  });

  it('never replaces a file that is no results file, the ledger least of all', async () => {
    await desk.write('leads.csv', leadsCsv(1));
    await push('leads.csv');
    const refused = await push('leads.csv', '--results', 'ledger.db');
    expect(refused.code).toBe(6);
    expect((await desk.json<{ runs: unknown[] }>(['runs', 'list'])).document.runs).toHaveLength(1);
  });

  it('ends on a signal although nobody reads its output', { tags: ['long'] }, async () => {
    const numbers = Array.from({ length: 1_500 }, (_, index) => `+4917139${String(10_000 + index)}`);
    await desk.write('many.csv', ['Handy', ...numbers, ''].join('\n'));
    const args = ['sales-q', 'import', 'many.csv', '--batch-size', '10', '-o', 'ndjson', '-q'];
    const stuck = desk.start(args, { env: tokenEnv });
    const ended = new Promise((resolve) => stuck.on('exit', (code, signal) => resolve(signal ?? code)));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    stuck.kill('SIGTERM');
    expect(await ended).toBe(143);
  });

  it('ends on a signal while it waits for stdin', async () => {
    const waiting = spawn(process.execPath, [program, 'sales-q', 'import', '-'], {
      cwd: desk.folder,
      env: desk.env(tokenEnv),
    });
    const ended = new Promise((resolve) => waiting.on('exit', (code, signal) => resolve(signal ?? code)));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    waiting.kill('SIGTERM');
    expect(await ended).toBe(143);
  });

  it('shows a dry run of an unfinished file as what a push would go on with', async () => {
    await desk.write('leads.csv', leadsCsv(3));
    await push('leads.csv', '--limit', '1');
    const { document } = await push('leads.csv', '--dry-run');
    expect(document.counts).toMatchObject({ delivered: 1, ready: 2, duplicate: 0 });
  });

  it('asks nobody twice under random kills', async () => {
    await desk.write('leads.csv', leadsCsv(60));
    vendor.answer = async (request, response, socket) => {
      await new Promise((resolve) => setTimeout(resolve, 15));
      await takeAll(request, response, socket);
    };
    for (let turn = 0; turn < 4; turn += 1) {
      const child = desk.start(['sales-q', 'import', 'leads.csv', '--batch-size', '3'], { env: tokenEnv });
      const ended = finished(child);
      setTimeout(() => child.kill('SIGKILL'), 550 + turn * 60);
      await ended;
    }
    const { document } = await push('leads.csv', '--batch-size', '3');
    const sent = vendor.bodies<ImportBody>().flatMap(({ leads }) => leads.map(({ Phone }) => Phone));
    expect(new Set(sent).size).toBe(sent.length);
    const { delivered, inDoubt, rows } = document.counts;
    expect([rows, delivered + inDoubt]).toEqual([60, 60]);
    expect(delivered).toBeLessThanOrEqual(sent.length);
  });
});

describe('taking numbers off a list', () => {
  it('unblocks here only what the vendor confirmed', async () => {
    const config = (url: string): string =>
      `profiles:\n  acme:\n    country: DE\n    vendors:\n      mmdial: { url: "${url}", username: ops, password: "env:TEST_TOKEN", campaign: 12, list: 34 }\n`;
    await desk.write('.salesqrc', config(vendor.url));
    vendor.answer = (_request, response) => void response.writeHead(503).end('Wartung');
    await desk.run(['dnc', 'add', fictitious(1), '--reason', 'asked'], { env: tokenEnv });
    const args = ['mmdial', 'dnc', 'remove', fictitious(1), '--reason', 'came back', '--yes'];
    expect((await desk.json<PushSummary>(args, { env: tokenEnv })).document.counts.delivered).toBe(0);
    const { document } = await desk.json<{ results: { listed: boolean }[] }>(
      ['dnc', 'check', fictitious(1)],
      { env: tokenEnv },
    );
    expect(document.results[0]?.listed).toBe(true);
  });
});
