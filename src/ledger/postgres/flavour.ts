import { sql, type AliasedRawBuilder, type Kysely, type SelectQueryBuilder } from 'kysely';
import type { Clock } from '../../core/clock.js';
import { Exit, UserError } from '../../core/errors.js';
import { storableText, type Columns, type Flavour, type Gate } from '../flavour.js';
import type { Schema } from '../schema.js';
import { lockNumber, searchPath, type Address } from './address.js';
import { pooled } from './errors.js';
import { writeJson } from '../../core/json.js';

/** Whose clock counts. Machines differ in theirs, so the server's does; a test may set its own. */
export type TimeOf = 'server' | 'world';

const serverNow = `floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/**
 * PostgreSQL. Transactions are READ COMMITTED: a statement after a gate sees all that was committed by those who passed it
 * before, which at a stricter level it would not, its snapshot being older than its waiting.
 */
export const postgresFlavour = (address: Address, timeOf: TimeOf): Flavour => ({
  identity: 'bigint generated always as identity primary key',

  /** Texts are compared byte by byte, as SQLite does: pages and prefixes rely on one order everywhere. */
  translate: (statements) => [
    statements
      .join(';\n')
      .replace(/\btext\b/g, 'text collate "C"')
      .replace(/ without rowid\b/g, ''),
  ],

  table<T>(columns: Columns<T>, records: readonly T[]): AliasedRawBuilder<T, 't'> {
    return this.encoded(columns, this.encode(columns, records));
  },

  encoded<T>(columns: Columns<T>, text: string): AliasedRawBuilder<T, 't'> {
    const names = Object.keys(columns) as (keyof T & string)[];
    const types = { integer: sql`bigint`, text: sql`text` };
    const cells = names.map((name) => sql`${sql.ref(name)} ${types[columns[name]]}`);
    return sql<T>`json_to_recordset(${text}::json)`.as<'t'>(sql`t(${sql.join(cells)})`);
  },

  encode<T>(columns: Columns<T>, records: readonly T[]): string {
    const names = Object.keys(columns) as (keyof T & string)[];
    return writeJson(records.map((record) => pick(names, record)));
  },

  async enter(db: Kysely<Schema>, gates: readonly Gate[], clock: Clock): Promise<number> {
    const waits = gates.map((gate) => `${gateSql(address.schema, gate)}, `).join('');
    const found = await sql
      .raw<Safety & { now: number }>(`select ${waits}${safetyColumns}, ${serverNow} as now`)
      .execute(db);
    const [told] = found.rows;
    mustBeSafe(told, address);
    return timeOf === 'server' ? told.now : clock.now();
  },

  async pass(db: Kysely<Schema>, gate: Gate): Promise<void> {
    await sql.raw(`select ${gateSql(address.schema, gate)}`).execute(db);
  },

  async now(db: Kysely<Schema>, clock: Clock): Promise<number> {
    if (timeOf === 'world') return clock.now();
    const { rows } = await sql.raw<{ now: number }>(`select ${serverNow} as now`).execute(db);
    return rows[0]?.now ?? clock.now();
  },

  hold<DB, TB extends keyof DB, O>(
    query: SelectQueryBuilder<DB, TB, O>,
    how: 'share' | 'alone' | 'free',
  ): SelectQueryBuilder<DB, TB, O> {
    if (how === 'share') return query.forShare();
    return how === 'alone' ? query.forUpdate() : query.forUpdate().skipLocked();
  },
});

const gateSql = (schema: string, { name, shared }: Gate): string =>
  `pg_advisory_xact_lock${shared ? '_shared' : ''}(${lockNumber(schema, name)})`;

function pick<T>(names: readonly (keyof T & string)[], record: T): Record<string, unknown> {
  const cells: Record<string, unknown> = {};
  for (const name of names) {
    const value: unknown = record[name];
    cells[name] = typeof value === 'string' ? storableText(value) : value;
  }
  return cells;
}

/** What a session tells of itself at the start of each transaction. */
interface Safety {
  /** Number of the transaction; null where it may not write. */
  readonly xid: string | null;
  readonly read_only: string;
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
  /** Where names without a schema are looked for. */
  readonly search_path: string;
}

const safetyColumns = `
  case when current_setting('transaction_read_only') = 'off' then pg_current_xact_id()::text end as xid,
  current_setting('transaction_read_only') as read_only, current_setting('fsync') as fsync,
  current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit, current_setting('search_path') as search_path`;

/**
 * Every commit must be on the server's disk before it returns (https://www.postgresql.org/docs/current/wal-reliability.html).
 * Asked in each transaction: the settings can change while the server runs.
 * @throws UserError `ledger.unsafe`, `ledger.read-only`, `ledger.pooled` (exit 6)
 */
function mustBeSafe<T extends Safety>(found: T | undefined, { schema, where }: Address): asserts found is T {
  if (found === undefined) throw new Error('The server did not tell its settings.');
  const off = (['fsync', 'full_page_writes', 'synchronous_commit'] as const).filter(
    (name) => found[name] === 'off',
  );
  const [first] = off;
  if (first !== undefined) throw unsafe(where, off, first);
  if (found.read_only === 'on') throw readOnly(where);
  if (found.search_path.replaceAll('"', '') !== searchPath(schema)) throw new UserError(pooled(where));
}

const unsafe = (where: string, off: readonly string[], first: string): UserError =>
  new UserError({
    code: 'ledger.unsafe',
    message: `The ledger ${where} would forget its last commits in a power cut (${off.join(', ')} = off).`,
    hint:
      first === 'synchronous_commit'
        ? 'ALTER ROLE <user> SET synchronous_commit = on; or take it out of postgresql.conf, database and address.'
        : `ALTER SYSTEM SET ${first} = on; SELECT pg_reload_conf();`,
    exit: Exit.unusable,
  });

const readOnly = (where: string): UserError =>
  new UserError({
    code: 'ledger.read-only',
    message: `The ledger ${where} cannot be written: the server is a standby, or this user's sessions are read-only.`,
    hint: 'Name the primary server, and a user that may write.',
    exit: Exit.unusable,
  });
