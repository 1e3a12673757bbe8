import { copyFile, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyAll, toFile } from '../../src/ledger/admin/copy.js';
import { ddlOf, intoFile } from '../../src/ledger/admin/target.js';
import type { LedgerAdmin } from '../../src/core/ledger-admin.js';
import { openLedger } from '../../src/ledger/index.js';
import { keepSqlite } from '../../src/ledger/admin/sqlite.js';
import { openDatabase } from '../../src/ledger/sqlite/engine.js';
import { refused } from '../contract/ledger-bench.js';
import { adminChecks, adminOf, fill, secretName, setTargets, told, used, world } from './admin-checks.js';
import { tempFolder } from './sqlite-bench.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let files = 0;
const place = (): Promise<string> => Promise.resolve(join(folder.path, `ledger-${(files += 1)}.db`));

async function raw(file: string, sql: string): Promise<void> {
  const database = await openDatabase(file);
  database.exec('pragma foreign_keys = off');
  database.exec(sql);
  database.close();
}

async function ask(file: string, sql: string): Promise<unknown[][]> {
  const database = await openDatabase(file, true);
  const found = database.prepare(sql).all();
  database.close();
  return found.map((record) => Object.values(record as object) as unknown[]);
}

beforeAll(async () => {
  folder = await tempFolder();
  setTargets([place], place);
});
afterAll(() => folder.remove());

describe('looking after a ledger in a file', () => {
  adminChecks(() => ({ engine: 'sqlite', place, raw, ask }));

  test('tells the settings a push has', async () => {
    const where = await place();
    await fill(where);
    expect((await (await adminOf(where)).status()).durability).toEqual({
      journal_mode: 'wal',
      synchronous: 'full',
    });
  });

  test('what is damaged, foreign, newer or no ledger is said in words', async () => {
    const where = await place();
    await fill(where);
    const broken = await place();
    await copyFile(where, broken);
    const bytes = await readFile(broken);
    bytes.fill(0xa5, 4096 * 6, 4096 * 9);
    await writeFile(broken, bytes);
    const { findings } = await (await adminOf(broken)).check();
    expect(findings.map(({ code }) => code)).toContain('check.damaged');
    await writeFile(broken, 'phone;name\n'.repeat(2_000));
    for (const command of ['status', 'check', 'migrate'] as const)
      await refused((await adminOf(broken))[command](), 'ledger.corrupt', 6);
    await truncate(broken, 0);
    for (const change of [
      (admin: LedgerAdmin) => admin.status(),
      (admin: LedgerAdmin) => admin.migrate(),
      (admin: LedgerAdmin) => admin.adopt(false, { reason: 'x', unmarked: true }),
      (admin: LedgerAdmin) => admin.purge(0),
    ])
      await refused(change(await adminOf(broken)), 'ledger.corrupt', 6);
    expect((await stat(broken)).size).toBe(0);
    const theirs = await place();
    await raw(theirs, 'create table theirs (x)');
    await refused((await adminOf(theirs)).status(), 'ledger.foreign', 6);
    await raw(where, `insert into migrations (number, name, applied_at) values (99, 'later', 0)`);
    expect(await (await adminOf(where)).status()).toMatchObject({ schema: { found: 99 }, holds: null });
    const admin = await adminOf(where);
    await refused(admin.check(), 'ledger.newer', 6);
    await refused(admin.migrate(), 'ledger.newer', 6);
    await refused(admin.backup(await place(), false), 'ledger.newer', 6);
    await refused(admin.copy(await place()), 'ledger.newer', 6);
    await refused((await adminOf(folder.path)).status(), 'ledger.not-a-file', 6);
  });

  test('a schema that is behind is brought up to date, after a copy', async () => {
    const where = await place();
    await fill(where);
    const before = await told(where);
    expect(await (await adminOf(where)).migrate()).toMatchObject({ from: 5, to: 5, backup: null });
    await raw(where, 'delete from migrations; alter table rows rename to kept_rows; drop table keepsakes');
    const behind = await (await adminOf(where)).status();
    expect(behind).toMatchObject({ schema: { found: 0, known: 5 }, holds: null });
    const error = await (await adminOf(where)).migrate().catch((caught: unknown) => caught as Error);
    expect(error).toBeInstanceOf(Error);
    const names = (await import('node:fs'))
      .readdirSync(folder.path)
      .filter((name) => name.includes('.schema-0.'));
    expect(names).toHaveLength(1);
    const saved = join(folder.path, names[0] ?? '');
    expect((await stat(saved)).mode & 0o777).toBe(0o600);
    const database = await openDatabase(saved, true);
    expect(database.prepare('select count(*) as n from kept_rows').get()).toEqual({ n: 8 });
    database.close();
    expect(before).toContain(secretName);
  });

  test('a copy that differs from what was read is thrown away', async () => {
    const where = await place();
    await fill(where);
    const keeper = await keepSqlite(where, world, false);
    const ddl = await ddlOf(keeper);
    const wrongs = [
      `create trigger w after insert on rows begin update rows set reason = 'x' where run = new.run and row = new.row and row = 2; end`,
      `create trigger w after insert on do_not_call begin delete from do_not_call where phone = new.phone; end`,
    ];
    for (const wrong of wrongs) {
      const to = await place();
      const copying = keeper.snapshot((db) =>
        intoFile(to, world, [...ddl, wrong], async (copy, copyDb) => {
          await copyAll({ keeper, db }, { keeper: copy, db: copyDb }, () => Promise.resolve());
        }),
      );
      await refused(copying, 'ledger.not-verified', 6);
      await expect(stat(to)).rejects.toThrow('ENOENT');
    }
    await toFile(keeper, await place(), { kind: 'backup', of: where, at: 0 }, () => Promise.resolve());
    await keeper.close();
  });

  test('a copy does not replace a file that appeared while it was made', async () => {
    const where = await place();
    await fill(where);
    const keeper = await keepSqlite(where, world, false);
    const ddl = await ddlOf(keeper);
    const to = await place();
    const copying = keeper.snapshot((db) =>
      intoFile(to, world, ddl, async (copy, copyDb) => {
        await copyAll({ keeper, db }, { keeper: copy, db: copyDb }, () => Promise.resolve());
        await writeFile(to, 'of somebody else');
      }),
    );
    await refused(copying, 'ledger.exists', 6);
    expect(await readFile(to, 'utf8')).toBe('of somebody else');
    await keeper.close();
  });

  test('a backup replaces a backup only, and is for its owner only', async () => {
    const where = await place();
    await fill(where);
    const admin = await adminOf(where);
    const other = await place();
    await used(other, () => Promise.resolve());
    for (const taken of [where, other]) await refused(admin.backup(taken, true), 'ledger.exists', 6);
    const note = await place();
    await writeFile(note, 'dear diary');
    await refused(admin.backup(note, true), 'ledger.exists', 6);
    const file = await place();
    await admin.backup(file, false);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('what was purged is not in the file any more', async () => {
    const where = await place();
    await fill(where);
    const open = await openLedger(where, world);
    await raw(
      where,
      `pragma secure_delete = on; update rows set payload = null, source = '[]' where run = 3`,
    );
    const found = async (): Promise<boolean> =>
      (await readFile(where)).includes(secretName) || (await readFile(`${where}-wal`)).includes(secretName);
    expect(await found()).toBe(true);
    await (await adminOf(where)).purge(Date.now() + 1e12);
    expect(await found()).toBe(false);
    await open.close();
  });

  test('a copy that has no room leaves nothing behind, and the old ledger in use', async () => {
    const where = await place();
    await fill(where);
    const before = await told(where);
    const nowhere = join(folder.path, 'no.db', 'deeper.db');
    await writeFile(join(folder.path, 'no.db'), '');
    await refused((await adminOf(where)).copy(nowhere), 'ledger.not-a-file', 6);
    expect(await told(where)).toBe(before);
  });

  test('can be stopped', async () => {
    const where = await place();
    await fill(where);
    const to = await place();
    const stop = (): never => {
      throw new Error('stopped');
    };
    await used(where, (ledger) =>
      ledger.block(Array.from({ length: 500 }, (_, n) => ({ phone: `+4915${n}`, reason: 'x' }))),
    );
    await expect((await adminOf(where, stop)).copy(to)).rejects.toThrow('stopped');
    await expect(stat(to)).rejects.toThrow('ENOENT');
    await used(where, () => Promise.resolve());
  });
});
