import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/index.js';
import { all, never, person, prepare, states, TestClock } from '../contract/ledger-bench.js';
import { tempFolder } from './sqlite-bench.js';

const root = join(import.meta.dirname, '..', '..');
const batch = 5;
let folder: Awaited<ReturnType<typeof tempFolder>>;

/** The ledger as JavaScript, where a bare `node` can run it. */
beforeAll(async () => {
  folder = await tempFolder();
  const { default: ts } = await import('typescript');
  for (const name of await readdir(join(root, 'src'), { recursive: true })) {
    if (!/^(core\/|ledger\/|files\.ts$)/.test(name) || !name.endsWith('.ts')) continue;
    const text = await readFile(join(root, 'src', name), 'utf8');
    const target = join(folder.path, 'src', name.replace(/ts$/, 'js'));
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
      },
    });
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
  await symlink(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  await writeFile(join(folder.path, 'package.json'), '{"type":"module"}');
  const sender = await readFile(join(import.meta.dirname, 'sender.mjs'), 'utf8');
  await writeFile(join(folder.path, 'sender.mjs'), sender);
});
afterAll(() => folder.remove());

const world = { clock: new TestClock(), host: 'desk', processAlive: () => null };

function start(...args: string[]): { child: ChildProcess; ended: Promise<number | null>; lines: string[] } {
  const child = spawn(process.execPath, [join(folder.path, 'sender.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  return { child, ended, lines };
}

const until = async (holds: () => boolean): Promise<void> => {
  for (const end = Date.now() + 20_000; !holds() && Date.now() < end;)
    await new Promise((done) => setTimeout(done, 2));
};

test('kill -9 again and again: no row is sent twice, none is lost, few are in doubt', async () => {
  const file = join(folder.path, 'kill.db');
  const sent = join(folder.path, 'sent.txt');
  await writeFile(sent, '');
  const count = 400;
  const first = await openLedger(file, world);
  const rows = Array.from({ length: count }, (_, i) => person(i + 1, i + 1));
  const { run } = await prepare(first, rows, { policy: never });
  await first.close();

  let kills = 0;
  for (; kills < 6; kills += 1) {
    const { child, ended, lines } = start('send', file, run, sent, String(batch));
    await until(() => lines.length > 3 + kills || child.exitCode !== null);
    child.kill('SIGKILL');
    await ended;
  }
  const last = start('send', file, run, sent, String(batch));
  expect(await last.ended).toBe(0);

  const ledger = await openLedger(file, world);
  const counts = await ledger.counts(run);
  const oracle = (await readFile(sent, 'utf8')).trim().split('\n').map(Number);
  const delivered = (await all(ledger.rows(run, { states: ['delivered'] }))).map(({ row }) => row);
  await ledger.close();
  expect(new Set(oracle).size, 'a row left twice').toBe(oracle.length);
  expect(oracle).toEqual(expect.arrayContaining(delivered));
  expect(counts.delivered + counts['in-doubt']).toBe(count);
  expect(counts['in-doubt']).toBeLessThanOrEqual(kills * batch);
  expect(counts['in-doubt'], 'no kill hit a row under way: the test is too tame').toBeGreaterThan(0);
});

test('processes that open one new file at the same moment all succeed', async () => {
  const file = join(folder.path, 'new', 'ledger.db');
  const children = Array.from({ length: 4 }, () => start('open', file));
  expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
  const accounts = children.map(({ lines }) => lines[0]);
  expect(new Set(accounts)).toEqual(new Set(['1']));
  const ledger = await openLedger(file, world);
  const { run } = await prepare(ledger, [person(1, 1)]);
  expect(await states(ledger, run)).toEqual(['ready']);
  await ledger.close();
});
