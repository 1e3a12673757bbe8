import { dirname, resolve } from 'node:path';
import { sql } from 'kysely';
import { systemCode } from '../../core/errors.js';
import {
  besideOf,
  createPrivate,
  lookAt,
  makePrivateFolder,
  putInPlace,
  removeLeftovers,
  syncFile,
} from '../../files.js';
import { ledgerError } from '../errors.js';
import { migrate } from '../migrate.js';
import { openDatabase, type Database } from '../sqlite/engine.js';
import { removeScratch } from '../sqlite/file.js';
import { applicationId, bringHome, makeFleeting } from '../sqlite/pragmas.js';
import type { Db, World } from '../store.js';
import { exists } from './errors.js';
import { SqliteKeeper, storeOf } from './sqlite.js';

/**
 * Makes a ledger in a new file: it is written beside its place, synced, and appears under its name whole or not at all.
 * Readable by its owner only. A file that has the name at the beginning is replaced; one that appears meanwhile is not.
 * @param ddl statements that make its tables; null for those of the schema this program knows
 * @returns the size of the file
 * @throws UserError `ledger.exists` (exit 6)
 */
export async function intoFile(
  path: string,
  world: World,
  ddl: readonly string[] | null,
  fill: (keeper: SqliteKeeper, db: Db) => Promise<void>,
): Promise<number> {
  const target = resolve(path);
  const beside = besideOf(target);
  try {
    return await inWords(path, async () => {
      await makePrivateFolder(dirname(target));
      await removeLeftovers(target, world.clock.now());
      const replace = await isThere(target);
      await createPrivate(beside);
      await write(path, beside, world, ddl, fill);
      const bytes = await syncFile(beside);
      await putInPlace(beside, target, replace).catch((error: unknown) => {
        if (systemCode(error) !== 'EEXIST') throw error;
        throw exists(path, 'It was made meanwhile: name another file.');
      });
      return bytes;
    });
  } finally {
    await removeScratch(beside);
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

/** The statements that made a ledger's tables and indexes, in the order they must be made again. */
export async function ddlOf({ store }: SqliteKeeper): Promise<string[]> {
  const { rows } = await store.read((db) =>
    sql<{ sql: string }>`select sql from sqlite_schema where type in ('table', 'index') and sql is not null
      order by type = 'index', rowid`.execute(db),
  );
  return rows.map((row) => row.sql);
}

export const isThere = async (path: string): Promise<boolean> => (await lookAt(path)) !== null;

/** The new file is named, not its temporary one. */
async function inWords<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw ledgerError(error, path, 'open');
  }
}
