import { dirname, resolve } from 'node:path';
import { sql } from 'kysely';
import type { LedgerMark } from '../../core/ledger-admin.js';
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
import { notEmpty, placeTaken, withLedgerErrors } from '../errors.js';
import { migrate, readMark, setMark } from '../migrate.js';
import { connect, makeSchema } from '../postgres/open.js';
import {
  applicationId,
  emptySideFile,
  makeThrowaway,
  openDatabase,
  type Database,
} from '../sqlite/engine.js';
import { removeScratch } from '../sqlite/open.js';
import type { Db, World } from '../store.js';
import { tablesWithoutContacts, type Keeper } from './keeper.js';
import { PostgresKeeper } from './postgres.js';
import { keepSqlite, markOf, SqliteKeeper, storeOf } from './sqlite.js';

/** Where a ledger is copied to. */
export interface Target {
  /** Without credentials. */
  readonly where: string;
  /** All that `fill` writes becomes durable in one step, or nothing. Returns the size of a new file, null for a server. */
  load(fill: (keeper: Keeper, db: Db) => Promise<void>): Promise<number | null>;
  /** Gives the finished copy its mark; null: it may be used. */
  arrived(mark: LedgerMark | null): Promise<void>;
  close(): Promise<void>;
}

/** A target in a file that is not there yet, or that holds a copy which was not finished. Throws `ledger.exists` (exit 6). */
export async function fileTarget(path: string, world: World): Promise<Target> {
  const where = resolve(path);
  if ((await isThere(where)) && (await markOf(where, world))?.kind !== 'arriving')
    throw placeTaken(where, 'Name a file that is not there yet.');
  return {
    where,
    load: (fill) => intoFile(where, world, null, fill),
    arrived: async (mark) => {
      const keeper = await keepSqlite(where, world, true);
      try {
        await keeper.store.write(({ db }) => setMark(db, mark));
      } finally {
        await keeper.close();
      }
    },
    close: () => Promise.resolve(),
  };
}

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
    return await withLedgerErrors(path, async () => {
      await makePrivateFolder(dirname(target));
      await removeLeftovers(target, world.clock.now());
      const replace = await isThere(target);
      await createPrivate(beside);
      await write(path, beside, world, ddl, fill);
      const bytes = await syncFile(beside);
      await putInPlace(beside, target, replace).catch((error: unknown) => {
        if (systemCode(error) !== 'EEXIST') throw error;
        throw placeTaken(path, 'It was made meanwhile: name another file.');
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
    makeThrowaway(database);
    database.exec('pragma foreign_keys = off');
    database.exec('pragma cache_size = -65536');
    database.exec(`pragma application_id = ${applicationId}`);
    if (ddl === null) await migrate(store, () => Promise.resolve());
    else for (const statement of ddl) database.exec(statement);
    const indexes = dropIndexes(database);
    await store.write(({ db }) => fill(new SqliteKeeper(store, database), db));
    for (const statement of indexes) database.exec(statement);
    emptySideFile(database);
  } finally {
    await store.close();
  }
}

/** Drops the indexes, which are made much faster when all rows are there. Returns the statements that make them. */
function dropIndexes(database: Database): string[] {
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

/**
 * A target in a database on a server that has no ledger, an empty one, or a copy which was not finished.
 * @throws UserError `ledger.not-empty` (exit 6), and those of `openPostgres`
 */
export async function serverTarget(url: string, world: World): Promise<Target> {
  const connected = await connect(url, world);
  const { store, address, facts } = connected;
  const keeper = new PostgresKeeper(connected);
  return {
    where: store.where,
    load: async (fill) => {
      await makeSchema(store, address, facts);
      await keeper.withoutOtherWriters(async ({ db }) => {
        await mustBeEmpty(keeper, db);
        await fill(keeper, db);
      });
      return null;
    },
    arrived: (mark) => store.write(({ db }) => setMark(db, mark), { repeatable: true }),
    close: () => store.close(),
  };
}

async function mustBeEmpty(keeper: PostgresKeeper, db: Db): Promise<void> {
  const mark = await readMark(db);
  if (mark?.kind === 'arriving') return;
  for (const { name } of await keeper.tables(db)) {
    if (tablesWithoutContacts.has(name)) continue;
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(db);
    if (rows.length > 0 || mark !== null) throw notEmpty(keeper.store.where);
  }
}
