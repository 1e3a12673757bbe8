import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import { openLedger } from '../../src/ledger/index.js';
import { configFor, fictitious, leadsCsv, tokenEnv } from '../support/leads.js';
import { Desk, finished, type Finished } from '../support/program.js';
import { realClock } from '../support/sandboxed.js';
import { type Answering, sendJson, VendorServer } from '../support/vendor-server.js';

const takeAll: Answering = ({ body }, response) => {
  const { leads } = JSON.parse(body) as { leads: { mappingId: string }[] };
  sendJson(response, { imported: true, ids: leads.map((lead) => ({ ...lead, id: `id-${lead.mappingId}` })) });
};

let desk: Desk;
let vendor: VendorServer;
let letGo: () => void;
let children: ChildProcess[];

beforeEach(async () => {
  desk = await Desk.open();
  const held = new Promise<void>((resolve) => (letGo = resolve));
  vendor = await VendorServer.start(async (request, response, socket) => {
    if (vendor.received.length === 1) await held;
    if (!socket.destroyed) await takeAll(request, response, socket);
  });
  children = [];
  await desk.write('.salesqrc', configFor(vendor.url));
  await desk.write('one.csv', leadsCsv(1));
  await desk.write('two.csv', leadsCsv(1, 1));
});
afterEach(async () => {
  letGo();
  for (const child of children)
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await vendor.close();
  await desk.close();
});

interface Started {
  readonly child: ChildProcess;
  readonly end: Promise<Finished>;
  /** Resolves when stderr holds this. */
  said(text: string): Promise<void>;
}

function start(file: string, ...flags: string[]): Started {
  const child = desk.start(['sales-q', 'import', file, ...flags, '-o', 'json'], { env: tokenEnv });
  children.push(child);
  let text = '';
  const heard = new Set<() => void>();
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
    for (const look of heard) look();
  });
  const said = (wanted: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => void (text.includes(wanted) && resolve());
      heard.add(look);
      look();
    });
  return { child, end: finished(child), said };
}

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await realClock.sleep(20);
};

/** A push whose request is out and not answered. */
async function busy(): Promise<Started> {
  const holder = start('one.csv');
  await until(() => vendor.received.length === 1);
  return holder;
}

const summaryOf = ({ stdout }: Finished): PushSummary => JSON.parse(stdout) as PushSummary;

describe('two pushes of one account and operation', () => {
  it('refuses the second at once, or lets it wait its turn; a signal ends the wait', async () => {
    const holder = await busy();
    const at = await start('two.csv').end;
    expect(at.code).toBe(11);
    expect(JSON.parse(at.stdout)).toMatchObject({ error: { code: 'run.locked' } });
    const short = await start('two.csv', '--wait-lock', '300ms').end;
    expect([short.code, JSON.parse(short.stdout)]).toMatchObject([11, { error: { code: 'run.locked' } }]);

    const stopped = start('two.csv', '--wait-lock', '10m');
    const waiting = start('two.csv', '--wait-lock', '10m');
    await Promise.all([stopped.said('Waiting'), waiting.said('Waiting')]);
    stopped.child.kill('SIGINT');
    expect((await stopped.end).code).toBe(130);
    expect(vendor.received).toHaveLength(1);
    letGo();
    expect((await holder.end).code).toBe(0);
    const end = await waiting.end;
    expect([end.code, summaryOf(end).counts.delivered]).toEqual([0, 1]);
    expect(end.stderr.match(/has been working on this since/g)).toHaveLength(1);
    expect(end.stderr).toContain(`Process ${holder.child.pid} on `);
    expect(vendor.received).toHaveLength(2);
  });

  it('takes over from a holder that is killed while it waits', async () => {
    const holder = await busy();
    const waiting = start('two.csv', '--wait-lock', '10m');
    await waiting.said('Waiting');
    holder.child.kill('SIGKILL');
    const end = await waiting.end;
    expect([end.code, summaryOf(end).counts.delivered]).toEqual([0, 1]);
    const again = await start('one.csv').end;
    expect([again.code, summaryOf(again).counts.inDoubt]).toEqual([7, 1]);
    expect(vendor.received).toHaveLength(2);
  });

  it('ends with 11, and sends nothing, where the lock is taken over while it plans', async () => {
    const rows = Array.from({ length: 40_000 }, (_, n) => `+4917${String(100_000_000 + n)};Eva;Muster`);
    await desk.write('many.csv', ['Telefon;Vorname;Nachname', ...rows, ''].join('\n'));
    const planning = start('many.csv');
    await until(async () => (await desk.run(['runs', 'list'])).code === 0);
    const ledger = await openLedger(desk.path('ledger.db'), {
      clock: realClock,
      host: 'elsewhere',
      processAlive: () => false,
    });
    try {
      await until(async () => (await ledger.runs(1)).some(({ sealedAt }) => sealedAt === null));
      const [run] = await ledger.runs(1);
      if (!run) throw new Error('no plan');
      const owner = { id: 'thief', host: 'elsewhere', pid: 1, started: '' };
      const lock = await ledger.lock(`push ${run.account} import`, owner);
      await ledger.beginPlan({ ...run, columns: [] }, lock);
    } finally {
      await ledger.close();
    }
    const end = await planning.end;
    expect([end.code, JSON.parse(end.stdout)]).toMatchObject([11, { error: { code: 'run.lock-lost' } }]);
    expect(vendor.received).toHaveLength(0);
  });
});

describe('runs resume', () => {
  it('sends a canary first, and waits for the lock like a push', async () => {
    await desk.write('three.csv', ['Telefon', ...[5, 6, 7].map(fictitious), ''].join('\n'));
    letGo();
    await start('three.csv', '--limit', '1', '--batch-size', '1').end;
    const part = await desk.json<PushSummary>(
      ['runs', 'resume', 'last', '--canary', '1', '--batch-size', '1', '--wait-lock', '1s'],
      { env: tokenEnv },
    );
    expect(part.code).toBe(8);
    expect(part.document).toMatchObject({
      counts: { delivered: 2, ready: 1 },
      stopped: { code: 'run.canary' },
    });
  });
});
