import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import { fictitious, leadsCsv } from '../support/leads.js';
import { type Finished, Desk, finished, program } from '../support/program.js';
import { type Answering, sendJson, VendorServer } from '../support/vendor-server.js';

interface ImportBody {
  readonly leads: readonly { readonly Phone: string; readonly mappingId: string }[];
}

/** Takes every lead; what it got is the proof of who was contacted. */
const takeAll: Answering = ({ body }, response) => {
  const { leads } = JSON.parse(body) as ImportBody;
  sendJson(response, { imported: true, ids: leads.map((lead) => ({ ...lead, id: `id-${lead.mappingId}` })) });
};

let desk: Desk;
let vendor: VendorServer;

beforeEach(async () => {
  desk = await Desk.open();
  vendor = await VendorServer.start(takeAll);
});
afterEach(async () => {
  await vendor.close();
  await desk.close();
});

const contacted = (): string[] =>
  vendor.bodies<ImportBody>().flatMap(({ leads }) => leads.map(({ Phone }) => Phone));

type Variables = Readonly<Record<string, string | undefined>>;

/** Nothing names the ledger but what a test says. */
const environment = (extra: Variables): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: desk.folder,
  LANG: 'C.UTF-8',
  TOKEN: 'first-token-0001',
  ...extra,
});

const call = (args: readonly string[], extra: Variables = {}, cwd = desk.folder): Promise<Finished> => {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: environment(extra) });
  child.stdin.end();
  return finished(child);
};

/** A printed command as somebody pastes it into a shell. */
const paste = (line: string, cwd: string, extra: Variables = {}): Promise<Finished> => {
  const salesq = `salesq() { "${process.execPath}" "${program}" "$@"; }`;
  const child = spawn('sh', ['-c', `${salesq}\n${line} -o json`], { cwd, env: environment(extra) });
  child.stdin.end();
  return finished(child);
};

type Document = PushSummary & {
  readonly error: { readonly code: string; readonly hint: string };
  readonly runs: readonly object[];
  readonly numbers: readonly { readonly number: string }[];
  readonly results: readonly { readonly listed: boolean }[];
  readonly settings: Readonly<Record<string, unknown>>;
};

const documentOf = ({ stdout }: Finished): Document => JSON.parse(stdout) as Document;

async function ask(
  args: readonly string[],
  extra: Variables = {},
  cwd?: string,
): Promise<Finished & { document: Document }> {
  const end = await call([...args, '-o', 'json'], extra, cwd);
  return { ...end, document: documentOf(end) };
}

const push = (file: string, ...more: string[]) => ask(['sales-q', 'import', file, ...more]);

const salesQ = (url = vendor.url, more = ''): string =>
  `    vendors: { sales-q: { url: "${url}", token: "env:TOKEN", rate: 1000/s${more} } }\n`;

const profile = (name: string, lines: string, url?: string, more?: string): string =>
  `  ${name}:\n${lines}${salesQ(url, more)}`;

const config = (...profiles: string[]): string => `profiles:\n${profiles.join('')}`;

const listed = (number: string, ...more: string[]) =>
  call(['dnc', 'add', number, '--reason', 'asked', ...more]);

const isThere = (name: string): Promise<boolean> =>
  stat(desk.path(name)).then(
    () => true,
    () => false,
  );

describe('one rule finds the ledger', () => {
  beforeEach(async () => {
    await desk.write('.salesqrc', config(profile('acme', '    country: DE\n    ledger: ./acme.db\n')));
    await desk.write('leads.csv', leadsCsv(2));
  });

  it('of the only profile, for the do-not-call list as for the push', async () => {
    expect((await listed(fictitious(0))).code).toBe(0);
    const { code, document } = await push('leads.csv');
    expect([code, document.counts.blocked, document.counts.delivered]).toEqual([3, 1, 1]);
    expect(contacted()).not.toContain(fictitious(0).slice(1));
    expect(await isThere('.local')).toBe(false);
    const { document: list } = await ask(['dnc', 'list']);
    expect(list.numbers.map(({ number }) => number)).toEqual([fictitious(0)]);
  });

  it('of a printed command, pasted in another folder', async () => {
    const first = await push('leads.csv', '--limit', '1');
    await mkdir(desk.path('elsewhere'));
    const next = first.document.next.at(-1) ?? '';
    const pasted = await paste(next, desk.path('elsewhere'));
    expect(pasted.code, pasted.stderr).toBe(0);
    expect(documentOf(pasted)).toMatchObject({ run: first.document.run, counts: { delivered: 2 } });
    expect(contacted()).toHaveLength(2);
  });

  it('also where the names of config and ledger need quotes', async () => {
    await desk.write("my conf's.json", config(profile('acme', '    country: DE\n')));
    const names = ['--config', "my conf's.json", '--ledger', "it's $1 `here`.db"];
    const { document } = await push('leads.csv', '--limit', '1', ...names);
    await mkdir(desk.path('elsewhere'));
    const pasted = await paste(document.next.at(-1) ?? '', desk.path('elsewhere'));
    expect(pasted.code, pasted.stderr).toBe(0);
    expect(contacted()).toHaveLength(2);
    const shown = await ask(['runs', 'show', document.run ?? '', ...names]);
    expect(shown.document.counts.delivered).toBe(2);
  });

  it('and a run whose profile has another ledger is not sent from here', async () => {
    const two = [profile('a', '    ledger: a.db\n'), profile('b', '    ledger: b.db\n')];
    await desk.write('.salesqrc', `defaultProfile: a\ncountry: DE\n${config(...two)}`);
    const pushed = await push('leads.csv', '--limit', '1', '--profile', 'b', '--ledger', 'a.db');
    const refused = await ask(['runs', 'resume', pushed.document.run ?? '']);
    expect([refused.code, refused.document.error.code]).toEqual([6, 'run.other-ledger']);
    expect(contacted()).toHaveLength(1);
    const line = refused.document.error.hint.replace(/^.*: salesq /, 'salesq ');
    const pasted = await paste(line, desk.folder);
    expect([pasted.code, contacted().length]).toEqual([0, 2]);
  });
});

describe('a password of the ledger', () => {
  it('stands in no printed command, and what must be set is said', async () => {
    const { placeOf } = await import('../../src/config/index.js');
    const { loadConfig } = await import('../../src/config/index.js');
    await desk.write('.salesqrc', config(profile('acme', '    country: DE\n')));
    const ledger = 'postgres://u:PW-9-secret@db.example/x?schema=own&password=PW-9-secret';
    const flags = { ledger };
    const input = {
      cwd: desk.folder,
      home: desk.folder,
      env: {},
      uid: process.geteuid?.() ?? null,
      gid: process.getegid?.() ?? null,
      flags,
    };
    const place = placeOf({ config: await loadConfig(input, []), input });
    const line = place.command('salesq runs resume 01ABC');
    expect(line).toContain("--ledger 'postgres://u@db.example/x?schema=own'");
    expect(`${line}${JSON.stringify(place)}${place.commandNeeds}`).not.toContain('PW-9');
    expect(place.commandNeeds).toContain('PGPASSWORD');
  });
});

describe('one rule reads the numbers', () => {
  const vienna = '0664 1234567';
  const four = ['de', 'at', 'ch', 'gb'];

  it('without a chosen profile an opt-out counts for every ledger and every reading', async () => {
    const profiles = four.map((name) =>
      profile(name, `    country: ${name.toUpperCase()}\n    ledger: ./${name}.db\n`),
    );
    await desk.write('.salesqrc', config(...profiles));
    expect((await listed(vienna)).code).toBe(0);
    await desk.write('leads.csv', `Telefon\n${vienna}\n`);
    const { code, document } = await push('leads.csv', '--profile', 'at');
    expect([code, document.counts.blocked]).toEqual([3, 1]);
    expect(contacted()).toEqual([]);
    for (const name of four) expect(await isThere(`${name}.db`)).toBe(true);
  });

  it('names the ledger that could not be reached, and the others have the number', async () => {
    await desk.write('broken.db', 'no ledger at all');
    const profiles = ['a', 'broken'].map((name) =>
      profile(name, `    country: DE\n    ledger: ./${name}.db\n`),
    );
    await desk.write('.salesqrc', config(...profiles));
    const { code, stderr } = await listed(fictitious(0));
    expect(code).toBe(3);
    expect(stderr).toContain('broken.db');
    const { document } = await ask(['dnc', 'check', fictitious(0), '--profile', 'a']);
    expect(document.results[0]?.listed).toBe(true);
  });

  it.each(four.slice(1))(
    'under profile %s its own country counts, for the list and the push',
    async (name) => {
      await desk.write(
        '.salesqrc',
        config(...four.map((one) => profile(one, `    country: ${one.toUpperCase()}\n`))),
      );
      const numbers: Readonly<Record<string, string>> = {
        at: vienna,
        ch: '078 123 45 67',
        gb: '07400 123456',
      };
      const number = numbers[name] ?? '';
      expect((await listed(number, '--profile', name)).code).toBe(0);
      await desk.write('leads.csv', `Telefon\n${number}\n`);
      const { document } = await push('leads.csv', '--profile', name);
      expect(document.counts).toMatchObject({ blocked: 1, delivered: 0 });
      const check = await ask(['dnc', 'check', number, '--profile', name]);
      expect(check.document.results[0]?.listed).toBe(true);
    },
  );

  it('asks which profile is meant where there are several ledgers, and works without a config', async () => {
    const profiles = ['a', 'b'].map((name) => profile(name, `    ledger: ./${name}.db\n`));
    await desk.write('.salesqrc', config(...profiles));
    for (const args of [
      ['dnc', 'list'],
      ['dnc', 'check', fictitious(0)],
      ['runs', 'list'],
    ]) {
      const { code, document } = await ask(args);
      expect([code, document.error.code]).toEqual([6, 'config.no-profile']);
    }
    expect((await ask(['dnc', 'list'], { SALESQ_LEDGER: desk.path('a.db') })).code).toBe(0);
    await mkdir(desk.path('bare'));
    const bare = { HOME: desk.path('bare') };
    await writeFile(desk.path('none.yaml'), '{}');
    const add = ['dnc', 'add', fictitious(0), '--reason', 'asked', '--config', desk.path('none.yaml')];
    expect((await call(add, bare)).code).toBe(0);
    expect(await isThere('bare/.local/state/salesq/ledger.db')).toBe(true);
  });
});

describe('a ledger that is not there', () => {
  it('is not made by looking at it', async () => {
    await desk.write('.salesqrc', config(profile('acme', '    country: DE\n    ledger: ./acme.db\n')));
    const looks: [string[], number][] = [
      [['runs', 'list'], 0],
      [['dnc', 'list'], 0],
      [['dnc', 'check', fictitious(0)], 0],
      [['sales-q', 'listen', 'list'], 0],
      [['runs', 'show', 'last'], 2],
      [['runs', 'resume', 'last'], 2],
      [['ledger', 'status'], 6],
      [['ledger', 'check'], 6],
    ];
    for (const [args, code] of looks) {
      const end = await ask(args);
      expect([args, end.code]).toEqual([args, code]);
      if (code === 0) expect(end.stderr).toMatch(/no ledger yet.*acme\.db/);
    }
    expect(await isThere('acme.db')).toBe(false);
    await desk.write('leads.csv', leadsCsv(1));
    const { stderr } = await push('leads.csv');
    expect(stderr).toContain(desk.path('acme.db'));
  });

  it('is no new one where its file lost its content', async () => {
    await desk.write('.salesqrc', config(profile('acme', '    country: DE\n    ledger: ./acme.db\n')));
    await desk.write('leads.csv', leadsCsv(1));
    await push('leads.csv');
    await writeFile(desk.path('acme.db'), '');
    const { code, document } = await push('leads.csv');
    expect([code, document.error.code]).toEqual([6, 'ledger.corrupt']);
    expect(contacted()).toHaveLength(1);
  });

  it('is not made where there is no home for it: one line, no endless search', async () => {
    for (const HOME of ['/proc/nonexistent', 'relative', '']) {
      const end = await ask(['runs', 'list'], { HOME });
      expect([HOME, end.code, end.document.error.code]).toEqual([HOME, 6, 'config.no-home']);
    }
    const ledger = ['--ledger', '/proc/nonexistent/salesq/ledger.db'];
    const end = await ask(['dnc', 'add', fictitious(0), '--reason', 'asked', ...ledger]);
    expect(end.code).toBe(6);
  });
});

describe('the sandbox', () => {
  it('has a list of its own, whatever SALESQ_LEDGER says', async () => {
    await desk.write('.salesqrc', `ledger: ./top.db\n${config(profile('acme', '    country: DE\n'))}`);
    const extra = { SALESQ_LEDGER: desk.path('live.db') };
    await call(['dnc', 'add', fictitious(0), '--reason', 'asked', '--profile', 'acme'], extra);
    const remove = ['dnc', 'remove', fictitious(0), '--reason', 'test', '--yes', '--profile', 'sandbox'];
    expect((await call(remove, extra)).code).toBe(0);
    await desk.write('leads.csv', leadsCsv(1));
    const { document } = await ask(['sales-q', 'import', 'leads.csv', '--profile', 'acme'], extra);
    expect(document.counts).toMatchObject({ blocked: 1, delivered: 0 });
    await call(['dnc', 'add', fictitious(1), '--reason', 'test', '--profile', 'sandbox'], extra);
    expect(await isThere('.local/state/salesq/sandbox.db')).toBe(true);
    const live = await ask(['dnc', 'check', fictitious(1), '--profile', 'acme'], extra);
    expect(live.document.results[0]?.listed).toBe(false);
  });

  it('takes no ledger of real people', async () => {
    await desk.write('.salesqrc', config(profile('acme', '    country: DE\n    ledger: ./acme.db\n')));
    await desk.write('leads.csv', leadsCsv(1));
    await push('leads.csv');
    const { code, document } = await ask(['dnc', 'list', '--profile', 'sandbox', '--ledger', 'acme.db']);
    expect([code, document.error.code]).toEqual([6, 'ledger.not-sandbox']);
  });
});

describe('an account', () => {
  const env = (): Variables => ({ SALESQ_LEDGER: desk.path('shared.db') });
  const pushAs = (text: string, extra: Variables = {}, folder = '.') =>
    desk
      .write(path.join(folder, '.salesqrc'), text)
      .then(() => desk.write(path.join(folder, 'leads.csv'), leadsCsv(2)))
      .then(() =>
        ask(
          ['sales-q', 'import', 'leads.csv', '--set', `folder=${folder}${extra['TOKEN'] ?? ''}`],
          { ...env(), ...extra },
          desk.path(folder),
        ),
      );
  const named = (name: string, more = '', url?: string): string =>
    config(profile(name, '    country: DE\n', url, more));

  it('is the same in another spelling of its name', async () => {
    await pushAs(named('acme', ', account: "Spring  Straße"'));
    const { document } = await pushAs(named('acme', ', account: " SPRING straße"'), { TOKEN: 'x-token-2' });
    expect(document.counts).toMatchObject({ duplicate: 2, delivered: 0 });
    expect(contacted()).toHaveLength(2);
  });

  it('is the same after the folder moved, the profile was renamed, the token and the name of the host changed', async () => {
    await pushAs(named('acme'));
    await mkdir(desk.path('moved'));
    const localhost = vendor.url.replace('127.0.0.1', 'localhost');
    const { document, stderr } = await pushAs(named('firma', '', localhost), { TOKEN: 'x-token-2' }, 'moved');
    expect(document.counts).toMatchObject({ duplicate: 2, delivered: 0 });
    expect(stderr).toContain('contacted before under another key');
    expect(stderr).not.toContain('x-token-2');
    expect(contacted()).toHaveLength(2);
  });

  it('is asked for where two profiles have different keys at one address', async () => {
    const other = `  beta:\n    vendors: { sales-q: { url: "${vendor.url}", token: "env:OTHER" } }\n`;
    const file = named('acme') + other;
    const { code, document } = await pushAs(`defaultProfile: acme\n${file}`, { OTHER: 'x-token-2' });
    expect([code, document.error.code]).toEqual([10, 'account.unnamed']);
    expect(document.error.hint).toContain('account: acme under profiles.acme.vendors.sales-q');
    expect(contacted()).toEqual([]);
    const same = await pushAs(`defaultProfile: acme\n${file}`, { OTHER: 'first-token-0001' });
    expect(same.code).toBe(0);
  });

  it('keeps a mark of its key with the run, and no more', async () => {
    const { document } = await pushAs(named('acme'));
    const shown = await ask(['runs', 'show', document.run ?? ''], env());
    expect(shown.document.settings['key']).toMatch(/^[0-9a-f]{4}$/);
  });
});

describe('a configuration that was found', () => {
  const text = (): string =>
    `profiles:\n  acme:\n    country: DE\n    vendors:\n      sales-q: { url: "${vendor.url}/", token: "env:TOKEN", rate: 1000/s }\n`;
  const made = async (mode: number): Promise<{ file: string; below: string }> => {
    const file = path.join(desk.folder, 'shop', '.salesqrc');
    const below = path.join(desk.folder, 'shop', 'today');
    await mkdir(below, { recursive: true });
    await writeFile(file, text());
    await chmod(file, mode);
    await writeFile(path.join(below, 'l.csv'), leadsCsv(2));
    return { file, below };
  };

  it('is not obeyed where everybody can write to it: no request, and the command that is printed works', async () => {
    const { file, below } = await made(0o666);
    const refused = await call(['sales-q', 'import', 'l.csv'], {}, below);
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain(`--config ${file}`);
    expect(contacted()).toEqual([]);
    const named = await call(['--config', file, 'sales-q', 'import', 'l.csv'], {}, below);
    expect(named.code, named.stderr).toBe(0);
    expect(contacted()).toHaveLength(2);
  });

  it.runIf(process.geteuid?.() === 0)(
    'is not obeyed where it is somebody else’s: nothing is sent, nothing is kept there',
    async () => {
      const { file, below } = await made(0o644);
      const theirs = path.join(desk.folder, 'theirs.db');
      await writeFile(file, `ledger: ${theirs}\n${text()}`);
      await chown(file, 4242, 4242);
      for (const args of [
        ['sales-q', 'import', 'l.csv'],
        ['dnc', 'add', '+491713920611', '--reason', 'x'],
      ]) {
        const { code, stdout } = await call([...args, '-o', 'json'], {}, below);
        expect([code, (JSON.parse(stdout) as { error: { code: string } }).error.code]).toEqual([
          6,
          'config.foreign-owner',
        ]);
      }
      expect(contacted()).toEqual([]);
      await expect(stat(theirs)).rejects.toThrow();
    },
  );

  it('is announced once where it stands above the working directory, and again when its addresses change', async () => {
    const { file, below } = await made(0o644);
    const said = async (cwd: string): Promise<boolean> =>
      (await call(['profiles', 'list'], {}, cwd)).stderr.includes('for the first time');
    expect(await said(path.dirname(file))).toBe(false);
    const first = await call(['profiles', 'list'], {}, below);
    expect(first.stderr).toContain(
      `The configuration ${file} is used here for the first time: it sends to sales-q at 127.0.0.1`,
    );
    expect(await said(below)).toBe(false);
    await writeFile(file, text().replace('127.0.0.1', 'localhost'));
    expect(await said(below)).toBe(true);
    expect(await said(below)).toBe(false);
  });
});
