import { sql, type AliasedRawBuilder, type Kysely, type SelectQueryBuilder } from 'kysely';
import type { Columns, Flavour, Gate } from '../flavour.js';
import type { Schema } from '../schema.js';
import type { Clock } from '../../core/clock.js';
import { storableText } from '../text.js';
import { lockNumber, type Address } from './address.js';
import { mustBeSafe, safetyColumns, type Safety } from './safety.js';

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
    return JSON.stringify(records.map((record) => pick(names, record)));
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
