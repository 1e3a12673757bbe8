import {
  DeleteQueryNode,
  InsertQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  UpdateQueryNode,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely';
import { foreign, sqliteCode, unsafe } from '../errors.js';

/** What is used of `DatabaseSync`, the API of node:sqlite. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Statement {
  all(...parameters: readonly SqlValue[]): unknown[];
  get(...parameters: readonly SqlValue[]): unknown;
  run(...parameters: readonly SqlValue[]): { changes: number | bigint };
}

export type SqlValue = null | number | bigint | string;

interface Engine {
  readonly DatabaseSync: new (path: string | URL, options?: { readonly readOnly: boolean }) => Database;
}

/**
 * Opens a database file with what this Node has: its own node:sqlite, or where that is missing (Node 20) or hidden
 * behind a flag (22 before 22.13), the package of the same API.
 */
export async function openDatabase(path: string | URL, readOnly = false): Promise<Database> {
  const { DatabaseSync } = (await builtin()) ?? ((await import('@photostructure/sqlite')) satisfies Engine);
  return new DatabaseSync(path, { readOnly });
}

async function builtin(): Promise<Engine | null> {
  const name = 'node:sqlite' as string;
  try {
    return (await import(name)) as Engine;
  } catch {
    return null;
  }
}

const keptStatements = 200;

/** Kysely over one open database. Transactions are IMMEDIATE: one that has begun may write, and waiting happens at its start. */
export const dialectOf = (database: Database): Dialect => ({
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new OneConnection(database),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  createIntrospector: (db) => new SqliteIntrospector(db),
});

/** SQLite has one connection here; its users take turns. */
class OneConnection implements Driver {
  readonly #database: Database;
  readonly #connection: Connection;
  #turn: Promise<void> = Promise.resolve();
  #next: () => void = () => undefined;

  constructor(database: Database) {
    this.#database = database;
    this.#connection = new Connection(database);
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#turn;
    let done: () => void = () => undefined;
    this.#turn = new Promise((resolve) => (done = resolve));
    await before;
    this.#next = done;
    return this.#connection;
  }

  releaseConnection(): Promise<void> {
    this.#next();
    return Promise.resolve();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what SQLite throws must reject
  async beginTransaction(): Promise<void> {
    this.#database.exec('begin immediate');
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what SQLite throws must reject
  async commitTransaction(): Promise<void> {
    this.#database.exec('commit');
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what SQLite throws must reject
  async rollbackTransaction(): Promise<void> {
    try {
      this.#database.exec('rollback');
    } catch (error) {
      // After a full disk or a failed read SQLite has rolled back by itself, and says so with a plain error.
      if (sqliteCode(error) !== 1) throw error;
    }
  }

  destroy(): Promise<void> {
    emptySideFile(this.#database);
    this.#database.close();
    return Promise.resolve();
  }
}

class Connection implements DatabaseConnection {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what SQLite throws must reject
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const statement = this.#prepared(query.sql);
    const parameters = query.parameters as readonly SqlValue[];
    if (!onlyChanges(query)) return { rows: statement.all(...parameters) as R[] };
    return { rows: [], numAffectedRows: BigInt(statement.run(...parameters).changes) };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('The ledger reads pages; it keeps no cursor open.');
  }

  #prepared(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= keptStatements) this.#statements.clear();
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** A statement that returns no rows, and whose number of changes is wanted. */
function onlyChanges({ query }: CompiledQuery): boolean {
  if (InsertQueryNode.is(query) || UpdateQueryNode.is(query) || DeleteQueryNode.is(query))
    return query.returning === undefined;
  return false;
}

/** Marks a file as a salesq ledger; the letters SLSQ. */
export const applicationId = 0x534c5351;

/** SQLite blocks the whole process while it waits, so it waits shortly; the store waits on between tries. */
const busyMs = 15;

const pragma = (database: Database, name: string): unknown =>
  Object.values(database.prepare(`pragma ${name}`).get() as object)[0];

/** Throws `ledger.foreign` for a database of another program, before anything in it is changed. */
export function refuseForeignFile(database: Database, where: string): void {
  database.exec(`pragma busy_timeout = ${busyMs}`);
  const id = pragma(database, 'application_id');
  if (id !== applicationId && (id !== 0 || !holdsNothing(database))) throw foreign(where);
}

/** Whether there is not even a table. */
export function holdsNothing(database: Database): boolean {
  const { n } = database.prepare('select count(*) as n from sqlite_schema').get() as { n: number };
  return n === 0;
}

/** Every commit is on the disk before it returns. WAL comes first: switching to it resets `synchronous` in some builds. */
export function makeDurable(database: Database): void {
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  speedUp(database);
}

/** Nothing is kept: for a file that is thrown away. */
export function makeThrowaway(database: Database): void {
  database.exec('pragma journal_mode = memory');
  database.exec('pragma synchronous = off');
  speedUp(database);
}

/** A plan inserts into wide indexes in no order: they must fit the cache (KiB), and not be checkpointed too often. */
function speedUp(database: Database): void {
  database.exec('pragma foreign_keys = on');
  database.exec('pragma cache_size = -12288');
  database.exec('pragma wal_autocheckpoint = 8000');
  // Every update that reads a list has a table of its own for it: not worth a file.
  database.exec('pragma temp_store = memory');
}

/** Reads back what was asked for; to be called after the first write. Throws `ledger.unsafe`. */
export function checkDurable(database: Database, where: string): void {
  const journal = pragma(database, 'journal_mode');
  const synchronous = Number(pragma(database, 'synchronous'));
  if (journal !== 'wal' || synchronous < 2)
    throw unsafe(where, `journal ${String(journal)}, synchronous ${synchronous}`);
}

/**
 * Writes the side file's content into the file itself, which is then the whole ledger. SQLite does so itself when the last
 * connection closes, but the package's connections only close when their statements are garbage collected.
 */
export function emptySideFile(database: Database): void {
  try {
    database.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // Nothing is lost: the next one to open the ledger does it.
  }
}
