import { chmod, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/core/ledger.js';
import { openLedger } from '../../src/ledger/index.js';
import { SqlLedger } from '../../src/ledger/ledger.js';
import { checkDurable, dialectOf, openDatabase } from '../../src/ledger/sqlite/engine.js';
import { migrate } from '../../src/ledger/migrate.js';
import { migrations, type Schema } from '../../src/ledger/schema.js';
import { openSqlite, sqliteFlavour } from '../../src/ledger/sqlite/open.js';
import { Store } from '../../src/ledger/store.js';
import { never, person, prepare, refused, source, states, TestClock } from '../contract/ledger-bench.js';
import { tempFolder } from './sqlite-bench.js';

/** Waiting takes no time, but is counted. */
class HurriedClock extends TestClock {
  waited = 0;
  override monotonic(): number {
    return this.waited;
  }
  override sleep(ms: number): Promise<void> {
    this.waited += ms * 20;
    return new Promise((done) => setImmediate(done));
  }
}

const world = { clock: new TestClock(), host: 'desk', processAlive: () => true };
let folder: Awaited<ReturnType<typeof tempFolder>>;
let file: string;

beforeEach(async () => {
  folder = await tempFolder();
  file = join(folder.path, 'state', 'salesq', 'ledger.db');
});
afterEach(() => folder.remove());

async function used<T>(work: (ledger: Ledger) => Promise<T>, options = {}): Promise<T> {
  const ledger = await openLedger(file, { ...world, ...options });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

const make = (): Promise<void> => used(() => Promise.resolve());

async function raw(sql: string): Promise<void> {
  const database = await openDatabase(file);
  database.exec(sql);
  database.close();
}

describe('a ledger in a file', () => {
  test('commits survive a power cut: WAL, synchronous FULL, on the connection that writes', async () => {
    const { store, database } = await openSqlite(file, world);
    const pragma = (name: string): unknown =>
      Object.values(database.prepare(`pragma ${name}`).get() as object)[0];
    expect([pragma('journal_mode'), pragma('synchronous'), pragma('foreign_keys')]).toEqual(['wal', 2, 1]);
    expect(() => checkDurable(database, file)).not.toThrow();
    for (const weak of ['synchronous = normal', 'synchronous = off', 'journal_mode = delete']) {
      database.exec('pragma journal_mode = wal');
      database.exec('pragma synchronous = full');
      database.exec(`pragma ${weak}`);
      expect(() => checkDurable(database, file)).toThrow(
        expect.objectContaining({ code: 'ledger.unsafe', exit: 6 }),
      );
    }
    await store.close();
  });

  test('only its owner can read it, its side files and the folders made for it', async () => {
    await used(async () => {
      for (const end of ['', '-wal', '-shm']) expect((await stat(file + end)).mode & 0o777).toBe(0o600);
      for (const made of [join(folder.path, 'state'), join(folder.path, 'state', 'salesq')])
        expect((await stat(made)).mode & 0o777).toBe(0o700);
    });
    await chmod(file, 0o640);
    await make();
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  test('the database itself refuses a second live contact, and a second live use of a ref', async () => {
    const { run } = await used((ledger) => prepare(ledger, [person(1, 1), person(2, 2)]));
    const first = `(select no from runs where id = '${run}') and row = 1`;
    const steal = (what: string): Promise<void> =>
      raw(`update rows set ${what} = (select ${what} from rows where run = ${first}) where row = 2`);
    await expect(steal('key')).rejects.toThrow('UNIQUE');
    await expect(steal('ref')).rejects.toThrow('UNIQUE');
    await raw(`update rows set state = 'rejected' where row = 1`);
    await steal('key');
  });

  test('a closed ledger is whole in its one file', async () => {
    const { run } = await used((ledger) => prepare(ledger, [person(1, 1)]));
    const copy = join(folder.path, 'copy.db');
    await writeFile(copy, await readFile(file));
    file = copy;
    expect(await used((ledger) => states(ledger, run))).toEqual(['ready']);
  });

  test('many handles open a new file at once', async () => {
    const handles = await Promise.all(Array.from({ length: 8 }, () => openLedger(file, world)));
    const { run } = await prepare(handles[0] as Ledger, [person(1, 1)]);
    for (const handle of handles) {
      expect(await states(handle, run)).toEqual(['ready']);
      await handle.close();
      await handle.close();
    }
  });

  test('of two that find the same step of the schema undone, one takes it', async () => {
    const database = await openDatabase(join(folder.path, 'new.db'));
    const db = new Kysely<Schema>({ dialect: dialectOf(database) });
    const store = new Store('new.db', db, sqliteFlavour, world, () => Promise.resolve());
    const nothing = (): Promise<void> => Promise.resolve();
    await Promise.all([migrate(store, nothing), migrate(store, nothing)]);
    expect(database.prepare('select number from migrations').all()).toHaveLength(migrations('').length);
    await store.close();
  });

  test('a scratch ledger is gone when it is closed, and never takes the place of a file', async () => {
    const counts = await used(async (ledger) => ledger.counts((await prepare(ledger, [person(1, 1)])).run), {
      scratch: true,
    });
    expect(counts.ready).toBe(1);
    for (const end of ['', '-wal', '-shm', '-journal']) await expect(stat(file + end)).rejects.toThrow();
    await make();
    const before = await readFile(file);
    await expect(openLedger(file, { ...world, scratch: true })).rejects.toThrow();
    expect(before.equals(await readFile(file))).toBe(true);
  });
});

describe('what cannot be a ledger is refused in words', () => {
  test('memory', async () => {
    for (const where of [':memory:', '']) {
      const error = await openLedger(where, world).catch((caught: unknown) => caught as Error);
      expect(error).toMatchObject({ code: 'ledger.unsupported', exit: 6 });
      expect(JSON.stringify(error) + (error as Error).message).not.toContain('secret');
    }
  });

  test('a ledger of a newer program', async () => {
    await make();
    await raw(`insert into migrations (number, name, applied_at) values (99, 'later', 0)`);
    await refused(make(), 'ledger.newer', 6);
  });

  test('a file that is no database, a damaged one, another program’s, a folder', async () => {
    await make();
    await writeFile(file, 'phone;name\n'.repeat(1_000));
    await refused(make(), 'ledger.corrupt', 6);
    file = join(folder.path, 'theirs.db');
    await raw('create table theirs (x)');
    const before = await readFile(file);
    await refused(make(), 'ledger.foreign', 6);
    expect(before.equals(await readFile(file))).toBe(true);
    file = folder.path;
    await refused(make(), 'ledger.not-a-file', 6);
    file = join(folder.path, 'theirs.db', 'deeper.db');
    await refused(make(), 'ledger.not-a-file', 6);
  });

  test('pages damaged behind a good header are noticed in use', async () => {
    await used(async (ledger) => {
      for (let i = 0; i < 3; i += 1)
        await prepare(
          ledger,
          Array.from({ length: 1_000 }, (_, n) => person(n + 1, i * 1_000 + n)),
        );
    });
    const bytes = await readFile(file);
    bytes.fill(0xa5, 4096 * 4);
    await writeFile(file, bytes);
    const reading = async (): Promise<void> =>
      used(async (ledger) => {
        for (const { id } of await ledger.runs(5)) await states(ledger, id);
      });
    await refused(reading(), 'ledger.corrupt', 6);
  });

  test('a full disk stops the run with exit 5, and what was stored is still there', async () => {
    const { store, database } = await openSqlite(file, world);
    const ledger = new SqlLedger(store);
    const { run } = await prepare(ledger, [person(1, 1)], { sealed: false });
    const { page_count: pages } = database.prepare('pragma page_count').get() as { page_count: number };
    database.exec(`pragma max_page_count = ${pages + 2}`);
    const many = Array.from({ length: 1_000 }, (_, n) => person(n + 2, n + 2));
    await refused(ledger.addRows(run, many, never), 'ledger.disk-full', 5);
    database.exec('pragma max_page_count = 100000');
    expect(await states(ledger, run)).toEqual(['ready']);
    await ledger.addRows(run, many, never);
    await ledger.seal(run, source, []);
    expect((await ledger.counts(run)).ready).toBe(1_001);
    await ledger.close();
  });

  test('a ledger that may not be written', async () => {
    await make();
    const { store, database } = await openSqlite(file, world);
    database.exec('pragma query_only = on');
    await refused(new SqlLedger(store).heartbeat(await fakeLock()), 'ledger.read-only', 6);
    await store.close();
  });

  test.skipIf(process.getuid?.() === 0)('a folder that may not be written', async () => {
    await chmod(folder.path, 0o500);
    await refused(make(), 'ledger.read-only', 6);
  });
});

const fakeLock = () =>
  Promise.resolve({ name: 'x', epoch: 1, owner: { id: 'x', host: 'desk', pid: 1, started: '' } });

describe('a ledger that another process is writing', () => {
  test('is waited for, and this process goes on meanwhile', async () => {
    const ledger = await openLedger(file, world);
    const other = await openDatabase(file);
    other.exec('begin immediate');
    const account = ledger.account({ vendor: 'v', name: 'a', aliases: [] });
    await new Promise((done) => setTimeout(done, 60));
    other.exec('commit');
    expect(await account).toBe('1');
    other.close();
    await ledger.close();
  });

  test('is given up with exit 11 after ten seconds', async () => {
    const clock = new HurriedClock();
    const ledger = await openLedger(file, { ...world, clock });
    const other = await openDatabase(file);
    other.exec('begin immediate');
    clock.waited = 0;
    await refused(ledger.account({ vendor: 'v', name: 'a', aliases: [] }), 'ledger.busy', 11);
    expect(clock.waited).toBeGreaterThanOrEqual(10_000);
    expect(await ledger.runs(1)).toEqual([]);
    other.exec('rollback');
    other.close();
    await ledger.close();
  });
});

describe('a ledger whose file goes away while it is in use', () => {
  test.each(['moved', 'replaced'])('%s: nothing more is claimed', async (how) => {
    await used(async (ledger) => {
      const { run, lock } = await prepare(ledger, [person(1, 1), person(2, 2)]);
      await rename(file, `${file}.away`);
      if (how === 'replaced') await writeFile(file, '');
      await refused(ledger.claim(run, lock, { items: 1, bytes: 1_000 }), 'ledger.replaced', 10);
      await rename(`${file}.away`, file);
      expect((await ledger.claim(run, lock, { items: 1, bytes: 1_000 })).claim).not.toBeNull();
    });
  });
});
