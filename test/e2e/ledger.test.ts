import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import { openDatabase } from '../../src/ledger/sqlite/engine.js';
import type { Sandbox } from '../../src/rehearsal/host.js';
import { leadsCsv } from '../support/leads.js';
import { Desk, program } from '../support/program.js';
import { openSandbox, sandboxEnv } from '../support/sandboxed.js';

let desk: Desk;
let sandbox: Sandbox;
let env: Record<string, string>;

beforeEach(async () => {
  desk = await Desk.open();
  sandbox = await openSandbox();
  // Under --ledger: SALESQ_LEDGER does not count for the sandbox.
  env = sandboxEnv(sandbox);
});

afterEach(async () => {
  await sandbox.close();
  await desk.close();
});

const contacts = (): number => sandbox.contacts().persons.length;

async function push(
  rows: number,
  ...more: string[]
): Promise<{ code: number | null; document: PushSummary }> {
  await desk.write('leads.csv', leadsCsv(rows));
  const where = more.includes('--ledger') ? [] : ['--ledger', 'ledger.db'];
  const args = ['sales-q', 'import', 'leads.csv', '--rate', '50/s', ...where, ...more];
  return desk.json<PushSummary>(args, { env });
}

interface Failure {
  readonly error?: { readonly code: string; readonly hint: string };
}

const ledger = (...args: string[]) =>
  desk.json<Failure & Record<string, unknown>>(['ledger', ...args, '--ledger', 'ledger.db'], { env });

describe('salesq ledger', () => {
  it('says that there is no ledger, and makes none', async () => {
    for (const command of [['status'], ['copy', 'c.db', '--yes']]) {
      const { code, document } = await ledger(...command);
      expect([code, document.error?.code]).toEqual([6, 'ledger.missing']);
    }
    await expect(stat(desk.path('ledger.db'))).rejects.toThrow('ENOENT');
  });

  it(
    'status, check, migrate and backup leave a ledger as it is, in every format',
    { tags: ['long'] },
    async () => {
      await push(3, '--limit', '2');
      const before = await readFile(desk.path('ledger.db'));
      const status = await ledger('status');
      expect(status).toMatchObject({
        code: 0,
        document: {
          schema: 'salesq/ledger-status@1',
          engine: 'sqlite',
          mark: null,
          durability: { journal_mode: 'wal', synchronous: 'full' },
          holds: {
            runs: { all: 1, unfinished: 1, unsealed: 0 },
            rows: { delivered: 2, ready: 1 },
            locks: [],
          },
        },
      });
      expect(await ledger('check')).toMatchObject({ code: 0, document: { ok: true, findings: [] } });
      expect(await ledger('migrate')).toMatchObject({ code: 0, document: { backup: null } });
      const lines = (
        await desk.run(['ledger', 'backup', 'b.db', '--ledger', 'ledger.db', '-o', 'ndjson'], { env })
      ).stdout
        .trim()
        .split('\n');
      expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
        expect.objectContaining({ table: 'rows', rows: 3 }),
      );
      expect((await stat(desk.path('b.db'))).mode & 0o777).toBe(0o600);
      expect((await readFile(desk.path('ledger.db'))).equals(before)).toBe(true);
    },
  );

  it(
    'a ledger that was moved goes on at its new place, and is refused at the old one',
    { tags: ['long'] },
    async () => {
      await push(4, '--limit', '2');
      expect((await ledger('copy', 'new.db')).code).toBe(2);
      const copied = await ledger('copy', 'new.db', '--yes');
      expect(copied).toMatchObject({
        code: 0,
        document: { schema: 'salesq/ledger-copy@1', to: desk.path('new.db') },
      });
      const old = await push(4);
      expect(old).toMatchObject({ code: 6, document: { error: { code: 'ledger.moved' } } });
      expect(JSON.stringify(old.document)).toContain(desk.path('new.db'));
      expect(contacts()).toBe(2);
      const there = await push(4, '--ledger', 'new.db');
      expect(there.document.counts).toMatchObject({ delivered: 4 });
      expect(contacts()).toBe(4);
      const back = await ledger('adopt', '--yes');
      expect(back.document).toMatchObject({ was: 'moved', inDoubt: 2 });
      const again = await push(4);
      expect([again.code, again.document.counts.inDoubt, contacts()]).toEqual([7, 2, 4]);
    },
  );

  it('a restored backup contacts nobody twice: it says what it is before it is used', async () => {
    await push(4, '--limit', '2');
    await ledger('backup', 'b.db');
    await push(4);
    await writeFile(desk.path('ledger.db'), await readFile(desk.path('b.db')));
    expect(await push(4)).toMatchObject({ code: 6, document: { error: { code: 'ledger.backup' } } });
    expect((await ledger('adopt', '--yes')).document).toMatchObject({ was: 'backup', inDoubt: 2 });
    expect((await push(4)).code).toBe(7);
    expect([contacts(), sandbox.contacts().twice]).toEqual([4, []]);
  });

  it('a purge asks, and a purged run still has its results', async () => {
    await push(2);
    expect(await ledger('purge')).toMatchObject({
      code: 2,
      document: { error: { code: 'usage.missing-flag' } },
    });
    expect((await ledger('purge', '--older-than', '0s')).document).toMatchObject({
      error: { code: 'usage.unanswered' },
    });
    const dry = await ledger('purge', '--older-than', '0s', '--dry-run');
    expect(dry).toMatchObject({ code: 0, document: { dryRun: true, runs: 1, rows: 2 } });
    expect((await ledger('purge', '--older-than', '0s', '--yes')).document).toMatchObject({ runs: 1 });
    const again = await push(2, '--results', 'r.csv');
    expect([again.code, contacts()]).toEqual([0, 2]);
    const results = (await readFile(desk.path('r.csv'), 'utf8')).trim().split('\n');
    expect(results).toHaveLength(3);
    expect(results[1]).toMatch(/^,+1,delivered,/);
  });

  it('what is broken, foreign or of a newer program is told with exit 6', async () => {
    await push(200, '--limit', '1');
    const file = desk.path('ledger.db');
    const whole = await readFile(file);
    const database = await openDatabase(file);
    database.exec(`insert into migrations (number, name, applied_at) values (99, 'later', 0)`);
    database.close();
    expect((await ledger('status')).document).toMatchObject({ schemaVersion: { found: 99 }, holds: null });
    expect(await ledger('migrate')).toMatchObject({ code: 6, document: { error: { code: 'ledger.newer' } } });
    await writeFile(file, Buffer.from(whole).fill(0xa5, 4096 * 5, 4096 * 12));
    const damaged = await ledger('check');
    expect(damaged).toMatchObject({ code: 6, document: { ok: false } });
    expect(JSON.stringify(damaged.document)).toContain('check.damaged');
    await writeFile(file, 'no ledger at all');
    expect(await ledger('check')).toMatchObject({ code: 6, document: { error: { code: 'ledger.corrupt' } } });
  });

  const mounts = spawnSync('unshare', ['-m', 'true']).status === 0;

  it.skipIf(!mounts)('a full disk costs the copy, not the ledger (needs unshare -m)', async () => {
    await push(600, '--limit', '1');
    await mkdir(desk.path('small'));
    const command = 'mount -t tmpfs -o size=128k none small && exec "$@"';
    const tried = (...args: string[]) =>
      spawnSync(
        'unshare',
        [
          '-m',
          'sh',
          '-c',
          command,
          'sh',
          process.execPath,
          program,
          'ledger',
          ...args,
          '--ledger',
          'ledger.db',
          '-o',
          'json',
        ],
        {
          cwd: desk.folder,
          env: desk.env(env),
          encoding: 'utf8',
        },
      );
    for (const args of [['copy', 'small/new.db', '--yes']]) {
      const { status, stdout, stderr } = tried('-v', ...args);
      expect([status, (JSON.parse(stdout) as Failure).error?.code], stderr).toEqual([6, 'ledger.disk-full']);
    }
    expect((await ledger('status')).document['mark']).toBe(null);
  });

  it.skipIf(process.getuid?.() === 0)(
    'a file that cannot be written can be looked at (not as root)',
    async () => {
      await push(1);
      await chmod(desk.path('ledger.db'), 0o400);
      expect((await ledger('status')).code).toBe(0);
      expect(await ledger('copy', 'c.db', '--yes')).toMatchObject({
        code: 6,
        document: { error: { code: 'ledger.read-only' } },
      });
    },
  );
});
