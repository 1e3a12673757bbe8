/** An opt-out is never refused and never lost, and says what is still under way. Who was contacted is what the vendors' server received. */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import { fictitious, leadsCsv } from '../support/leads.js';
import { Desk, finished, program, type Finished } from '../support/program.js';
import { sendJson, VendorServer, type Answering } from '../support/vendor-server.js';

interface Lead {
  readonly Phone: string;
  readonly mappingId: string;
}

/** Takes whatever it gets; its ids tell the leads apart. */
const takeAll: Answering = ({ url, body }, response) => {
  if (url.startsWith('/sq/import')) {
    const { leads } = JSON.parse(body) as { leads: readonly Lead[] };
    sendJson(response, {
      imported: true,
      ids: leads.map((lead) => ({ ...lead, id: lead.Phone.padStart(24, '0') })),
    });
  } else if (url.startsWith('/sq/update')) sendJson(response, []);
  else if (url.startsWith('/sq/remove'))
    sendJson(response, { response: true, log: 'Object deleted', obj: {} });
  else if (url.startsWith('/c8/lead/cancel')) sendJson(response, { cancelled: true });
  else if (url.startsWith('/c8/')) sendJson(response, { saved: true, processed: true });
  else if (url.includes('dnccheck')) sendJson(response, { status: 'exists' });
  else sendJson(response, { status: 'ok', message: '1 added', lead_stats: { success: 1 } });
};

let desk: Desk;
let server: VendorServer;

beforeEach(async () => {
  desk = await Desk.open();
  server = await VendorServer.start(takeAll);
  await mkdir(desk.path('disk'));
  await desk.write('.salesqrc', config());
});
afterEach(async () => {
  await server.close();
  await desk.close();
});

const vendors = (): string => `    vendors:
      sales-q:  { url: "${server.url}/sq", token: "env:T", rate: 1000/s, account: main }
      comunik8: { url: "${server.url}/c8", key: "env:T", type: motor-trade, rate: 1000/s }
      mmdial:   { url: "${server.url}/mm/api/", username: ops, password: "env:T", campaign: 12, list: 34, rate: 1000/s }
`;
const config = (): string =>
  `defaultProfile: acme\nledger: ./disk/ledger.db\nprofiles:\n  acme:\n    country: DE\n${vendors()}`;

const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: desk.folder,
  LANG: 'C.UTF-8',
  T: 'test-token-0001',
});

function call(args: readonly string[], cwd = desk.folder): Promise<Finished> {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: environment() });
  child.stdin.end();
  return finished(child);
}

/** A printed command as somebody pastes it into a shell, in another folder. */
async function paste(line: string): Promise<Finished> {
  await mkdir(desk.path('elsewhere'), { recursive: true });
  const salesq = `salesq() { "${process.execPath}" "${program}" "$@"; }`;
  const cwd = desk.path('elsewhere');
  const child = spawn('sh', ['-c', `${salesq}\n${line}`], { cwd, env: environment() });
  child.stdin.end();
  return finished(child);
}

interface Open {
  readonly vendor: string;
  readonly state: string;
  readonly phone: string;
  readonly command: string;
}

type Document = PushSummary & {
  readonly error: { readonly code: string; readonly message: string };
  readonly added: number;
  readonly blockedRows: number;
  readonly heldRows: number;
  readonly unreadable: number;
  readonly vendors: readonly Open[];
  readonly ledgers: readonly {
    readonly ledger: string;
    readonly new: boolean;
    readonly code: string | null;
  }[];
  readonly results: readonly { readonly listed: boolean; readonly similar: boolean }[];
  readonly rows: readonly { readonly state: string; readonly code: string | null }[];
};

async function ask(args: readonly string[], cwd?: string): Promise<Finished & { document: Document }> {
  const end = await call([...args, '-o', 'json'], cwd);
  return { ...end, document: JSON.parse(end.stdout || '{}') as Document };
}

const push = (file: string, ...more: string[]) => ask(['sales-q', 'import', file, ...more]);
const add = (...words: string[]) => ask(['dnc', 'add', ...words, '--reason', 'asked']);

/** Numbers that Sales_Q was told to write to, one for each time. */
const contacted = (): string[] =>
  server.received
    .filter(({ url }) => url.startsWith('/sq/import'))
    .flatMap(({ body }) => (JSON.parse(body) as { leads: readonly Lead[] }).leads)
    .map(({ Phone }) => `+${Phone}`);

const ledger = (): string => desk.path('disk/ledger.db');
const statesOf = async (run: string): Promise<string[]> =>
  (await ask(['runs', 'rows', run])).document.rows.map(({ state, code }) =>
    code === null ? state : `${state} ${code}`,
  );

describe('an opt-out that the ledger at hand cannot keep for the one that is away', () => {
  beforeEach(async () => {
    await desk.write('a.csv', leadsCsv(2));
    await desk.write('b.csv', leadsCsv(2, 2));
    expect((await push('a.csv')).code).toBe(0);
  });

  it('goes into a new ledger, is said, and is on the list of the old one when that is back', async () => {
    await rename(desk.path('disk'), desk.path('unmounted'));
    await mkdir(desk.path('disk'));
    const added = await add(fictitious(2));
    expect([added.code, added.document.added]).toEqual([3, 1]);
    expect(added.document.ledgers).toEqual([{ ledger: ledger(), new: true, code: 'ledger.other' }]);
    expect(added.stderr).toContain('They wait for');
    expect((await add(fictitious(3))).code).toBe(3);
    const waiting = await stat(desk.path('.config/salesq/opt-outs.json'));
    expect(waiting.mode & 0o777).toBe(0o600);
    expect((await ask(['runs', 'show', 'last'])).document.error.code).toBe('ledger.other');
    await rm(desk.path('disk'), { recursive: true });
    await rename(desk.path('unmounted'), desk.path('disk'));
    const pushed = await push('b.csv');
    expect(pushed.document.counts).toMatchObject({ blocked: 2, delivered: 0 });
    expect(contacted()).toEqual([fictitious(0), fictitious(1)]);
    expect(await readFile(desk.path('.config/salesq/opt-outs.json'), 'utf8')).not.toContain('4917139');
  });

  it('reaches a run of the old ledger that goes on', async () => {
    await desk.write('c.csv', leadsCsv(3, 4));
    const { document } = await push('c.csv', '--limit', '1');
    await rename(ledger(), desk.path('away.db'));
    expect((await add(fictitious(5))).code).toBe(3);
    for (const end of ['', '-wal', '-shm']) await rm(ledger() + end, { force: true });
    await rename(desk.path('away.db'), ledger());
    await call(['runs', 'resume', document.run ?? '']);
    expect(await statesOf(document.run ?? '')).toEqual(['delivered', 'blocked dnc.listed', 'delivered']);
    expect(contacted()).not.toContain(fictitious(5));
  });

  it('is on the list of the ledger that is taken into use in place of one that is damaged', async () => {
    for (const end of ['-wal', '-shm']) await rm(ledger() + end, { force: true });
    await desk.write('disk/ledger.db', '');
    const added = await add(fictitious(2));
    expect([added.code, added.stderr]).toEqual([6, expect.stringContaining('wait')]);
    const other = ['--ledger', desk.path('disk/other.db')];
    expect((await push('b.csv', ...other)).code).toBe(10);
    const adopted = await call(['ledger', 'adopt', ...other, '--yes', '--reason', 'the disk is broken']);
    expect([adopted.code, adopted.stderr]).toEqual([0, expect.stringContaining('do-not-call list now: 1')]);
    expect((await push('b.csv', ...other)).document.counts).toMatchObject({ blocked: 1, delivered: 1 });
    expect(contacted()).not.toContain(fictitious(2));
  });

  it('goes into an older copy, and into the newest one when that is back', async () => {
    await copyFile(ledger(), desk.path('copy.db'));
    await desk.write('c.csv', leadsCsv(1, 4));
    await push('c.csv');
    await rename(ledger(), desk.path('newest.db'));
    await copyFile(desk.path('copy.db'), ledger());
    const added = await add(fictitious(2));
    expect([added.code, added.document.ledgers[0]?.code]).toEqual([3, 'ledger.older']);
    const check = await ask(['dnc', 'check', fictitious(9)]);
    expect([check.code, check.stderr]).toEqual([3, expect.stringContaining('older copy')]);
    for (const end of ['', '-wal', '-shm']) await rm(ledger() + end, { force: true });
    await rename(desk.path('newest.db'), ledger());
    expect((await push('b.csv')).document.counts).toMatchObject({ blocked: 1, delivered: 1 });
    expect(contacted()).not.toContain(fictitious(2));
  });

  it('says which ledger it went to where no configuration was found, and is known to the one that is used', async () => {
    await mkdir(path.join(path.dirname(desk.folder), path.basename(desk.folder) + '-outside'));
    const outside = `${desk.folder}-outside`;
    try {
      const added = await ask(['dnc', 'add', fictitious(2), '--reason', 'asked'], outside);
      expect([added.code, added.document.ledgers[0]?.new]).toEqual([3, true]);
      expect(added.stderr).toContain('No configuration was found');
      expect(added.stderr).toContain(desk.path('.local/state/salesq/ledger.db'));
      expect(added.stderr).toContain(ledger());
    } finally {
      await rm(outside, { recursive: true });
    }
    expect((await push('b.csv')).document.counts).toMatchObject({ blocked: 1, delivered: 1 });
    expect(contacted()).not.toContain(fictitious(2));
  });

  it('waits where the configuration cannot be read', async () => {
    await desk.write('.salesqrc', `${config()}nonsense: true\n`);
    const refused = await add(fictitious(2));
    expect([refused.code, refused.document.error.message]).toEqual([
      6,
      expect.stringContaining('They wait for'),
    ]);
    await desk.write('.salesqrc', config());
    expect((await push('b.csv')).document.counts).toMatchObject({ blocked: 1, delivered: 1 });
    expect(contacted()).not.toContain(fictitious(2));
  });

  it('goes to every ledger that is named where the profile is not known', async () => {
    const added = await ask(['dnc', 'add', fictitious(2), '--reason', 'x', '--profile', 'acmee']);
    expect([added.code, added.document.added]).toEqual([3, 1]);
    expect(added.stderr).toContain('no profile acmee');
    expect((await push('b.csv')).document.counts).toMatchObject({ blocked: 1, delivered: 1 });
  });

  it('is not said to be listed nowhere, and a run not to be unknown, where the ledger is missing', async () => {
    await rename(ledger(), desk.path('away.db'));
    const check = await ask(['dnc', 'check', `${fictitious(0)},${fictitious(1)}`]);
    expect([check.code, check.document.results.length]).toEqual([3, 2]);
    expect(check.stderr).toContain('2 contacts');
    for (const name of ['show', 'rows', 'resume']) {
      const { code, document } = await ask(['runs', name, 'last']);
      expect([name, code, document.error.code]).toEqual([name, 10, 'ledger.missing']);
    }
  });
});

describe('a number in scientific notation', () => {
  it('holds the rows that it may mean, planned before or after, until the whole number is known', async () => {
    await desk.write('a.csv', leadsCsv(2));
    const { document } = await push('a.csv', '--limit', '1');
    const added = await add('4,91714E+11', '4.917E11');
    expect([added.code, added.document]).toMatchObject([3, { added: 2, heldRows: 1, blockedRows: 0 }]);
    expect(added.stderr).toContain('salesq dnc remove 4.91714E+11');
    expect((await call(['runs', 'resume', document.run ?? ''])).code).toBe(3);
    expect(await statesOf(document.run ?? '')).toEqual(['delivered', 'held dnc.similar']);
    await desk.write('b.csv', `Telefon\n${fictitious(2)}\n01713920003\n+436641234567\n`);
    const dry = await push('b.csv', '--dry-run');
    expect(dry.document.counts).toMatchObject({ held: 2, ready: 1 });
    const pushed = await push('b.csv');
    expect(pushed.document.counts).toMatchObject({ held: 2, delivered: 1 });
    const check = await ask(['dnc', 'check', fictitious(2), '+436641234567', '4.917E+11']);
    expect(check.document.results.map(({ listed, similar }) => [listed, similar])).toEqual([
      [false, true],
      [false, false],
      [true, false],
    ]);
    await add(fictitious(2));
    const removed = await call(['dnc', 'remove', '4,91714E+11', '4,917E+11', '--reason', 'x', '--yes']);
    expect([removed.code, removed.stderr]).toEqual([0, '']);
    await call(['runs', 'retry', pushed.document.run ?? '']);
    expect(await statesOf('last')).toEqual(['blocked dnc.listed', 'delivered']);
    expect(contacted()).toEqual([fictitious(0), '+436641234567', fictitious(3)]);
  });

  it('that has lost no digit is the number', async () => {
    await desk.write('a.csv', leadsCsv(2));
    expect((await add('4.91713920000E+11')).code).toBe(0);
    expect((await push('a.csv')).document.counts).toMatchObject({ blocked: 1, delivered: 1 });
    expect(contacted()).toEqual([fictitious(1)]);
  });
});

describe('what is still under way for somebody who opts out', () => {
  it('is named for each vendor, with the command that ends it as it is pasted', async () => {
    await desk.write('a.csv', leadsCsv(1));
    await push('a.csv');
    await desk.write('c8.csv', 'mobile;email;first_name;surname\n0171 3920000;eva@example.com;Eva;Muster\n');
    const called = await ask(['comunik8', 'add', 'c8.csv']);
    expect(called.code, called.stderr).toBe(0);
    await desk.write('mm.csv', `phone\n${fictitious(0)}\n`);
    await ask(['mmdial', 'leads', 'add', 'mm.csv']);
    const before = server.received.length;
    const added = await add('0171 3920000');
    expect(server.received.length).toBe(before);
    expect(added.code).toBe(0);
    const { vendors: open } = added.document;
    expect(open.map(({ vendor, state, phone }) => [vendor, state, phone]).sort()).toEqual(
      ['comunik8', 'mmdial', 'sales-q'].map((vendor) => [vendor, 'open', fictitious(0)]),
    );
    expect(added.stderr).not.toMatch(/\d{9}/);
    const shown = await add('0171 3920000', '--show-pii');
    for (const { command } of open) expect(shown.stderr).toContain(`\`${command}\``);
    const list = await desk.write('list', '01713920000\n');
    const told = await add('--from', list);
    expect(told.stderr).not.toMatch(/\d{9}/);
    expect(told.stderr).toContain('-o json');
    for (const { command } of open) {
      const end = await paste(command);
      expect(end.code, command + end.stderr).toBe(0);
    }
    const urls = server.received.slice(before).map(({ url }) => url.replace(/\?.*/, ''));
    for (const end of ['/sq/remove', '/c8/lead/cancel', '/mm/api/dncadd'])
      expect(
        urls.some((url) => url.startsWith(end)),
        `${end} of ${urls.join(' ')}`,
      ).toBe(true);
    expect((await add('0171 3920000')).document.vendors.map(({ vendor }) => vendor)).toEqual(['mmdial']);
  });
});

describe('lists of mmdial dnc and sales-q remove', () => {
  const asked = (name: string): string[] =>
    server.received.filter(({ url }) => url.includes(name)).map(({ url }) => decodeURIComponent(url));

  it('dnc add: no line is lost for another, each is named, and all are blocked here', async () => {
    await desk.write('list', 'Sperrliste\n0171 3920000\nnever again\n4,91714E+11\n80808\n491713920001\n');
    const added = await ask(['mmdial', 'dnc', 'add', '--from', 'list']);
    expect(added.code, added.stderr).toBe(3);
    expect(added.document.counts).toMatchObject({ delivered: 3, invalid: 4 });
    const told = asked('dncadd');
    for (const number of ['01713920000', '+491713920001', '+49491713920001'])
      expect(
        told.some((url) => url.includes(`number=${number}`)),
        `${number} in ${told.join(' ')}`,
      ).toBe(true);
    await desk.write('a.csv', leadsCsv(3));
    expect((await push('a.csv')).document.counts).toMatchObject({ blocked: 2, held: 1 });
    expect(contacted()).toEqual([]);
  });

  it('dnc remove: only what means one number for certain', async () => {
    await add(fictitious(0), '491713920001');
    await desk.write('list', '0171 3920000\n491713920001\nwords\n');
    server.answer = ({ url }, response) =>
      sendJson(response, url.includes('dnccheck') ? { status: 'notfound' } : { status: 'ok' });
    const removed = await ask(['mmdial', 'dnc', 'remove', '--from', 'list', '--reason', 'x', '--yes']);
    expect([removed.code, removed.document.counts]).toMatchObject([3, { delivered: 1, invalid: 2 }]);
    expect(asked('dncdel').join(' ')).not.toContain('3920001');
    const check = await ask(['dnc', 'check', fictitious(0), fictitious(1)]);
    expect(check.document.results.map(({ listed }) => listed)).toEqual([false, true]);
  });

  it('dnc check: every phone column, and a line without a number is named', async () => {
    await desk.write('list', 'Name;Telefon;Mobil\nEva;0171 3920000;0171 3920001\nIda;-;words\n');
    const checked = await ask(['mmdial', 'dnc', 'check', '--from', 'list']);
    expect([checked.code, checked.document.results.length]).toEqual([3, 2]);
  });

  it('remove: an id on each line that has one, the others are named', async () => {
    const ids = ['5b929a13e7c7543ce399ea13', '5b929a13e7c7543ce399ea14'];
    await desk.write('ids', `${ids[0] ?? ''}\nno id here\n"${ids[1] ?? ''};x\n`);
    const removed = await ask(['sales-q', 'remove', '--from', 'ids']);
    expect([removed.code, removed.document.counts]).toMatchObject([3, { delivered: 2, invalid: 1 }]);
    expect(asked('remove')).toHaveLength(2);
  });
});

describe('a refusal that a later file tells of', () => {
  it('holds of a retry of the older run, and of the older file pushed again', async () => {
    await desk.write('old.csv', `Telefon;mappingId\n${fictitious(0)};1\n${fictitious(1)};1\n`);
    server.answer = (request, response) =>
      request.url.startsWith('/sq/import')
        ? sendJson(response, { imported: false, error: 'no' }, 400)
        : takeAll(request, response, undefined as never);
    const old = await push('old.csv', '--batch-size', '1');
    server.answer = takeAll;
    await desk.write('new.csv', `Telefon;do_not_call\n${fictitious(0)};ja\n`);
    await push('new.csv');
    const refused = (await statesOf(old.document.run ?? '')).length;
    expect(refused).toBe(2);
    await call(['runs', 'retry', old.document.run ?? '', '--set', 'mappingId=2']);
    await push('old.csv', '--recontact', 'always');
    expect(contacted().filter((phone) => phone === fictitious(0))).toHaveLength(1);
  });

  it('of messages alone leaves calls, and a push says how many rows of older runs it blocked', async () => {
    await desk.write(
      'c8.csv',
      `mobile;email;first_name;surname\n${fictitious(0)};eva@example.com;Eva;A\n${fictitious(1)};ida@example.com;Ida;B\n`,
    );
    const calls = await ask(['comunik8', 'add', 'c8.csv', '--limit', '1']);
    await desk.write('a.csv', leadsCsv(2));
    const chats = await push('a.csv', '--limit', '1');
    await desk.write('b.csv', `Telefon;whatsapp opt out\n${fictitious(1)};ja\n`);
    const refused = await push('b.csv');
    expect(refused.stderr).toMatch(/1 ready rows .*consent\.refused/);
    await call(['runs', 'resume', chats.document.run ?? '']);
    await call(['runs', 'resume', calls.document.run ?? '']);
    expect(await statesOf(chats.document.run ?? '')).toEqual(['delivered', 'blocked consent.refused']);
    expect(await statesOf(calls.document.run ?? '')).toEqual(['delivered', 'delivered']);
  });
});
