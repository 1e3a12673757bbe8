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
import { sqliteCode } from '../errors.js';
import type { Database, SqlValue, Statement } from './engine.js';
import { bringHome } from './pragmas.js';

const keptStatements = 200;

/** Kysely over one open database. Transactions are IMMEDIATE: whoever begins one may write, or waits at its start. */
export const dialectOf = (database: Database): Dialect => ({
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new OneConnection(database),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  createIntrospector: (db) => new SqliteIntrospector(db),
});

/** SQLite has one connection here; who wants it waits for its turn. */
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
    bringHome(this.#database);
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
