import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Kysely, sql, type AliasedRawBuilder } from 'kysely';
import {
  countNames,
  createPrivate,
  makePrivateFolder,
  openOrCreatePrivate,
  removeFile,
  sizeOf,
  syncFolder,
} from '../../files.js';
import { emptied, hardLinked, replaced, withLedgerErrors } from '../errors.js';
import type { Columns, Flavour } from '../flavour.js';
import { GroupCommit, Store, type World } from '../store.js';
import { migrate, noteOpening } from '../migrate.js';
import type { Schema } from '../schema.js';
import {
  applicationId,
  checkDurable,
  dialectOf,
  holdsNothing,
  makeDurable,
  makeThrowaway,
  openDatabase,
  refuseForeignFile,
  type Database,
} from './engine.js';
import { writeJson } from '../../core/json.js';

/** An opened file, and the connection under it, for questions that SQL has no words for. */
export interface Opened {
  readonly store: Store;
  readonly database: Database;
  /** True where this call, or another one at the same moment, made the file. */
  readonly made: boolean;
}

/** Opens a ledger in a file, making it if it is not there. Throws the UserErrors of `errors.ts`. */
export async function openSqlite(path: string, world: World, scratch = false): Promise<Opened> {
  let made = false;
  const database = await withLedgerErrors(path, async () => {
    if (scratch) await makeScratch(path);
    else made = await makeFile(path);
    await refuseHardLinks(path);
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
    store.mustBeInPlace = watchPlace(path);
  }
  store.phase = 'use';
  return { store, database, made };
}

async function prepare(store: Store, database: Database, scratch: boolean): Promise<void> {
  await store.withRetry(async () => {
    refuseForeignFile(database, store.where);
    if (!scratch) await refuseEmptied(database, store.where);
    if (scratch) makeThrowaway(database);
    else makeDurable(database);
  });
  await migrate(store, async ({ db }) => {
    await sql.raw(`pragma application_id = ${applicationId}`).execute(db);
  });
  await noteOpening(store);
  if (!scratch) checkDurable(database, store.where);
}

/** Stands beside a file that is being made: without it, an empty file is one that lost its content. */
const makingMark = (path: string): string => `${path}-new`;

/** What SQLite lays beside a file, and the file itself. */
const ends = ['', '-journal', '-wal', '-shm'] as const;

/**
 * Makes the file if it is not there: readable by its owner only (SQLite gives its side files the same mode), in a
 * folder only the owner may enter, both known to the disk before the first row is. Throws `ledger.corrupt` for a file
 * that is there and empty.
 * @returns whether the ledger is new
 */
async function makeFile(path: string): Promise<boolean> {
  const folder = dirname(resolve(path));
  await makePrivateFolder(folder);
  if ((await sizeOf(path)) === null) {
    await openOrCreatePrivate(makingMark(path));
    await syncFolder(folder);
  }
  if ((await openOrCreatePrivate(path)) > 0) return false;
  // In this order: the process that makes the file removes the mark after its first commit.
  if ((await sizeOf(makingMark(path))) === null && (await sizeOf(path)) === 0) throw emptied(path);
  await syncFolder(folder);
  return true;
}

/** The file holds its first commit: from now on it is never empty again. */
const endMaking = (path: string): Promise<void> => removeFile(makingMark(path));

/** Throws `ledger.corrupt` (exit 6) for a file without a table that nobody is making: all that was in it is lost. */
export async function refuseEmptied(database: Database, path: string): Promise<void> {
  // In this order: the process that makes the file removes the mark after its first commit.
  const isBeingMade = (await sizeOf(makingMark(path))) !== null;
  if (!isBeingMade && holdsNothing(database)) throw emptied(path);
}

/** Throws `ledger.hard-link` (exit 6) for a file that has another name. */
export async function refuseHardLinks(path: string): Promise<void> {
  const names = await countNames(path);
  if (names > 1) throw hardLinked(path, names);
}

/** Makes a file that was not there; a file that is there may be a ledger, and is not touched. */
async function makeScratch(path: string): Promise<void> {
  await makePrivateFolder(dirname(resolve(path)));
  await createPrivate(path);
}

/** Deletes a file and what SQLite laid beside it. */
export async function removeScratch(path: string): Promise<void> {
  for (const end of ends) await removeFile(path + end);
}

/** Tells, from now on, whether the path still names the file that is there now. */
function watchPlace(path: string): () => void {
  const place = resolve(path);
  const identity = (): string | null => {
    const found = statSync(place, { throwIfNoEntry: false, bigint: true });
    return found ? `${found.dev} ${found.ino}` : null;
  };
  const opened = identity();
  return () => {
    if (identity() !== opened) throw replaced(path);
  };
}

/** One writer at a time: who writes is alone. SQLite reads records from one JSON text; a lone array per record is what it unpacks fastest. */
export const sqliteFlavour: Flavour = {
  identity: 'integer primary key',
  translate: (statements) => statements,
  table<T>(columns: Columns<T>, records: readonly T[]): AliasedRawBuilder<T, 't'> {
    return this.encoded(columns, this.encode(columns, records));
  },
  encoded<T>(columns: Columns<T>, text: string): AliasedRawBuilder<T, 't'> {
    const names = Object.keys(columns);
    const cells = names.map((name, i) => {
      const cell = names.length === 1 ? sql`value` : sql`json_extract(value, ${sql.lit(`$[${i}]`)})`;
      return sql`${cell} as ${sql.ref(name)}`;
    });
    return sql<T>`(select ${sql.join(cells)} from json_each(${text}))`.as('t');
  },
  encode<T>(columns: Columns<T>, records: readonly T[]): string {
    const names = Object.keys(columns) as (keyof T & string)[];
    const [only] = names;
    if (only !== undefined && names.length === 1) return writeJson(records.map((record) => record[only]));
    return writeJson(records.map((record) => names.map((name) => record[name])));
  },
  enter: (_db, _gates, clock) => Promise.resolve(clock.now()),
  pass: () => Promise.resolve(),
  now: (_db, clock) => Promise.resolve(clock.now()),
  hold: (query) => query,
};
