import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Kysely, sql, type RawBuilder } from 'kysely';
import type { LedgerFinding, LedgerMark } from '../../core/ledger-admin.js';
import { countNames } from '../../files.js';
import { ledgerError, missing, movedText } from '../errors.js';
import { migrate, readMark } from '../migrate.js';
import type { Schema } from '../schema.js';
import {
  applicationId,
  type Database,
  dialectOf,
  makeDurable,
  openDatabase,
  refuseForeignFile,
} from '../sqlite/engine.js';
import { refuseEmptied, refuseHardLinks, sqliteFlavour } from '../sqlite/open.js';
import { Store, type Db, type Tx, type World } from '../store.js';
import { inOrder, type Keeper, type Soundness, type TableColumn, type TableShape } from './keeper.js';

/** Most findings of damage that are listed. */
const mostFindings = 100;

/**
 * Opens a ledger's file without changing it.
 * @param write whether it will be changed later on
 * @throws UserError `ledger.missing`, `ledger.foreign`, `ledger.corrupt`, `ledger.read-only` (exit 6); `ledger.hard-link`
 * where it is to be written
 */
export async function keepSqlite(path: string, world: World, write: boolean): Promise<SqliteKeeper> {
  await mustBeFile(path);
  if (write) await refuseHardLinks(path);
  try {
    return await opened(path, resolve(path), world, write);
  } catch (error) {
    if (write || (error as { code?: unknown }).code !== 'ledger.read-only') throw error;
    if (await hasSideFile(path)) throw error;
    return opened(path, unchanging(path), world, false);
  }
}

/** The file as one that is never written: SQLite makes no files beside it. For a place where nobody can write. */
function unchanging(path: string): URL {
  const url = pathToFileURL(resolve(path));
  url.searchParams.set('immutable', '1');
  return url;
}

const hasSideFile = (path: string): Promise<boolean> =>
  stat(`${path}-wal`).then(
    ({ size }) => size > 0,
    () => false,
  );

async function opened(path: string, at: string | URL, world: World, write: boolean): Promise<SqliteKeeper> {
  const database = await openDatabase(at, !write).catch((error: unknown) => {
    throw ledgerError(error, path, 'open');
  });
  const store = storeOf(path, database, world);
  try {
    await store.withRetry(async () => {
      refuseForeignFile(database, path);
      await refuseEmptied(database, path);
      if (write) makeDurable(database);
      else database.exec('pragma synchronous = full');
    });
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
  return new SqliteKeeper(store, database, at instanceof URL);
}

/** The mark of a file that is there; null where it is in use, or no ledger at all. */
export async function markOf(path: string, world: World): Promise<LedgerMark | null> {
  const keeper = await keepSqlite(path, world, false).catch(() => null);
  if (keeper === null) return null;
  try {
    return (await keeper.objects()).has('meta') ? await keeper.store.read(readMark) : null;
  } finally {
    await keeper.close();
  }
}

export const storeOf = (path: string, database: Database, world: World): Store =>
  new Store(path, new Kysely<Schema>({ dialect: dialectOf(database) }), sqliteFlavour, world, () =>
    Promise.resolve(),
  );

async function mustBeFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? missing(path) : ledgerError(error, path, 'open');
  });
  if (found.isDirectory()) throw ledgerError({ code: 'EISDIR' }, path, 'open');
}

export class SqliteKeeper implements Keeper {
  readonly engine = 'sqlite';
  readonly explicitNumbers = sql``;

  constructor(
    readonly store: Store,
    readonly database: Database,
    /** Whether it is in a place where nobody can write: the engine does not tell the journal then. */
    private readonly unwritable = false,
  ) {}

  version(): Promise<string> {
    return this.#one('select sqlite_version()');
  }

  async durability(): Promise<Record<string, string>> {
    const names = ['off', 'normal', 'full', 'extra'];
    const synchronous = await this.#one('pragma synchronous');
    return {
      journal_mode: this.unwritable
        ? 'not told of a read-only place'
        : await this.#one('pragma journal_mode'),
      synchronous: names[Number(synchronous)] ?? synchronous,
    };
  }

  async bytes(): Promise<number> {
    const sizes = await Promise.all(
      ['', '-wal'].map((end) =>
        stat(this.store.where + end).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  names(): Promise<number> {
    return countNames(this.store.where);
  }

  async soundness(): Promise<Soundness> {
    const damage = await this.#rowsOf<{ integrity_check: string }>(
      sql`pragma integrity_check(${sql.lit(mostFindings)})`,
    );
    const findings: LedgerFinding[] = damage
      .map(({ integrity_check }) => integrity_check)
      .filter((text) => text !== 'ok')
      .map((text) => damaged(withoutValues(text)));
    const orphans = await this.#rowsOf<{ table: string; parent: string }>(sql`pragma foreign_key_check`);
    for (const { table, parent } of orphans.slice(0, mostFindings)) {
      const message = `A record of table ${table} belongs to none of table ${parent}.`;
      findings.push({ code: 'check.orphan', run: null, row: null, message });
    }
    const unreadable = damage.length === 0 ? [damaged('The file cannot be read to its end.')] : [];
    return {
      checked: ['integrity_check', 'foreign_key_check'],
      skipped: [],
      findings: [...unreadable, ...findings],
    };
  }

  /** The rows of a pragma; none where the damage keeps it from being run. */
  async #rowsOf<T>(pragma: RawBuilder<T>): Promise<readonly T[]> {
    try {
      return (await this.store.read((db) => pragma.execute(db))).rows;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ledger.corrupt') throw error;
      return [];
    }
  }

  async objects(): Promise<ReadonlySet<string>> {
    const { rows } = await this.store.read((db) =>
      sql<{ name: string }>`select name from sqlite_schema where type in ('table', 'index')`.execute(db),
    );
    return new Set(rows.map(({ name }) => name));
  }

  async tables(db: Db): Promise<TableShape[]> {
    const { rows } = await sql<{ name: string; column: string; type: string; pk: number }>`
      select t.name, c.name as "column", c.type, c.pk from sqlite_schema t, pragma_table_info(t.name) c
      where t.type = 'table' and t.name not like 'sqlite\\_%' escape '\\' order by t.name, c.name`.execute(
      db,
    );
    const shapes = new Map<string, { columns: TableColumn[]; key: [number, string][] }>();
    for (const { name, column, type, pk } of rows) {
      const shape = shapes.get(name) ?? { columns: [], key: [] };
      shapes.set(name, shape);
      shape.columns.push({ name: column, type: /int/i.test(type) ? 'integer' : 'text' });
      if (pk > 0) shape.key.push([pk, column]);
    }
    return inOrder(
      [...shapes].map(([name, { columns, key }]) => ({
        name,
        columns,
        key: key.sort(([a], [b]) => a - b).map(([, column]) => column),
      })),
    );
  }

  ordered(column: TableColumn) {
    return sql.ref(column.name);
  }

  snapshot<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return this.store.read(async (db) => {
      this.database.exec('begin');
      try {
        return await work(db);
      } finally {
        this.database.exec('rollback');
      }
    });
  }

  withoutOtherWriters<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.store.write(work);
  }

  async refuseWrites(db: Db, tables: readonly TableShape[]): Promise<void> {
    await this.allowWrites(db, tables);
    for (const { table, change, trigger } of triggersOf(tables)) {
      await sql`create trigger ${trigger} before ${sql.raw(change)} on ${sql.table(table)}
        begin select raise(abort, ${sql.lit(movedText)}); end`.execute(db);
    }
  }

  async allowWrites(db: Db, tables: readonly TableShape[]): Promise<void> {
    for (const { trigger } of triggersOf(tables)) await sql`drop trigger if exists ${trigger}`.execute(db);
  }

  continueNumbering(): Promise<void> {
    return Promise.resolve();
  }

  updateSchema(): Promise<void> {
    return migrate(this.store, async ({ db }) => {
      await sql.raw(`pragma application_id = ${applicationId}`).execute(db);
    });
  }

  beforePurge(): Promise<void> {
    this.database.exec('pragma secure_delete = on');
    return Promise.resolve();
  }

  async afterPurge(): Promise<void> {
    await this.store.read((db) => sql`pragma wal_checkpoint(truncate)`.execute(db));
  }

  close(): Promise<void> {
    return this.store.close();
  }

  async #one(statement: string): Promise<string> {
    const { rows } = await this.store.read((db) => sql.raw<Record<string, unknown>>(statement).execute(db));
    return String(Object.values(rows[0] ?? {})[0]);
  }
}

const triggersOf = (tables: readonly TableShape[]) =>
  tables.flatMap(({ name }) =>
    ['insert', 'update', 'delete'].map((change) => ({
      table: name,
      change,
      trigger: sql.ref(`moved_${name}_${change}`),
    })),
  );

const damaged = (message: string): LedgerFinding => ({
  code: 'check.damaged',
  run: null,
  row: null,
  message,
});

/** SQLite names tables, indexes, pages and row ids; what stands in quotes may be a value. */
const withoutValues = (text: string): string => text.replace(/'[^']*'/g, '…').slice(0, 300);
