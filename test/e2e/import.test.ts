import { setTimeout as delay } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import { configFor, digits, fictitious, leadsCsv, tokenEnv } from '../support/leads.js';
import { Desk, finished, program } from '../support/program.js';
import { type Answering, sendJson, VendorServer } from '../support/vendor-server.js';

interface ImportBody {
  readonly token: string;
  readonly leads: readonly Record<string, string>[];
}

let nextId = 0;

/** The documented success (docs/vendors/sales-q.md#import), in the sample's form. */
const takeAll: Answering = ({ body }, response) => {
  const { leads } = JSON.parse(body) as ImportBody;
  const ids = leads.map(({ Phone, mappingId }) => ({
    Phone,
    id: (nextId += 1).toString(16).padStart(24, '5'),
    mappingId,
  }));
  sendJson(response, { imported: true, log: 'imported the leads', ids });
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

const leadsSent = (): Record<string, string>[] =>
  vendor.bodies<ImportBody>().flatMap(({ leads }) => leads as Record<string, string>[]);

describe('a push to Sales_Q', () => {
  it('sends what the document says: token and leads in a JSON body, digits in Phone, our mappingId, data points', async () => {
    await desk.write('leads.csv', leadsCsv(2));
    const { code, document } = await push('leads.csv');
    expect(code).toBe(0);
    expect(document.counts).toMatchObject({ rows: 2, delivered: 2 });
    const [request] = vendor.received;
    expect(request).toMatchObject({ method: 'POST', url: '/import' });
    expect(request?.headers['content-type']).toMatch(/^application\/json/);
    const body = JSON.parse(request?.body ?? '') as ImportBody;
    expect(body.token).toBe(tokenEnv.TEST_TOKEN);
    expect(body.leads).toEqual([
      {
        Phone: digits(0),
        Vorname: 'Eva',
        Nachname: 'Muster 0',
        mappingId: expect.stringMatching(/^[0-9a-f]{24}$/) as string,
      },
      {
        Phone: digits(1),
        Vorname: 'Eva',
        Nachname: 'Muster 1',
        mappingId: expect.stringMatching(/^[0-9a-f]{24}$/) as string,
      },
    ]);
    expect(new Set(body.leads.map(({ mappingId }) => mappingId)).size).toBe(2);
  });

  it('does nothing when the same file is pushed again', async () => {
    await desk.write('leads.csv', leadsCsv(3));
    await push('leads.csv');
    const again = await push('leads.csv');
    expect(again.code).toBe(0);
    expect(again.document.counts).toMatchObject({ rows: 3, delivered: 3 });
    expect(leadsSent()).toHaveLength(3);
  });

  it('contacts a person of an earlier file no second time, however the number is spelt', async () => {
    await desk.write('one.csv', leadsCsv(1));
    await desk.write('two.csv', `Handy,Vorname\n0${fictitious(0).slice(3)},Eva\n${fictitious(1)},Ute\n`);
    await push('one.csv');
    const { code, document } = await push('two.csv');
    expect(code).toBe(0);
    expect(document.counts).toMatchObject({ rows: 2, delivered: 1, duplicate: 1 });
    expect(leadsSent().map(({ Phone }) => Phone)).toEqual([digits(0), digits(1)]);
  });

  it('gives each row its own fate, and Σ of the states is the number of rows', async () => {
    const lines = [
      'Telefon;Vorname',
      `${fictitious(1)};A`,
      `${fictitious(1)};same`,
      '4,91788E+11;C',
      `${digits(2)};D`,
      ';E',
      '',
    ];
    await desk.write('leads.csv', lines.join('\n'));
    const { code, document } = await push('leads.csv');
    expect(code).toBe(3);
    expect(document.counts).toMatchObject({ rows: 5, delivered: 1, duplicate: 1, invalid: 2, held: 1 });
    const rows = await desk.run(['runs', 'rows', 'last', '-o', 'ndjson']);
    const states = rows.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { row: number; code: string | null });
    expect(states.map(({ row, code: reason }) => [row, reason])).toEqual([
      [1, null],
      [2, 'duplicate.in-file'],
      [3, 'phone.scientific'],
      [4, 'phone.ambiguous'],
      [5, expect.stringMatching(/^(field|phone)\.missing$/) as string],
    ]);
  });

  it('writes the intent before the connection is opened', async () => {
    await desk.write('leads.csv', leadsCsv(2));
    let seen = '';
    vendor.answer = async (request, response, socket) => {
      seen = (await desk.run(['runs', 'rows', 'last', '-o', 'ndjson'])).stdout;
      await takeAll(request, response, socket);
    };
    await push('leads.csv');
    const states = seen
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { state: string }).state);
    expect(states).toEqual(['sending', 'sending']);
  });

  it('stops at --limit with 8 and continues with the same command', async () => {
    await desk.write('leads.csv', leadsCsv(5));
    const first = await push('leads.csv', '--limit', '2');
    expect(first.code).toBe(8);
    expect(first.document.counts).toMatchObject({ delivered: 2, ready: 3 });
    expect(first.document.next.at(-1)).toMatch(/^salesq runs resume /);
    const second = await push('leads.csv');
    expect(second.code).toBe(0);
    expect(second.document.run).toBe(first.document.run);
    expect(leadsSent().map(({ Phone }) => Phone)).toEqual([0, 1, 2, 3, 4].map(digits));
  });

  it('leaves a row in doubt when the connection is cut after the request, and never sends it again', async () => {
    await desk.write('leads.csv', leadsCsv(1));
    vendor.answer = (_request, _response, socket) => void socket.destroy();
    const first = await push('leads.csv');
    expect(first.code).toBe(7);
    expect(first.document.counts).toMatchObject({ inDoubt: 1 });
    vendor.answer = takeAll;
    const second = await push('leads.csv');
    expect(second.code).toBe(7);
    expect(vendor.received).toHaveLength(1);
    const other = await desk.write('other.csv', leadsCsv(1).replace('Eva', 'Ewa'));
    const third = await push(other);
    expect(third.document.counts).toMatchObject({ duplicate: 1, delivered: 0 });
    expect(vendor.received).toHaveLength(1);
  });

  it('treats a run killed while an answer was awaited as in doubt', async () => {
    await desk.write('leads.csv', leadsCsv(3));
    let arrived: () => void = () => undefined;
    const request = new Promise<void>((resolve) => (arrived = resolve));
    vendor.answer = () => arrived();
    const child = desk.start(['sales-q', 'import', 'leads.csv', '--batch-size', '1'], { env: tokenEnv });
    const ended = finished(child);
    await request;
    child.kill('SIGKILL');
    await ended;
    vendor.answer = takeAll;
    const second = await push('leads.csv');
    expect(second.code).toBe(7);
    expect(second.document.counts).toMatchObject({ rows: 3, inDoubt: 1, delivered: 2 });
    expect(leadsSent()).toHaveLength(3);
  });

  it('lets a person decide a row in doubt, with a reason', async () => {
    await desk.write('leads.csv', leadsCsv(1));
    vendor.answer = (_request, _response, socket) => void socket.destroy();
    await push('leads.csv');
    const without = await desk.run(['runs', 'resolve', 'last', '--row', '1', '--as', 'not-sent']);
    expect(without.code).toBe(2);
    const decided = await desk.run([
      'runs',
      'resolve',
      'last',
      '--row',
      '1',
      '--as',
      'not-sent',
      '--reason',
      'asked the vendor',
    ]);
    expect(decided.code).toBe(0);
    vendor.answer = takeAll;
    const resumed = await desk.json<PushSummary>(['runs', 'resume', 'last'], { env: tokenEnv });
    expect(resumed.code).toBe(0);
    expect(resumed.document.counts.delivered).toBe(1);
    expect(vendor.received).toHaveLength(2);
  });

  it('stops at once when the token is refused, and goes on when it is mended', async () => {
    await desk.write('leads.csv', leadsCsv(120));
    vendor.answer = (_request, response) => sendJson(response, { response: false, log: 'unknown' }, 401);
    const first = await push('leads.csv');
    expect(first.code).toBe(4);
    expect(first.document.counts.ready).toBe(120);
    expect(vendor.received).toHaveLength(1);
    vendor.answer = takeAll;
    const second = await push('leads.csv');
    expect(second.code).toBe(0);
    expect(second.document.counts.delivered).toBe(120);
  });

  it('finds the history again when the token of a profile is exchanged', async () => {
    await desk.write('leads.csv', leadsCsv(2));
    await desk.write('more.csv', leadsCsv(3));
    await push('leads.csv');
    const { document } = await desk.json<PushSummary>(['sales-q', 'import', 'more.csv'], {
      env: { TEST_TOKEN: 'another' },
    });
    expect(document.counts).toMatchObject({ duplicate: 2, delivered: 1 });
  });

  it('says 5 when the vendor cannot be reached; the rows stay ready', async () => {
    await desk.write('.salesqrc', configFor('http://127.0.0.1:9'));
    await desk.write('leads.csv', leadsCsv(1));
    const { code, document } = await push('leads.csv');
    expect(code).toBe(5);
    expect(document.counts.ready).toBe(1);
  });

  it('waits as Retry-After says and sends the row once', async () => {
    await desk.write('leads.csv', leadsCsv(1));
    const times: number[] = [];
    vendor.answer = (request, response, socket) => {
      times.push(Date.now());
      if (times.length === 1) return sendJson(response, {}, 429, { 'retry-after': '1' });
      return takeAll(request, response, socket);
    };
    const { code } = await push('leads.csv');
    expect(code).toBe(0);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(950);
  });

  it.each([302, 307])('follows no redirect (%i): lead and token go nowhere else', async (status) => {
    const other = await VendorServer.start(takeAll);
    await desk.write('leads.csv', leadsCsv(1));
    vendor.answer = (_request, response) =>
      sendJson(response, {}, status, { location: `${other.url}/import` });
    const { code, document } = await push('leads.csv');
    expect(other.received).toHaveLength(0);
    expect(code).toBe(7);
    expect(document.counts.inDoubt).toBe(1);
    await other.close();
  });

  it('pauses after three requests in doubt in a row', async () => {
    await desk.write('leads.csv', leadsCsv(10));
    vendor.answer = (_request, response) => sendJson(response, { oops: true }, 500);
    const { code, document } = await push('leads.csv', '--batch-size', '1');
    expect(code).toBe(7);
    expect(document.counts).toMatchObject({ inDoubt: 3, ready: 7 });
  });

  it('on SIGINT lets the request under way settle, sends no new row and says how to go on', async () => {
    await desk.write('leads.csv', leadsCsv(6));
    let arrived: () => void = () => undefined;
    const request = new Promise<void>((resolve) => (arrived = resolve));
    vendor.answer = async (received, response, socket) => {
      arrived();
      await delay(500);
      await takeAll(received, response, socket);
    };
    const child = desk.start(['sales-q', 'import', 'leads.csv', '--batch-size', '2', '-o', 'json'], {
      env: { ...tokenEnv, SALESQ_CONFIG: desk.path('.salesqrc') },
    });
    const ended = finished(child);
    await request;
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    const document = JSON.parse(stdout) as PushSummary;
    expect(code).toBe(130);
    expect(document.counts).toMatchObject({ delivered: 2, ready: 4 });
    expect(document.next.at(-1)).toBe(`salesq runs resume ${document.run}`);
  });

  it('refuses a broken file whole, naming file, row and code, and sends nothing', async () => {
    await desk.write('leads.csv', `${leadsCsv(3)}${fictitious(9)};too;many;cells\n`);
    const { code, document } = await desk.json<{ error: { code: string; message: string } }>(
      ['sales-q', 'import', 'leads.csv'],
      { env: tokenEnv },
    );
    expect(code).toBe(6);
    expect(document.error.code).toBe('input.ragged');
    expect(document.error.message).toMatch(/leads\.csv/);
    expect(document.error.message).toMatch(/4/);
    expect(vendor.received).toHaveLength(0);
    const set = await push('leads.csv', '--skip-invalid');
    expect(set.document.counts).toMatchObject({ rows: 4, delivered: 3, invalid: 1 });
  });

  it('asks before a live profile sends, and without a terminal refuses with 10', async () => {
    await desk.write('.salesqrc', configFor(vendor.url, '    live: true\n'));
    await desk.write('leads.csv', leadsCsv(1));
    const refused = await desk.json<{ error: { code: string } }>(['sales-q', 'import', 'leads.csv'], {
      env: tokenEnv,
    });
    expect(refused.code).toBe(10);
    expect(vendor.received).toHaveLength(0);
    const confirmed = await push('leads.csv', '--live', 'acme');
    expect(confirmed.code).toBe(0);
  });

  it('dry run sends nothing, keeps nothing and knows who was contacted before', async () => {
    await desk.write('one.csv', leadsCsv(1));
    await desk.write('two.csv', leadsCsv(2));
    const first = await push('two.csv', '--dry-run');
    expect(first.code).toBe(0);
    expect(first.document).toMatchObject({ dryRun: true, run: null });
    expect(first.document.counts).toMatchObject({ rows: 2, ready: 2 });
    expect(vendor.received).toHaveLength(0);
    await push('one.csv');
    const second = await push('two.csv', '--dry-run');
    expect(second.document.counts).toMatchObject({ ready: 1, duplicate: 1 });
    const runs = await desk.json<{ runs: unknown[] }>(['runs', 'list']);
    expect(runs.document.runs).toHaveLength(1);
  });

  it('writes every input row into the results file, which can be pushed again as it is', async () => {
    await desk.write('leads.csv', `Telefon;Vorname\n${fictitious(1)};A\nkaputt;B\n`);
    const { code } = await push('leads.csv', '--results', 'out.csv');
    expect(code).toBe(3);
    const lines = (await readFile(desk.path('out.csv'), 'utf8')).trim().split(/\r?\n/);
    expect(lines[0]).toBe(
      'Telefon,Vorname,_salesq_row,_salesq_state,_salesq_code,_salesq_reason,_salesq_vendor_id,_salesq_run,_salesq_numbers',
    );
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/,1,delivered,/);
    const again = await push('out.csv');
    expect(again.document.counts).toMatchObject({ rows: 2, duplicate: 1, invalid: 1 });
  });

  it('reads stdin, JSON and NDJSON', async () => {
    const people = [{ Phone: fictitious(1), Alter: 23 }, { Phone: fictitious(2) }];
    const array = await desk.json<PushSummary>(['sales-q', 'import', '-'], {
      env: tokenEnv,
      input: JSON.stringify(people),
    });
    expect(array.document).toMatchObject({
      source: { name: 'stdin', format: 'json' },
      counts: { delivered: 2 },
    });
    const lines = [3, 4].map((index) => JSON.stringify({ phone: fictitious(index) })).join('\n');
    const nd = await desk.json<PushSummary>(['sales-q', 'import', '-'], { env: tokenEnv, input: lines });
    expect(nd.document).toMatchObject({ source: { format: 'ndjson' }, counts: { delivered: 2 } });
    expect(leadsSent()[0]).toMatchObject({ Phone: digits(1), Alter: 23 });
  });

  it('goes on although nobody reads its output any more', async () => {
    await desk.write('leads.csv', leadsCsv(40));
    const child = desk.start(['sales-q', 'import', 'leads.csv', '--batch-size', '1', '-o', 'ndjson'], {
      env: tokenEnv,
    });
    child.stdout?.once('data', () => child.stdout?.destroy());
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(0);
    expect(leadsSent()).toHaveLength(40);
  });

  it('lets no secret into output, errors or the ledger', async () => {
    await desk.write('leads.csv', leadsCsv(2));
    vendor.answer = (_request, response) =>
      sendJson(response, { response: false, log: `refused for ${tokenEnv.TEST_TOKEN}` });
    const result = await desk.run(['sales-q', 'import', 'leads.csv', '-v'], { env: tokenEnv });
    const ledger = await readFile(desk.path('ledger.db'), 'latin1');
    const wal = await readFile(desk.path('ledger.db-wal'), 'latin1').catch(() => '');
    expect(`${result.stdout}${result.stderr}${ledger}${wal}`).not.toContain('CANARY');
  });
});

describe('what comes through a pipe', () => {
  it('is kept in a private folder, which the next start removes after kill -9, and no sooner', async () => {
    const temporary = path.join(desk.folder, 'tmp');
    await mkdir(temporary);
    const env = { ...tokenEnv, TMPDIR: temporary };
    const child = spawn(process.execPath, [program, 'sales-q', 'import', '-'], {
      cwd: desk.folder,
      env: desk.env(env),
    });
    child.stdin.on('error', () => undefined);
    child.stdin.write('Phone\n+491713920001\n');
    const copies = async (): Promise<string[]> => {
      const names = await readdir(temporary, { recursive: true });
      return names.filter((name) => path.basename(name).startsWith('input-'));
    };
    while ((await copies()).length === 0) await delay(20);
    const [folder = ''] = (await readdir(temporary)).filter((name) => name.startsWith('salesq-'));
    expect((await stat(path.join(temporary, folder))).mode & 0o777).toBe(0o700);
    await desk.run(['runs', 'list'], { env });
    expect(await copies()).toHaveLength(1);
    child.kill('SIGKILL');
    await finished(child);
    expect(await copies()).toHaveLength(1);
    await desk.run(['runs', 'list'], { env });
    expect(await readdir(temporary)).toEqual([]);
  });
});
