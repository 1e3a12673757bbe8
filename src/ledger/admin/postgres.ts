import { sql } from 'kysely';
import type { LedgerFinding } from '../../core/ledger-admin.js';
import { sqlState } from '../postgres/errors.js';
import { connect, makeSchema, type Connected } from '../postgres/open.js';
import type { Db, Store, Tx, World } from '../store.js';
import { missing, movedState, movedText } from '../errors.js';
import { inOrder, type Keeper, type Soundness, type TableColumn, type TableShape } from './keeper.js';

/**
 * Opens a ledger on a server without changing it.
 * @throws UserError `ledger.missing` (exit 6) where there is none, and those of `connect`
 */
export async function keepPostgres(url: string, world: World): Promise<PostgresKeeper> {
  const connected = await connect(url, world);
  if (connected.facts.ours) return new PostgresKeeper(connected);
  await connected.store.close();
  throw missing(connected.store.where);
}

/** Long work must not be cut off because the other side of a copy takes its time. */
const withoutIdleTimeout = 'set local idle_in_transaction_session_timeout = 0';

export class PostgresKeeper implements Keeper {
  readonly engine = 'postgresql';
  readonly explicitNumbers = sql`overriding system value`;
  readonly store: Store;
  readonly #connected: Connected;

  constructor(connected: Connected) {
    this.store = connected.store;
    this.#connected = connected;
  }

  async version(): Promise<string> {
    return (await this.#one<{ version: string }>(`select current_setting('server_version') as version`))
      .version;
  }

  durability(): Promise<Record<string, string>> {
    return this.#one(`select current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as synchronous_commit,
      current_setting('full_page_writes') as full_page_writes`);
  }

  async bytes(): Promise<number> {
    const { bytes } = await this.#one<{ bytes: number }>(`
      select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint as bytes from pg_class
      where relnamespace = current_schema()::regnamespace and relkind = 'r'`);
    return Number(bytes);
  }

  names(): Promise<number> {
    return Promise.resolve(1);
  }

  /** The server checks its own pages when it reads them, if told to; indexes can be asked with the extension amcheck. */
  async soundness(): Promise<Soundness> {
    const { checksums, failures, amcheck } = await this.#one<{
      checksums: string;
      failures: number;
      amcheck: number;
    }>(`select current_setting('data_checksums') as checksums,
      coalesce((select checksum_failures from pg_stat_database where datname = current_database()), 0) as failures,
      (select count(*) from pg_extension where extname = 'amcheck') as amcheck`);
    const findings: LedgerFinding[] = [];
    const checked = ['foreign keys (by the server)'];
    const skipped: string[] = [];
    if (checksums === 'on') checked.push('data_checksums');
    else skipped.push('pages: the server keeps no checksums (data_checksums = off)');
    if (Number(failures) > 0)
      findings.push(damage(`The server found ${failures} damaged pages in this database.`));
    if (Number(amcheck) > 0) {
      checked.push('amcheck');
      findings.push(...(await this.#askIndexes()));
    } else skipped.push('indexes against tables: CREATE EXTENSION amcheck makes it possible');
    return { checked, skipped, findings };
  }

  async #askIndexes(): Promise<LedgerFinding[]> {
    const { rows } = await this.store.read((db) =>
      sql<{ oid: number; name: string }>`select i.indexrelid::bigint as oid, c.relname as name
        from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
        where c.relnamespace = current_schema()::regnamespace and m.amname = 'btree' order by c.relname`.execute(
        db,
      ),
    );
    const findings: LedgerFinding[] = [];
    for (const { oid, name } of rows) {
      const state = await this.#amcheck(oid);
      if (state !== null) findings.push(damage(`The index ${name} is damaged (SQLSTATE ${state}).`));
    }
    return findings;
  }

  async #amcheck(oid: number): Promise<string | null> {
    try {
      await this.store.read((db) =>
        sql.raw(`select bt_index_check(${oid}::oid::regclass, true)`).execute(db),
      );
      return null;
    } catch (error) {
      const state = sqlState(error);
      if (state === null || !state.startsWith('XX')) throw error;
      return state;
    }
  }

  async objects(): Promise<ReadonlySet<string>> {
    const { rows } = await this.store.read((db) =>
      sql<{ name: string }>`select c.relname as name from pg_class c
        left join pg_index i on i.indexrelid = c.oid
        where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'i')
          and coalesce(i.indisvalid and i.indisready, true)`.execute(db),
    );
    return new Set(rows.map(({ name }) => name));
  }

  async tables(db: Db): Promise<TableShape[]> {
    const { rows } = await sql<{ name: string; columns: string[]; types: string[]; key: string[] | null }>`
      select c.relname as name,
        array_agg(a.attname::text order by a.attname collate "C") as columns,
        array_agg(format_type(a.atttypid, null) order by a.attname collate "C") as types,
        (array_agg(a.attname::text order by array_position(i.indkey::int2[], a.attnum))
          filter (where a.attnum = any (i.indkey::int2[]))) as key
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_index i on i.indrelid = c.oid and i.indisprimary
      where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
      group by c.relname`.execute(db);
    return inOrder(
      rows.map(({ name, columns, types, key }) => ({
        name,
        columns: columns.map((column, at) => ({
          name: column,
          type: /int/.test(types[at] ?? '') ? 'integer' : 'text',
        })),
        key: key ?? [],
      })),
    );
  }

  ordered({ name, type }: TableColumn) {
    return type === 'text' ? sql`${sql.ref(name)} collate "C"` : sql.ref(name);
  }

  snapshot<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return this.store.read((db) =>
      db.transaction().execute(async (transaction) => {
        await sql.raw('set transaction isolation level repeatable read, read only').execute(transaction);
        await sql.raw(withoutIdleTimeout).execute(transaction);
        return work(transaction);
      }),
    );
  }

  withoutOtherWriters<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.store.write(async (tx) => {
      await sql.raw(withoutIdleTimeout).execute(tx.db);
      const tables = (await this.tables(tx.db)).map(({ name }) => sql.table(name));
      await sql`lock table ${sql.join(tables)} in share row exclusive mode`.execute(tx.db);
      return work(tx);
    });
  }

  async refuseWrites(db: Db, tables: readonly TableShape[]): Promise<void> {
    await this.allowWrites(db, tables);
    await sql
      .raw(
        `create or replace function moved() returns trigger language plpgsql as $$
          begin raise exception '${movedText}' using errcode = '${movedState}'; end $$`,
      )
      .execute(db);
    for (const { name } of tables)
      await sql`create trigger moved before insert or update or delete or truncate on ${sql.table(name)}
        for each statement execute function moved()`.execute(db);
  }

  async allowWrites(db: Db, tables: readonly TableShape[]): Promise<void> {
    for (const { name } of tables) await sql`drop trigger if exists moved on ${sql.table(name)}`.execute(db);
  }

  async continueNumbering(db: Db, tables: readonly TableShape[]): Promise<void> {
    for (const { name, columns } of tables) {
      if (!columns.some((column) => column.name === 'no')) continue;
      const sequence = sql`pg_get_serial_sequence(quote_ident(current_schema()) || '.' || quote_ident(${name}), 'no')`;
      await sql`select setval(${sequence}, coalesce(max(no), 1), max(no) is not null)
        from ${sql.table(name)}`.execute(db);
    }
  }

  updateSchema(): Promise<void> {
    const { address, facts } = this.#connected;
    return makeSchema(this.store, address, facts);
  }

  beforePurge(): Promise<void> {
    return Promise.resolve();
  }

  /** Old row versions stay in the table until it is vacuumed. Where that fails, autovacuum does it later. */
  async afterPurge(): Promise<void> {
    for (const table of ['rows', 'numbers', 'events', 'keepsakes', 'deliveries'])
      await this.store.read((db) => sql`vacuum ${sql.table(table)}`.execute(db)).catch(() => undefined);
  }

  close(): Promise<void> {
    return this.store.close();
  }

  async #one<T>(statement: string): Promise<T> {
    const { rows } = await this.store.read((db) => sql.raw<T>(statement).execute(db));
    const [first] = rows;
    if (first === undefined) throw new Error('The server told nothing.');
    return first;
  }
}

const damage = (message: string): LedgerFinding => ({ code: 'check.damaged', run: null, row: null, message });
