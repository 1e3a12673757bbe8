import { Kysely, PostgresDialect, sql } from 'kysely';
import { unusable, UserError } from '../../core/errors.js';
import { foreign } from '../errors.js';
import { migrate, noteOpening } from '../migrate.js';
import type { Schema } from '../schema.js';
import { Store, type Db, type Tx, type World } from '../store.js';
import { readAddress, type Address } from './address.js';
import { permission } from './errors.js';
import { postgresFlavour, type TimeOf } from './flavour.js';
import { SessionPool } from './pool.js';

/** `pg_xact_status`, which tells what became of a lost commit, has its present form since 13. */
const oldestServer = 130_000;

/** Says whose tables these are; kept by dumps and restores. */
const marker = 'salesq ledger';

/** A server that was reached and suits; nothing in it was changed. */
export interface Connected {
  readonly store: Store;
  readonly address: Address;
  readonly facts: Facts;
}

/**
 * Opens a ledger on a PostgreSQL server, making schema and tables if they are not there.
 * @param timeOf whose clock counts
 * @throws UserError `ledger.newer`, `ledger.unsafe` (exit 6), `ledger.busy` (exit 11), and those of `connect`
 */
export async function openPostgres(url: string, world: World, timeOf: TimeOf = 'server'): Promise<Store> {
  const { store, address, facts } = await connect(url, world, timeOf);
  return orClosed(store, async () => {
    await makeSchema(store, address, facts);
    await noteOpening(store);
    store.phase = 'use';
    return store;
  });
}

/**
 * Reaches a server, and looks whether it and what is in the schema suit.
 * @throws UserError `ledger.address`, `ledger.credentials`, `ledger.no-database`, `ledger.tls`, `ledger.too-old`,
 * `ledger.encoding`, `ledger.read-only`, `ledger.permission`, `ledger.foreign` (exit 6), `ledger.unreachable` (exit 5)
 */
export async function connect(url: string, world: World, timeOf: TimeOf = 'server'): Promise<Connected> {
  const address = readAddress(url);
  const pool = await SessionPool.make(address, world.clock);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const store = new Store(address.where, db, postgresFlavour(address, timeOf), world, () =>
    Promise.resolve(),
  );
  return orClosed(store, async () => {
    const facts = await store.read((reading) => askFacts(reading, address));
    mustSuit(facts, store.where);
    return { store, address, facts };
  });
}

async function orClosed<T>(store: Store, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}

/** Brings the schema up to date, and makes it where it is not there. */
export async function makeSchema(store: Store, { schema }: Address, facts: Facts): Promise<void> {
  await migrate(store, mark, {
    begun: facts.ours,
    prepare: async ({ db }) => {
      if (!facts.schema_there) await sql.raw(`create schema if not exists "${schema}"`).execute(db);
    },
  });
}

async function mark({ db }: Tx): Promise<void> {
  await sql.raw(`comment on table migrations is '${marker}'`).execute(db);
}

/** What a server tells of itself and of the schema. */
export interface Facts {
  readonly version: number;
  readonly encoding: string;
  readonly schema_there: boolean;
  /** Whether this user may look into the schema. */
  readonly usable: boolean;
  /** Whether the schema has our table of migrations, marked as ours. */
  readonly ours: boolean;
  /** Tables, views and sequences in the schema. */
  readonly tables: number;
}

/** Truths come as 0 and 1. */
type Told = Pick<Facts, 'version' | 'encoding' | 'tables'> & {
  readonly schema_there: number;
  readonly usable: number;
  readonly ours: number;
};

async function askFacts(db: Db, { schema }: Address): Promise<Facts> {
  const { rows } = await sql<Told>`
    select current_setting('server_version_num')::bigint as version,
      current_setting('server_encoding') as encoding,
      exists (select 1 from pg_namespace where nspname = ${schema}) as schema_there,
      coalesce((select has_schema_privilege(oid, 'usage') from pg_namespace where nspname = ${schema}), true)
        as usable,
      exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = ${schema} and c.relname = 'migrations'
          and obj_description(c.oid, 'pg_class') = ${marker}) as ours,
      (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = ${schema}) as tables`.execute(db);
  const [facts] = rows;
  if (!facts) throw new Error('The server told nothing of itself.');
  const { schema_there, usable, ours } = facts;
  return { ...facts, schema_there: schema_there === 1, usable: usable === 1, ours: ours === 1 };
}

function mustSuit({ version, encoding, usable, ours, tables }: Facts, where: string): void {
  if (!usable) throw new UserError(permission(where));
  if (!ours && tables > 0) throw foreign(where);
  if (version < oldestServer)
    throw unusable({
      code: 'ledger.too-old',
      message: `The server of the ledger ${where} is PostgreSQL ${Math.floor(version / 10_000)}; 13 or newer is needed.`,
      hint: 'Update the server; its ledger stays where it is.',
    });
  if (encoding !== 'UTF8')
    throw unusable({
      code: 'ledger.encoding',
      message: `The database of the ledger ${where} does not keep text as UTF-8.`,
      hint: "Make a database for it: CREATE DATABASE salesq ENCODING 'UTF8' TEMPLATE template0.",
    });
}
