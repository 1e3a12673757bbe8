import { resolve } from 'node:path';
import { Kysely, sql } from 'kysely';
import { ledgerError } from '../errors.js';
import { GroupCommit } from '../group.js';
import { migrate, noteOpening } from '../migrate.js';
import type { Schema } from '../schema.js';
import { Store, type World } from '../store.js';
import { dialectOf } from './dialect.js';
import { openDatabase, type Database } from './engine.js';
import { endMaking, makeFile, makeScratch, removeScratch, watchPlace } from './file.js';
import { sqliteFlavour } from './flavour.js';
import { applicationId, checkDurable, makeDurable, makeFleeting, recognise } from './pragmas.js';

/** An opened file, and the connection under it for whoever must ask it what SQL cannot tell. */
export interface Opened {
  readonly store: Store;
  readonly database: Database;
  /** True where this call, or another one at the same moment, made the file. */
  readonly made: boolean;
}

/** Opens a ledger in a file, making it if it is not there. Throws the UserErrors of `errors.ts`. */
export async function openSqlite(path: string, world: World, scratch = false): Promise<Opened> {
  let made = false;
  const database = await inWords(path, async () => {
    if (scratch) await makeScratch(path);
    else made = await makeFile(path);
    return openDatabase(resolve(path));
  });
  const db = new Kysely<Schema>({ dialect: dialectOf(database) });
  const dispose = async (): Promise<void> => (scratch ? removeScratch(path) : undefined);
  const store = new Store(path, db, sqliteFlavour, world, dispose);
  try {
    await prepare(store, database, scratch);
    if (!scratch) await endMaking(path);
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
  if (!scratch) {
    store.group = new GroupCommit(db);
    store.stillThere = watchPlace(path);
  }
  store.phase = 'use';
  return { store, database, made };
}

async function prepare(store: Store, database: Database, scratch: boolean): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/require-await -- what SQLite throws must reject
  await store.patiently(async () => {
    recognise(database, store.where);
    if (scratch) makeFleeting(database);
    else makeDurable(database);
  });
  await migrate(store, async ({ db }) => {
    await sql.raw(`pragma application_id = ${applicationId}`).execute(db);
  });
  await noteOpening(store);
  if (!scratch) checkDurable(database, store.where);
}

async function inWords<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw ledgerError(error, path, 'open');
  }
}
