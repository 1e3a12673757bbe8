import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import type { Sandbox } from '../../src/rehearsal/host.js';
import { digits, fictitious, leadsCsv } from '../support/leads.js';
import { Desk } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';

interface Lead {
  readonly id: string;
  readonly phone: string;
  readonly status: string;
  readonly state: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly chat: readonly { readonly at: string; readonly direction: string; readonly body: string }[];
}

let desk: Desk;
let sandbox: Sandbox;
let env: Record<string, string>;

beforeEach(async () => {
  desk = await Desk.open();
  sandbox = await openSandbox();
  env = sandboxEnv(sandbox);
});

afterEach(async () => {
  await sandbox.close();
  await desk.close();
});

const update = async (...flags: string[]): Promise<Lead[]> =>
  (await desk.json<{ leads: Lead[] }>(['sales-q', 'update', ...flags], { env })).document.leads;

async function importLeads(count: number, ...flags: string[]): Promise<PushSummary> {
  await desk.write('leads.csv', leadsCsv(count));
  const { document } = await desk.json<PushSummary>(
    ['sales-q', 'import', 'leads.csv', '--rate', '100/s', ...flags],
    { env },
  );
  return document;
}

const hours = (count: number): void => sandbox.advance(count * 3_600_000);

describe('Sales_Q on the sandbox', () => {
  it('imports, and update shows every documented field while the chats go on', async () => {
    expect((await importLeads(30)).counts.delivered).toBe(30);
    hours(72);
    const leads = await update();
    expect(leads).toHaveLength(30);
    const done = leads.find(({ status }) => status === 'Done');
    expect(done?.phone).toMatch(/^\+49/);
    expect(done?.chat.length).toBeGreaterThan(3);
    expect(done?.chat[0]).toMatchObject({ direction: 'outgoing', at: expect.stringMatching(/Z$/) as string });
    expect(Object.keys(done?.data ?? {})).toEqual(
      expect.arrayContaining(['Vorname', 'Nachname', 'Interesse']),
    );
    expect(sandbox.contacts().twice).toEqual([]);
  });

  it('filters, and prints the same leads as json, ndjson, csv and table', { tags: ['long'] }, async () => {
    await importLeads(12);
    hours(72);
    const [first] = await update('--phone', fictitious(3));
    expect(first?.phone).toBe(fictitious(3));
    expect(await update('--id', first?.id ?? '')).toHaveLength(1);
    const status = first?.status ?? '';
    expect((await update('--status', status)).every((lead) => lead.status === status)).toBe(true);
    const lines = (await desk.run(['sales-q', 'update', '--no-chat', '-o', 'ndjson'], { env })).stdout
      .trim()
      .split('\n');
    expect(lines).toHaveLength(12);
    expect(JSON.parse(lines[0] ?? '')).not.toHaveProperty('chat');
    const csv = (await desk.run(['sales-q', 'update', '-o', 'csv'], { env })).stdout.trim().split('\n');
    expect(csv[0]).toBe('id,phone,status,state,messages,comment,data');
    const table = (await desk.run(['sales-q', 'update', '-o', 'table'], { env })).stdout;
    expect(table).toContain('+49171•••');
    expect(table).not.toContain(digits(3));
  });

  it('pipes what update prints into another push: one output is another input', async () => {
    await importLeads(3);
    const { stdout } = await desk.run(['sales-q', 'update', '-o', 'ndjson'], { env });
    const { document } = await desk.json<PushSummary>(
      ['sales-q', 'import', '-', '--dry-run', '--map', await ndjsonMap()],
      { env, input: stdout },
    );
    expect(document.counts).toMatchObject({ rows: 3, duplicate: 3 });
  });

  const ndjsonMap = (): Promise<string> => desk.write('map.yml', 'fields:\n  Phone: phone\nignore: ["*"]\n');

  it('sends a script of its own with every lead, and refuses one that would not end', async () => {
    const script = [
      { content: 'Hallo {Vorname}', state: 1, next: 2 },
      {
        content: 'Passt es?',
        state: '2',
        next: [
          { answer: 'Ja', next: '3' },
          { answer: 'Nein', next: '3' },
        ],
        dataconnect: 'Passt',
      },
      { content: 'Danke', state: 3, next: 3 },
    ];
    await desk.write('script.json', JSON.stringify(script));
    expect((await importLeads(6, '--script', 'script.json')).counts.delivered).toBe(6);
    hours(72);
    const answered = (await update()).find(({ data }) => 'Passt' in data);
    expect(answered?.chat[0]?.body).toBe('Hallo Eva');
    await desk.write(
      'endless.json',
      JSON.stringify([
        { content: 'a', state: '1', next: '2' },
        { content: 'b', state: '2', next: '1' },
      ]),
    );
    const refused = await desk.json<{ error: { code: string } }>(
      ['sales-q', 'import', 'leads.csv', '--script', 'endless.json'],
      { env },
    );
    expect(refused.code).toBe(6);
    expect(refused.document.error.code).toBe('script.invalid');
  });

  it('removes leads by id, stores each before, and writes to the person only with --message', async () => {
    await importLeads(3);
    const [one, two] = await update();
    const removed = await desk.json<PushSummary>(['sales-q', 'remove', one?.id ?? ''], { env });
    expect(removed.code).toBe(0);
    expect(removed.document).toMatchObject({ operation: 'remove', counts: { delivered: 1 } });
    expect(await update()).toHaveLength(2);
    const before = sandbox.contacts().persons.find(({ person }) => `+${person}` === two?.phone)?.times ?? 0;
    await desk.write('ids.txt', `${two?.id ?? ''}\n`);
    const farewell = await desk.json<PushSummary>(
      ['sales-q', 'remove', '--from', 'ids.txt', '--message', 'Auf Wiedersehen'],
      { env },
    );
    expect(farewell.document.counts.delivered).toBe(1);
    const after = sandbox.contacts().persons.find(({ person }) => `+${person}` === two?.phone)?.times ?? 0;
    expect(after - before).toBe(1);
    const again = await desk.json<PushSummary>(
      ['sales-q', 'remove', '--from', 'ids.txt', '--message', 'Auf Wiedersehen'],
      { env },
    );
    expect(again.document.counts.delivered).toBe(1);
    expect(sandbox.contacts().persons.find(({ person }) => `+${person}` === two?.phone)?.times).toBe(after);
    const unknown = await desk.json<PushSummary>(['sales-q', 'remove', 'f'.repeat(24)], { env });
    expect(unknown.code).toBe(3);
    expect(unknown.document.counts.rejected).toBe(1);
  });

  it('maps by a file, adds constants, and refuses names the vendor forbids', async () => {
    await desk.write('crm.csv', `Nr.;Wer;Tel. 1;Straße/Nr\n17;Eva;${fictitious(5)};Weg 3\n`);
    const refused = await desk.json<{ error: { code: string; message: string } }>(
      ['sales-q', 'import', 'crm.csv'],
      { env },
    );
    expect(refused.code).toBe(6);
    expect(refused.document.error.code).toBe('field.forbidden-name');
    await desk.write(
      'crm.yml',
      'fields:\n  Phone: Tel. 1\nfree:\n  Wer: Vorname\nignore: [Nr., Straße/Nr]\n',
    );
    const { document } = await desk.json<PushSummary>(
      ['sales-q', 'import', 'crm.csv', '--map', 'crm.yml', '--set', 'Kampagne=Herbst'],
      { env },
    );
    expect(document.counts.delivered).toBe(1);
    expect((await update())[0]?.data).toMatchObject({ Vorname: 'Eva', Kampagne: 'Herbst' });
    const noPhone = await desk.write('no.csv', 'Vorname\nEva\n');
    expect((await desk.json<{ error: { code: string } }>(['sales-q', 'import', noPhone], { env })).code).toBe(
      6,
    );
  });

  it('checks a profile by a read: a good token, a wrong one', async () => {
    const good = await desk.json<{ vendors: { vendor: string; ok: boolean }[] }>(['profiles', 'check'], {
      env,
    });
    expect(good.document.vendors.find(({ vendor }) => vendor === 'sales-q')?.ok).toBe(true);
    await desk.write(
      '.salesqrc',
      `profiles:\n  x:\n    vendors:\n      sales-q: { url: "${sandbox.url}/sales-q", token: "wrong" }\n`,
    );
    const wrong = await desk.json(['profiles', 'check', 'x'], { env });
    expect(wrong.code).toBe(4);
    expect(wrong.stdout).not.toContain('"wrong"');
  });
});

describe('the program', () => {
  it('serves the sandbox, and its state survives kill -9', { tags: ['long'] }, async () => {
    const start = async (): Promise<{ url: string; child: ReturnType<Desk['start']> }> => {
      const child = desk.start(['sandbox', '--port', '0', '--state', 'state.json', '-o', 'json']);
      const line = await new Promise<string>((resolve) =>
        child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString())),
      );
      return { url: (JSON.parse(line) as { url: string }).url, child };
    };
    const first = await start();
    await desk.write('leads.csv', leadsCsv(4));
    await desk.run(['--profile', 'sandbox', 'sales-q', 'import', 'leads.csv'], {
      env: { SALESQ_SANDBOX_URL: first.url },
    });
    first.child.kill('SIGKILL');
    const second = await start();
    const contacts = (await (await fetch(`${second.url}/_sandbox/contacts`)).json()) as {
      persons: unknown[];
      twice: unknown[];
    };
    expect(contacts.persons).toHaveLength(4);
    expect(contacts.twice).toEqual([]);
    const ended = new Promise((resolve) => second.child.on('exit', resolve));
    second.child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('runs the demo, where nobody is contacted twice', async () => {
    const { code, stdout, stderr } = await desk.run(['demo']);
    expect(stderr).not.toMatch(/error|bug/i);
    expect(code).toBe(0);
    expect(stdout).toMatch(/people were contacted; 0 of them twice/);
    expect(stdout).toContain('nothing was sent');
    expect(stdout).toMatch(/comunik8 add .*\n.*\n.*delivered +3/);
    expect(stdout).toMatch(/runs reconcile last[^$]*delivered +2/);
    expect(stdout).not.toContain('\u001b[');
  }, 180_000);

  it('says what is wrong with a command line, with a suggestion, in one JSON document if asked', async () => {
    const typo = await desk.json<{ error: { code: string; hint: string } }>(['sales-q', 'improt', 'x.csv']);
    expect(typo.code).toBe(2);
    expect(typo.document.error.hint).toContain('import');
    expect((await desk.json(['runs', 'show', 'last'])).code).toBe(2);
    expect((await desk.json(['sales-q', 'import', 'x.csv', '--profile', 'nobody'])).code).toBe(6);
    expect((await desk.json(['--profile', 'sandbox', 'sales-q', 'import', 'missing.csv'])).code).toBe(6);
    const help = await desk.run(['help', 'exit-codes']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('130');
  });
});
