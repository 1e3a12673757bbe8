import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import type { LoggedRequest } from '../../src/rehearsal/routes.js';
import type { ContactReport } from '../../src/rehearsal/twins.js';
import { leadsCsv } from '../support/leads.js';
import { type Finished, Desk, finished } from '../support/program.js';

let desk: Desk;
let running: { child: ChildProcess; end: Promise<Finished>; url: string } | null = null;

beforeEach(async () => {
  desk = await Desk.open();
  await desk.write('leads.csv', leadsCsv(20));
});

afterEach(async () => {
  await stop();
  await desk.close();
});

/** Starts `salesq sandbox` of the real program with these faults. */
async function start(...faults: string[]): Promise<void> {
  const flags = faults.flatMap((fault) => ['--fault', fault]);
  const child = desk.start(['sandbox', '--port', '0', '-o', 'json', ...flags]);
  const end = finished(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) =>
      resolve((JSON.parse(String(chunk)) as { url: string }).url),
    );
    void end.then(({ stderr }) => reject(new Error(stderr)));
  });
  running = { child, end, url };
}

async function stop(): Promise<Finished | null> {
  const was = running;
  running = null;
  was?.child.kill('SIGTERM');
  return was && (await was.end);
}

const page = async <T>(path: string, body?: unknown): Promise<T> => {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return (await (await fetch(`${running?.url}/_sandbox/${path}`, sent)).json()) as T;
};

const env = (): Record<string, string> => ({
  SALESQ_PROFILE: 'sandbox',
  SALESQ_SANDBOX_URL: running?.url ?? '',
});

const push = (): Promise<Finished & { document: PushSummary }> =>
  desk.json(['sales-q', 'import', 'leads.csv', '--batch-size', '5', '--rate', '1000/s'], { env: env() });

const resume = (): Promise<Finished & { document: PushSummary }> =>
  desk.json(['runs', 'resume', 'last'], { env: env() });

/** The vendor's own list, days later. */
async function contacts(): Promise<{ people: number; twice: number; imports: number }> {
  await page('clock', { advanceMs: 3 * 86_400_000 });
  const { persons, twice } = await page<ContactReport>('contacts');
  const { requests } = await page<{ requests: readonly LoggedRequest[] }>('requests');
  const imports = requests.filter(({ path }) => path === '/import').length;
  return { people: persons.length, twice: twice.length, imports };
}

describe('a bad day, rehearsed with the real program', () => {
  it('ends as promised, and going on contacts nobody twice', async () => {
    await start('sales-q/import:429=1h');
    const turnedAway = await push();
    expect(turnedAway.code).toBe(5);
    expect(turnedAway.document.counts).toMatchObject({ rows: 20, ready: 20 });

    await page('faults', {
      faults: ['import:reset-after@2', 'import:missing-ids=2@4'].map((fault) => `sales-q/${fault}`),
    });
    const broken = await push();
    expect(broken.code).toBe(7);
    expect(broken.document.counts).toMatchObject({ rows: 20, delivered: 13, inDoubt: 7 });

    const again = await resume();
    expect(again.code).toBe(7);
    expect(await contacts()).toEqual({ people: 20, twice: 0, imports: 5 });
    const { stderr = '' } = (await stop()) ?? {};
    expect(stderr.match(/fault: .*/g)).toEqual([
      'fault: sales-q/import 429, request 1 of sales-q/import:429=1h',
      'fault: sales-q/import reset-after, request 2 of sales-q/import:reset-after@2',
      'fault: sales-q/import missing-ids, request 4 of sales-q/import:missing-ids=2@4',
    ]);
    expect(stderr).not.toMatch(/\d{10}/);
  });

  it('a fault it does not understand: exit 2, and what there is', async () => {
    const { code, document } = await desk.json<{ error: { code: string; hint: string } }>([
      'sandbox',
      '--port',
      '0',
      '--fault',
      'sales-q/imports:500',
    ]);
    expect(code).toBe(2);
    expect(document.error).toMatchObject({ code: 'sandbox.fault-endpoint' });
    expect(document.error.hint).toContain('import, remove, update');
  });
});
