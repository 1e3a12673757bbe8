/** A command in a hint is pasted as it is shown, in another folder: it means the same ledger and profile. */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WireRecorder, type Answerer } from '../contract/wire/recorder.js';
import { mmDial, salesQ } from '../contract/wire/stand-ins.js';
import { Desk, type Finished, finished, program } from '../support/program.js';

const env = { T: 'test-token-0001', K: 'test-key-0001', P: 'test-password-0001' };
const config = (url: string): string => `defaultProfile: foo
profiles:
  foo: { country: DE, ledger: ./foo.db }
  bar:
    country: DE
    vendors:
      sales-q:  { url: ${url}/sq, token: "env:T", rate: 1000/s }
      comunik8: { url: ${url}/c8, key: "env:K", type: motor-trade, rate: 1000/s }
      mmdial:   { url: ${url}/mm/api/, username: ops, password: "env:P", campaign: 12, list: 34, rate: 1000/s }
`;

/** Comunik8 that stores tests too, and mmDial whose edits change a name that was not sent. */
function carelessVendors(): Answerer {
  const dialler = mmDial();
  let edited = false;
  return ({ target, ...request }, own) => {
    const [, vendor = '', rest = ''] = /^\/(\w+)(\/.*)$/.exec(target) ?? [];
    if (vendor === 'sq') return salesQ({}, {})({ ...request, target: rest }, own);
    if (vendor === 'c8')
      return { body: rest.includes('cancel') ? { cancelled: true } : { saved: true, processed: true } };
    edited ||= rest.includes('editlead');
    const reply = dialler({ ...request, target: rest }, own);
    return edited && reply
      ? { ...reply, body: JSON.parse(JSON.stringify(reply.body).replace('"Groß"', '"Groos"')) as unknown }
      : reply;
  };
}

let desk: Desk;
let server: WireRecorder;

beforeEach(async () => {
  desk = await Desk.open();
  server = await WireRecorder.start(carelessVendors());
  await desk.write('.salesqrc', config(server.url));
  await desk.write('l.csv', 'phone\n0171 3920601\n');
});
afterEach(async () => {
  await server.close();
  await desk.close();
});

const where = ['--profile', 'bar', '--ledger', './other ledger.db'];
const run = (...args: readonly string[]): Promise<Finished> => desk.run([...args, ...where], { env });

interface Refusal {
  readonly error?: { readonly hint: string };
  readonly stopped?: { readonly hint: string };
}

/** The one command of the hint, the same on stderr and in the document. */
async function hinted(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(...args, '-o', 'json');
  const { error, stopped } = JSON.parse(stdout) as Refusal;
  const hint = (error ?? stopped)?.hint ?? '';
  expect(stderr).toContain(`hint: ${hint}`);
  return /`(salesq [^`]+)`/.exec(hint)?.[1] ?? `no command: ${hint}`;
}

const paste = (line: string): Promise<Finished> => {
  const salesq = `salesq() { "${process.execPath}" "${program}" "$@"; }`;
  const { SALESQ_LEDGER: _none, ...own } = desk.env(env);
  const child = spawn('sh', ['-c', `${salesq}\n${line}`], { cwd: '/', env: own });
  child.stdin.end();
  return finished(child);
};

const named = (): string =>
  ` --profile bar --config ${desk.path('.salesqrc')} --ledger '${desk.path('other ledger.db')}'`;

describe('a hint says its command for the ledger and profile of the call', () => {
  it.each([
    ['a row that is none', ['--row', '9'], 'runs rows'],
    ['a row that waits for nothing', ['--row', '1'], '--state in-doubt'],
  ])('runs resolve of %s', async (_what, row, words) => {
    expect((await run('sales-q', 'import', 'l.csv')).code).toBe(0);
    const line = await hinted('runs', 'resolve', 'last', ...row, '--as', 'abandoned', '--reason', 'x');
    expect(line).toContain(words);
    expect(line.endsWith(named())).toBe(true);
    expect((await paste(line)).code).toBe(0);
  });

  it('runs show of a run that is none', async () => {
    expect((await run('sales-q', 'import', 'l.csv')).code).toBe(0);
    const line = await hinted('runs', 'show', 'ZZZ');
    expect(line).toBe(`salesq runs list${named()}`);
    expect((await paste(`${line} -o ndjson`)).stdout).toContain('delivered');
  });

  it('runs show where there is no ledger, and no run', async () => {
    const first = `salesq sales-q import <file>${named()}`;
    expect(await hinted('runs', 'show', 'last')).toBe(first);
    await run('dnc', 'add', '0171 3920699', '--reason', 'x');
    expect(await hinted('runs', 'show', 'last')).toBe(first);
  });

  it('runs resume of a run of an older program', async () => {
    await desk.write('two.csv', 'phone\n0171 3920601\n0171 3920602\n');
    await run('sales-q', 'import', 'two.csv', '--limit', '1');
    const { DatabaseSync } = (await import('@photostructure/sqlite')) as unknown as {
      DatabaseSync: new (file: string) => { exec(sql: string): void; close(): void };
    };
    const database = new DatabaseSync(desk.path('other ledger.db'));
    database.exec('update runs set reaches = null');
    database.close();
    const line = await hinted('runs', 'resume', 'last');
    expect(line).toContain('salesq runs abandon');
    expect((await paste(line)).stdout).toContain('1');
    expect((await run('runs', 'rows', 'last', '-o', 'ndjson')).stdout).toContain('"abandoned"');
  });

  it('comunik8 add whose test flag was ignored: the pasted command takes the lead back', async () => {
    await desk.write('c.csv', 'email,first_name,surname,mobile\na@example.com,A,M,0171 3920601\n');
    const line = await hinted('comunik8', 'add', 'c.csv', '--test');
    expect(line).toContain('salesq comunik8 cancel --mobile');
    server.take();
    expect((await paste(line)).code).toBe(0);
    expect(server.take().map(({ target }) => target)).toEqual([expect.stringContaining('/c8/lead/cancel')]);
  });

  it('mmdial leads edit that changed what was not sent: the pasted command names the lead', async () => {
    await desk.write('e.csv', 'leadid,notices\n7,neu\n');
    const line = await hinted('mmdial', 'leads', 'edit', 'e.csv');
    expect((await paste(`${line} -o ndjson`)).stdout).toContain('"vendorId":"7"');
  });
});

it('every hint of the program with a command puts it between backticks, or names the place itself', async () => {
  const folder = path.resolve(import.meta.dirname, '../../src');
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const bare = await Promise.all(
    files.map(async (name) =>
      (await readFile(path.join(folder, name), 'utf8'))
        .split('\n')
        .filter((line) => /\bhint: .*(?<!`)salesq (?:[a-z0-9-]+ )*[a-z]/.test(line))
        .filter((line) => /salesq (?:runs|dnc|profiles|ledger|sales-q|comunik8|calltouch|mmdial) /.test(line))
        .filter((line) => !/\.command\(|--ledger \$\{/.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    ),
  );
  expect(bare.flat()).toEqual([]);
});
