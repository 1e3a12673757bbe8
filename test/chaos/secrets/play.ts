import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain } from '../../support/in-process.js';
import { VendorServer } from '../../support/vendor-server.js';
import { personal, personalIn, secrets, secretsIn } from './canaries.js';
import type { Fault, Room } from './faults.js';

/** A command, and what goes wrong while it runs. */
export interface Case {
  readonly id: string;
  readonly args: readonly string[];
  readonly fault: Fault;
  readonly format: 'json' | 'table';
}

/** Files the user wrote, which hold the secrets rightly. */
const given = new Set(['.salesqrc', 'key', 'told', 'two', 'open', 'leads.csv', 'comments.csv', 'edits.csv']);

const leads = `Telefon;Vorname;Nachname;E-Mail;Strasse;Notiz\n+49${personal.phone};${personal.secondName};${personal.lastName};${personal.email};${personal.street};${personal.notes}\n`;

async function room(url: string): Promise<Room> {
  const folder = await mkdtemp(join(tmpdir(), 'salesq-secrets-'));
  await writeFile(join(folder, 'leads.csv'), leads);
  await writeFile(join(folder, 'comments.csv'), `callId;comment\n4711;${personal.lastName}\n`);
  await writeFile(
    join(folder, 'edits.csv'),
    `leadid;notices;last_name\n10001;${personal.notes};${personal.lastName}\n`,
  );
  await writeFile(join(folder, 'key'), `${secrets.comunik8Key}\n`, { mode: 0o600 });
  await writeFile(join(folder, 'told'), `${secrets.calltouchToken}\n`, { mode: 0o600 });
  await mkdir(join(folder, 'tmp'));
  const common = { url, timeout: '2s', rate: '1000/s' };
  const vendors = {
    'sales-q': { ...common, token: 'env:TOKEN' },
    comunik8: { ...common, key: 'file:key', type: 'motor-trade' },
    calltouch: { ...common, token: 'cmd:cat told', siteId: 4711 },
    mmdial: { ...common, username: 'ops', password: secrets.mmdialPassword, campaign: 12, list: 34 },
  };
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    LANG: 'C.UTF-8',
    TMPDIR: join(folder, 'tmp'),
    SALESQ_LEDGER: join(folder, 'ledger.db'),
    SALESQ_PROFILE: 'acme',
    TOKEN: secrets.salesQToken,
    AWS_SECRET_ACCESS_KEY: secrets.strangersEnv,
    HTTPS_PROXY: `http://u:${secrets.proxy}@127.0.0.1:1`,
    http_proxy: `http://u:${secrets.proxy}@127.0.0.1:1`,
  };
  return { folder, url, env, config: { profiles: { acme: { country: 'DE', vendors } } }, flags: [] };
}

/** Everything a folder holds that the user did not put there, by name; what is just being deleted is passed over. */
async function writtenIn(folder: string, below = ''): Promise<[string, Buffer][]> {
  const found: [string, Buffer][] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const name = `${below}${entry.name}`;
    if (entry.isDirectory()) found.push(...(await writtenIn(path, `${name}/`)));
    else if (below !== '' || !given.has(name)) {
      const bytes = await readFile(path).catch(() => null);
      if (bytes) found.push([name, bytes]);
    }
  }
  return found;
}

export interface Played {
  readonly code: number | null;
  /** What leaked, and where. */
  readonly leaks: readonly string[];
}

/** Runs a command in a world of its own and looks for what it told, wherever it could have told it. */
export async function play(one: Case, run: typeof runMain = runMain): Promise<Played> {
  const server = await VendorServer.start(
    one.fault.answer ?? ((_request, response) => void response.end('{}')),
  );
  const world = await room(server.url);
  try {
    const silent = one.fault.id === 'silence';
    await one.fault.spoil?.(world);
    if (world.config) {
      const text = JSON.stringify(world.config).replaceAll('"2s"', silent ? '"200ms"' : '"2s"');
      await writeFile(join(world.folder, '.salesqrc'), text);
      await chmod(join(world.folder, '.salesqrc'), 0o600);
    }
    const args = [...one.args, ...world.flags, '-o', one.format, '-v', '--no-input'];
    const { code, stdout, stderr } = await run(args, { cwd: world.folder, env: world.env });
    const written = await writtenIn(world.folder);
    return { code, leaks: [...leaksOf(one, code, stdout, stderr), ...fileLeaks(written)] };
  } finally {
    await server.close();
    await rm(world.folder, { recursive: true, force: true });
  }
}

/** A vendor that repeats the request tells names in its own words, which no rule can know; numbers are masked. */
const tellsNames = ({ fault }: Case): boolean => fault.answer !== undefined;

function leaksOf(one: Case, code: number | null, stdout: string, stderr: string): string[] {
  const { format } = one;
  const people = (text: string): string[] =>
    personalIn(text).filter((what) => what === 'phone' || what === 'email' || !tellsNames(one));
  const leaks = [
    ...secretsIn(stdout).map((mark) => `${mark} on stdout`),
    ...secretsIn(stderr).map((mark) => `${mark} on stderr`),
    ...people(stderr).map((what) => `${what} on stderr`),
  ];
  if (stdout.includes('"salesq/error@1"')) leaks.push(...people(stdout).map((what) => `${what} in an error`));
  if (format === 'table')
    leaks.push(
      ...personalIn(stdout)
        .filter((what) => what === 'phone')
        .map(() => 'a whole phone in a table'),
    );
  if (code === 1) leaks.push('exit 1');
  return leaks;
}

const fileLeaks = (written: readonly [string, Buffer][]): string[] =>
  written.flatMap(([name, bytes]) => secretsIn(bytes).map((mark) => `${mark} in ${name}`));
