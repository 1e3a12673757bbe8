import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { killedAfter } from '../server/acknowledged.js';
import { configFor, tokenEnv } from '../support/leads.js';
import { startListening, urlOf, type Listening } from '../support/listening.js';
import { Desk, type Finished } from '../support/program.js';
import { openSandbox } from '../support/sandboxed.js';
import { deliver, exportBody, token } from '../support/webhook.js';

const env = { ...tokenEnv, SALESQ_PROFILE: 'acme' };

let desk: Desk;
const running: Listening[] = [];

beforeEach(async () => {
  desk = await Desk.open();
  await desk.write('.salesqrc', configFor('http://127.0.0.1:9'));
});

afterEach(async () => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL');
  await desk.close();
});

async function listening(...args: string[]): Promise<Listening> {
  const started = await startListening(desk, args);
  running.push(started);
  return started;
}

const list = (...args: string[]): Promise<Finished> =>
  desk.run(['sales-q', 'listen', 'list', ...args], { env });

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const listed = async (...args: string[]): Promise<Record<string, unknown>[]> =>
  linesOf((await list('-o', 'ndjson', ...args)).stdout);

const stop = (one: Listening, signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> => {
  one.child.kill(signal);
  return one.end;
};

describe('listen', () => {
  it('prints a line for each delivery it stored, the one that listen list shows, and ends cleanly', async () => {
    const one = await listening();
    expect((await deliver(one.url, exportBody(1))).status).toBe(200);
    expect((await deliver(one.url, exportBody(2))).status).toBe(200);
    expect((await deliver(one.url, exportBody(1))).status).toBe(200);
    const { code, stdout, stderr } = await stop(one);
    expect(code).toBe(0);
    expect(linesOf(stdout)).toEqual(await listed());
    expect(linesOf(stdout)).toMatchObject([
      { type: 'delivery', phone: '+491713920001', status: 'Done', data: { Nachname: 'Muster 1' } },
      { type: 'delivery', phone: '+491713920002', status: 'Done', data: { Nachname: 'Muster 2' } },
    ]);
    expect(stderr).toContain('stored 2 · delivered again 1');
  });

  it('keeps every secret to itself', async () => {
    const one = await listening('-v');
    await deliver(one.url, exportBody(1, { note: `it is ${token}` }));
    await deliver(one.url, exportBody(1, { token: 'FORGED-7' }));
    await deliver(one.url, `{"token":"${token}", oops`);
    await deliver(one.url, `${' '.repeat(6_000_000)}${token}`);
    const { stdout, stderr } = await stop(one, 'SIGINT');
    const shown = [stdout, stderr, (await list('-v')).stdout, JSON.stringify(await listed('--quarantined'))];
    expect(await listed('--quarantined')).toMatchObject(
      ['webhook.forged', 'webhook.broken', 'webhook.oversize'].map((code) => ({ type: 'quarantined', code })),
    );
    const kept = await readFile(desk.path('ledger.db'), 'latin1');
    for (const text of [...shown, kept]) {
      expect(text).not.toContain('CANARY');
      expect(text).not.toContain('FORGED-7');
    }
  });

  it('goes on storing when the reader of its lines goes away', async () => {
    const one = await listening();
    await deliver(one.url, exportBody(1));
    one.child.stdout?.destroy();
    for (const n of [2, 3, 4, 5]) expect((await deliver(one.url, exportBody(n))).status).toBe(200);
    one.child.kill('SIGTERM');
    expect(await new Promise((resolve) => one.child.once('exit', resolve))).toBe(0);
    expect(await listed()).toHaveLength(5);
  });

  it('goes on storing when the reader of its lines stands still', { tags: ['long'] }, async () => {
    const one = await listening();
    one.child.stdout?.removeAllListeners('data').pause();
    const long = [{ timestamp: 1, body: 'x'.repeat(1_000_000), type: 'chat', direction: 'incoming' }];
    for (const n of [1, 2])
      expect((await deliver(one.url, exportBody(n, { chathistory: long }))).status).toBe(200);
    expect(await listed()).toHaveLength(2);
  });

  it('speaks the format it is asked for', { tags: ['long'] }, async () => {
    const one = await listening('-o', 'tsv');
    await deliver(one.url, exportBody(1));
    const { stdout } = await stop(one);
    expect(stdout).toBe((await list()).stdout);
    expect(stdout.split('\n')[0]).toBe('at\tid\tphone\tstatus\tmessages\tdata\tcomment');
    const table = await listening('-o', 'table');
    await deliver(table.url, exportBody(2));
    expect((await stop(table)).stdout).toMatch(
      /^\S+Z {2}5+2 {2}\+49171•••002 {2}Done {2}2 messages {2}Vorname: /,
    );
    const json = await listening('-o', 'json');
    await deliver(json.url, exportBody(3));
    expect(JSON.parse((await stop(json)).stdout)).toMatchObject({
      schema: 'salesq/listen@1',
      counts: { stored: 1 },
    });
    const { document } = await desk.json(['sales-q', 'listen', 'list'], { env });
    expect(document).toMatchObject({ schema: 'salesq/deliveries@1', deliveries: [{}, {}, {}] });
  });

  it('warns where others could reach it, and refuses what it cannot do', { tags: ['long'] }, async () => {
    const one = await startListening(desk, ['--host', '0.0.0.0']);
    running.push(one);
    expect((await stop(one)).stderr).toContain('TLS');
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const port = String((taken.address() as AddressInfo).port);
    const refused = await desk.json(['sales-q', 'listen', '--port', port], { env });
    taken.close();
    expect(refused).toMatchObject({ code: 6, document: { error: { code: 'webhook.port-in-use' } } });
    for (const flags of [['--port', 'x'], ['--path', 'hook'], ['bogus']])
      expect((await desk.run(['sales-q', 'listen', ...flags], { env })).code).toBe(2);
  });

  it('is a command and a group', async () => {
    const { stdout } = await desk.run(['sales-q', 'listen', '--help'], { env });
    expect(stdout).toMatch(/--port <n>[\s\S]*list \[options\]/);
    expect(
      (await desk.run(['sales-q', 'listen', '--path', '/x', 'list', '-o', 'json'], { env })).stdout,
    ).toContain('salesq/deliveries@1');
  });
});

describe('kill -9', () => {
  const killedWhileStoring = async (count: number): Promise<void> => {
    const one = await listening();
    const { acknowledged, lost } = await killedAfter(count, one, desk.path('ledger.db'));
    expect(acknowledged.length).toBeGreaterThanOrEqual(count);
    expect(lost).toEqual([]);
    const ids = (await listed()).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([...acknowledged]));
    const again = await listening();
    for (let n = 1; n <= count; n += 1) expect((await deliver(again.url, exportBody(n))).status).toBe(200);
    const after = (await listed()).map(({ id }) => id);
    expect(new Set(after).size).toBe(after.length);
  };

  it('loses nothing that was acknowledged', () => killedWhileStoring(5));

  it.each([1, 23])('loses nothing that was acknowledged, after %i', { tags: ['long'] }, killedWhileStoring);

  it('catches a receiver that answers before it stores', async () => {
    const script = path.resolve(import.meta.dirname, '../server/wrong/answers-first.mjs');
    const child = spawn(process.execPath, [script, desk.path('wrong.db')], { env: desk.env(tokenEnv) });
    const { lost } = await killedAfter(5, { child, url: await urlOf(child) }, desk.path('wrong.db'));
    expect(lost).not.toEqual([]);
  });
});

describe('the whole round', () => {
  it('has a sandbox that posts where it is told, on this machine only', async () => {
    for (const webhook of ['sales-q', 'sales-q=http://example.com/hook', 'other=http://127.0.0.1:1/'])
      expect((await desk.run(['sandbox', '--port', '0', '--webhook', webhook])).code).toBe(2);
    const child = desk.start(['sandbox', '--port', '0', '--webhook', 'sales-q=http://127.0.0.1:1/hook']);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill('SIGTERM');
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  });

  it('takes from the sandbox what update would show', { tags: ['long'] }, async () => {
    const sandboxEnvironment = { SALESQ_PROFILE: 'sandbox' };
    const one = await startListening(desk, [], sandboxEnvironment);
    running.push(one);
    const sandbox = await openSandbox({ 'sales-q': one.url });
    try {
      const leads = ['491713920555', '491713920666', '491713920444', '491713920111'].map((Phone) => ({
        Phone,
      }));
      await deliver(`${sandbox.url}/sales-q/import`, { token: 'sandbox-sales-q-token', leads });
      sandbox.advance(10 * 86_400_000);
      await expect.poll(() => linesOf(one.stdout()).length, { timeout: 10_000 }).toBe(2);
      expect((await stop(one)).code).toBe(0);
      const got = linesOf(one.stdout());
      const update = await desk.run(['sales-q', 'update', '-o', 'ndjson'], {
        env: { ...sandboxEnvironment, SALESQ_SANDBOX_URL: sandbox.url },
      });
      const shown = linesOf(update.stdout).filter(({ status }) => status === 'Done' || status === 'Callback');
      expect(got.map(({ type: _t, delivery: _d, at: _a, ...lead }) => lead)).toEqual(
        expect.arrayContaining(shown),
      );
      expect(shown).toHaveLength(2);
    } finally {
      await sandbox.close();
    }
  });
});
