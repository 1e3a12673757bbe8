import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.js';
import type { PushSummary } from '../../src/core/report.js';
import type { Sandbox } from '../../src/rehearsal/host.js';
import { configFor, digits, leadsCsv, tokenEnv } from '../support/leads.js';
import { Desk, finished } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';
import { type Answering, sendJson, VendorServer } from '../support/vendor-server.js';

interface Row {
  readonly row: number;
  readonly phone: string;
  readonly before: string;
  readonly state: string;
  readonly seen: string;
  readonly code: string;
  readonly reason: string;
  readonly evidence: Json;
  readonly askAgainAt: string | null;
  readonly resolve: string | null;
}

type Document = PushSummary & {
  readonly schema: string;
  readonly rows: readonly Row[];
  readonly error: JsonObject;
};

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

describe('runs reconcile on the wire', () => {
  let vendor: VendorServer;
  /** What Sales_Q has, by id. */
  let known: Record<string, JsonObject>;
  let lostUntil: number;

  /** Takes every import and loses the answers of the first ones. */
  const answering: Answering = ({ url, body }, response, socket) => {
    if (url === '/update') return sendJson(response, known);
    const { leads } = JSON.parse(body) as { leads: (JsonObject & { Phone: string })[] };
    for (const lead of leads) known[`id-${lead.Phone}`] = { ...lead, Status: 'Open', state: 1 };
    lostUntil -= 1;
    if (lostUntil >= 0) return void socket.destroy();
    const ids = leads.map((lead) => ({ ...lead, id: `id-${lead.Phone}` }));
    return sendJson(response, { imported: true, ids });
  };

  beforeEach(async () => {
    known = {};
    lostUntil = 1;
    vendor = await VendorServer.start(answering);
    await desk.write('.salesqrc', configFor(vendor.url));
    await desk.write('leads.csv', leadsCsv(3));
  });
  afterEach(() => vendor.close());

  // The config is named by the environment, which whoever pastes a command still has: it needs no flag then.
  const run = (...args: string[]) =>
    desk.json<Document>(args, { env: { ...tokenEnv, SALESQ_CONFIG: desk.path('.salesqrc') } });
  const push = (...flags: string[]) => run('sales-q', 'import', 'leads.csv', '--batch-size', '1', ...flags);
  const reconcile = (...flags: string[]) => run('runs', 'reconcile', 'last', ...flags);
  const imports = (): number => vendor.received.filter(({ method }) => method === 'POST').length;

  it('settles a lost answer by what the vendor has, names the command, and sends nothing', async () => {
    const pushed = await push();
    expect([pushed.code, pushed.document.counts.inDoubt]).toEqual([7, 1]);
    expect(pushed.document.next.at(-1)).toBe(`salesq runs reconcile ${pushed.document.run}`);
    expect(pushed.stderr).toContain('salesq runs reconcile');
    const { code, document } = await reconcile('--results', 'out.csv');
    expect(code).toBe(0);
    expect(document).toMatchObject({ schema: 'salesq/reconcile@1', run: pushed.document.run, next: [] });
    expect(document.counts).toMatchObject({ rows: 3, delivered: 3, inDoubt: 0 });
    expect(document.rows).toMatchObject([
      {
        row: 1,
        before: 'in-doubt',
        state: 'delivered',
        seen: 'found',
        code: 'readback.found',
        resolve: null,
      },
    ]);
    expect(document.rows[0]?.evidence).toMatchObject({ asked: 'update', by: 'mappingId' });
    expect(imports()).toBe(3);
    expect(await readFile(desk.path('out.csv'), 'utf8')).toContain('delivered');
    const events = await run('runs', 'rows', 'last', '--events');
    expect(JSON.stringify(events.document)).toContain('"kind":"found"');
    const nothing = await reconcile();
    expect([nothing.code, nothing.document.rows]).toEqual([0, []]);
  });

  it('leaves what is not there to a person: a table with masked numbers, a line a row, a command that works', async () => {
    await push();
    known = { other: { Phone: digits(9), Status: 'Open', state: 1 } };
    const table = await desk.run(['runs', 'reconcile', 'last', '-o', 'table'], {
      env: { ...tokenEnv, SALESQ_CONFIG: desk.path('.salesqrc') },
    });
    expect(table.stdout).toContain('•••');
    expect(table.stdout).not.toContain(digits(0));
    const lines = await desk.run(['runs', 'reconcile', 'last', '-o', 'ndjson'], {
      env: { ...tokenEnv, SALESQ_CONFIG: desk.path('.salesqrc') },
    });
    const [row, summary] = lines.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown) as [Row, Document];
    expect([lines.code, row]).toMatchObject([
      7,
      { type: 'row', row: 1, phone: `+${digits(0)}`, seen: 'absent', code: 'readback.absent' },
    ]);
    expect(Date.parse(row.askAgainAt ?? '')).toBeGreaterThan(Date.now() + 30_000);
    expect(summary).toMatchObject({ type: 'summary', schema: 'salesq/reconcile@1' });
    expect(summary.next).toEqual([`salesq runs reconcile ${summary.run} --wait`]);
    const words =
      row.resolve
        ?.replace(/^salesq /, '')
        .replace('"..."', 'asked')
        .split(' ') ?? [];
    const decided = await run(...words);
    expect([decided.code, decided.document]).toMatchObject([0, { row: 1, state: 'abandoned' }]);
    expect(imports()).toBe(3);
  });

  it('reads back by itself with --reconcile, once, after everything was sent', async () => {
    const { code, document } = await push('--reconcile');
    expect([code, document.counts.delivered, imports()]).toEqual([0, 3, 3]);
    expect(vendor.received.map(({ url }) => url)).toEqual(['/import', '/import', '/import', '/update']);
  });

  it('names itself when three answers in a row are lost, and goes on from there', async () => {
    lostUntil = 3;
    await desk.write('leads.csv', leadsCsv(5));
    const paused = await push();
    expect([paused.code, paused.document.stopped?.code]).toEqual([7, 'run.breaker']);
    const { run: id, next } = paused.document;
    expect(next).toEqual([`salesq runs reconcile ${id}`, `salesq runs resume ${id}`]);
    const { code, document } = await reconcile();
    expect([code, document.counts]).toMatchObject([8, { delivered: 3, ready: 2, inDoubt: 0 }]);
    expect(document.next).toEqual([`salesq runs resume ${id}`]);
  });

  it('recovers what a killed push was sending', async () => {
    vendor.answer = (request, response, socket) => {
      if (request.url === '/update') return answering(request, response, socket);
      void answering(request, response, socket);
      return child.kill('SIGKILL') as unknown as void;
    };
    const child = desk.start(['sales-q', 'import', 'leads.csv'], { env: tokenEnv });
    await once(child, 'exit');
    vendor.answer = answering;
    const { code, document } = await reconcile();
    expect([code, document.counts]).toMatchObject([0, { delivered: 3, sending: 0 }]);
    expect(document.rows.map(({ seen }) => seen)).toEqual(['found', 'found', 'found']);
  });

  it('ends with 4 where the token is refused, with 5 where the vendor is down, and changes nothing', async () => {
    await push();
    vendor.answer = (_request, response) => sendJson(response, {}, 401);
    const refused = await reconcile();
    expect([refused.code, refused.document.error['code']]).toEqual([4, 'vendor.token-refused']);
    vendor.answer = (_request, response) => void response.writeHead(200).end('<html>Wartung</html>');
    const down = await reconcile();
    expect([down.code, down.document.error['code']]).toEqual([5, 'vendor.unreadable-answer']);
    expect((await run('runs', 'show', 'last')).document.counts).toMatchObject({ delivered: 2, inDoubt: 1 });
  });

  it('ends its wait at a signal, and keeps what it saw', { tags: ['long'] }, async () => {
    await push();
    known = { other: { Phone: digits(9), Status: 'Open', state: 1 } };
    const child = desk.start(['runs', 'reconcile', 'last', '--wait', '-o', 'json'], { env: tokenEnv });
    const end = finished(child);
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('waiting')) child.kill('SIGINT');
    });
    const { code, stdout } = await end;
    expect(code).toBe(7);
    expect((JSON.parse(stdout) as Document).rows).toMatchObject([{ seen: 'absent', state: 'in-doubt' }]);
  });
});

describe('runs reconcile in the sandbox', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await openSandbox();
  });
  afterEach(() => sandbox.close());
  const run = (...args: string[]) => desk.json<Document>(args, { env: sandboxEnv(sandbox) });
  const reconcile = (...flags: string[]) => run('runs', 'reconcile', 'last', ...flags);
  const seen = ({ document }: { document: Document }): string[] =>
    document.rows.map(({ row, state, seen: what, code }) => `${row} ${state} ${what} ${code}`);

  it(
    'mmDial: what was added although its answer said otherwise is found, by our own key',
    { tags: ['long'] },
    async () => {
      await desk.write('leads.csv', 'Telefon\n03023125446\n03023125445\n03023125444\n');
      expect((await run('mmdial', 'leads', 'add', 'leads.csv', '--country', 'DE')).code).toBe(7);
      const result = await reconcile();
      expect(result.code).toBe(7);
      expect(seen(result)).toEqual([
        '1 delivered found readback.found',
        '2 delivered found readback.found',
        '3 in-doubt absent readback.absent',
      ]);
      sandbox.advance(3_600_000);
      expect(sandbox.contacts().twice).toEqual([]);
    },
  );

  it('Comunik8: only a probe tells; it takes the call back before anybody is called', async () => {
    const leads =
      'email,First name,Surname,Mobile\neva@example.com,Eva,M,07400123501\nute@example.com,U,M,07400123500\n';
    await desk.write('leads.csv', leads);
    const flags = ['--country', 'GB', '--delay', '60000'];
    expect((await run('comunik8', 'add', 'leads.csv', ...flags)).code).toBe(7);
    const unasked = await reconcile();
    expect([unasked.code, unasked.document.next.at(-1)]).toEqual([
      7,
      `salesq runs reconcile ${unasked.document.run} --probe`,
    ]);
    expect(unasked.document.rows[0]?.resolve).toContain('--row 1 --as delivered');
    const probed = await reconcile('--probe');
    expect(probed.code).toBe(7);
    expect(seen(probed)).toEqual([
      '1 ready taken-back readback.taken-back',
      '2 in-doubt unclear vendor.server-error',
    ]);
    expect(probed.document.next.at(-1)).toBe(`salesq runs resume ${probed.document.run}`);
    sandbox.advance(48 * 3_600_000);
    expect(sandbox.contacts().persons).toEqual([]);
  });

  it(
    'mmDial dnc remove: confirmed by reading back, the number leaves the local list too',
    { tags: ['long'] },
    async () => {
      await run('mmdial', 'dnc', 'add', '03023125447');
      sandbox.setFaults(['mmdial/dncdel:reset-after@1']);
      const lost = await run(
        'mmdial',
        'dnc',
        'remove',
        '03023125447',
        '--reason',
        'x',
        '--yes',
        '--country',
        'DE',
      );
      expect(lost.code).toBe(7);
      expect(seen(await reconcile())).toEqual(['1 delivered found readback.found']);
      const { stdout } = await desk.run(['dnc', 'list', '-o', 'json'], { env: sandboxEnv(sandbox) });
      expect((JSON.parse(stdout) as { numbers: unknown[] }).numbers).toEqual([]);
    },
  );
});
