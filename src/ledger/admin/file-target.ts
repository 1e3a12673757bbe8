import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { sql } from 'kysely';
import { ledgerError } from '../errors.js';
import { migrate } from '../migrate.js';
import { openDatabase, type Database } from '../sqlite/engine.js';
import { syncFolder } from '../sqlite/file.js';
import { applicationId, bringHome, makeFleeting } from '../sqlite/pragmas.js';
import type { Db, World } from '../store.js';
import { SqliteKeeper, storeOf } from './sqlite.js';

/**
 * Makes a ledger in a new file: it is written beside its place, synced, and appears under its name whole or not at all.
 * Readable by its owner only.
 * @param ddl statements that make its tables; null for those of the schema this program knows
 * @returns the size of the file
 */
export async function intoFile(
  path: string,
  world: World,
  ddl: readonly string[] | null,
  fill: (keeper: SqliteKeeper, db: Db) => Promise<void>,
): Promise<number> {
  const target = resolve(path);
  const beside = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    return await inWords(path, async () => {
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await removeLeft(target, world.clock.now());
      await (await open(beside, 'wx', 0o600)).close();
      await write(path, beside, world, ddl, fill);
      const bytes = await synced(beside);
      await rename(beside, target);
      await syncFolder(dirname(target));
      return bytes;
    });
  } finally {
    for (const end of ['', '-journal', '-wal', '-shm']) await rm(beside + end, { force: true });
  }
}

/** A copy that was not written to for so long is of a process that was cut off; ms. */
const leftMs = 600_000;

/** Deletes what copies to the same place left behind when they were cut off. */
async function removeLeft(target: string, now: number): Promise<void> {
  const folder = dirname(target);
  const start = `.${basename(target)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(start) || !/^[0-9a-f]{12}\.tmp/.test(name.slice(start.length))) continue;
    const file = join(folder, name);
    const found = await stat(file).catch(() => null);
    if (found !== null && now - found.mtimeMs > leftMs) await rm(file, { force: true });
  }
}

async function write(
  path: string,
  beside: string,
  world: World,
  ddl: readonly string[] | null,
  fill: (keeper: SqliteKeeper, db: Db) => Promise<void>,
): Promise<void> {
  const database = await openDatabase(beside);
  const store = storeOf(path, database, world);
  try {
    makeFleeting(database);
    database.exec('pragma foreign_keys = off');
    database.exec('pragma cache_size = -65536');
    database.exec(`pragma application_id = ${applicationId}`);
    if (ddl === null) await migrate(store, () => Promise.resolve());
    else for (const statement of ddl) database.exec(statement);
    const indexes = setAside(database);
    await store.write(({ db }) => fill(new SqliteKeeper(store, database), db));
    for (const statement of indexes) database.exec(statement);
    bringHome(database);
  } finally {
    await store.close();
  }
}

/** Drops the indexes, which are made much faster when all rows are there. Returns the statements that make them. */
function setAside(database: Database): string[] {
  const found = database
    .prepare(`select name, sql from sqlite_schema where type = 'index' and sql is not null order by rowid`)
    .all() as { readonly name: string; readonly sql: string }[];
  for (const { name } of found) database.exec(`drop index "${name}"`);
  return found.map((index) => index.sql);
}

async function synced(path: string): Promise<number> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** The statements that made a ledger's tables and indexes, in the order they must be made again. */
export async function ddlOf({ store }: SqliteKeeper): Promise<string[]> {
  const { rows } = await store.read((db) =>
    sql<{ sql: string }>`select sql from sqlite_schema where type in ('table', 'index') and sql is not null
      order by type = 'index', rowid`.execute(db),
  );
  return rows.map((row) => row.sql);
}

export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The new file is named, not its temporary one. */
async function inWords<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw ledgerError(error, path, 'open');
  }
}
