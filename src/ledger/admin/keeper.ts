import type { RawBuilder } from 'kysely';
import type { LedgerFinding } from '../../core/ledger-admin.js';
import { behind, newer } from '../errors.js';
import { migrations } from '../schema.js';
import type { Db, Store, Tx } from '../store.js';

/** A column. A ledger holds whole numbers and text, so that it can be copied from one engine to another. */
export interface TableColumn {
  readonly name: string;
  readonly type: 'integer' | 'text';
}

/** A table of the ledger, as the database describes it. */
export interface TableShape {
  readonly name: string;
  /** By name, so that both engines list them alike. */
  readonly columns: readonly TableColumn[];
  /** Columns of the primary key, in its order. */
  readonly key: readonly string[];
}

/** What the engine says of damage to its own files. */
export interface Soundness {
  readonly checked: readonly string[];
  readonly skipped: readonly string[];
  readonly findings: readonly LedgerFinding[];
}

/** A ledger opened for its administrator, and what differs between engines there. Opening one changes nothing. */
export interface Keeper {
  readonly engine: 'sqlite' | 'postgresql';
  readonly store: Store;
  version(): Promise<string>;
  /** Settings that decide whether a commit survives a power cut, as a push has them. */
  durability(): Promise<Record<string, string>>;
  bytes(): Promise<number>;
  /** How many names the file has; 1 for a server. */
  names(): Promise<number>;
  soundness(): Promise<Soundness>;
  /** Names of the tables and indexes that can be used. */
  objects(): Promise<ReadonlySet<string>>;
  /** Tables of the ledger, those that others refer to first. */
  tables(db: Db): Promise<TableShape[]>;
  /** A column ordered by the bytes of its UTF-8 where it is text: the one order engines share. */
  ordered(column: TableColumn): RawBuilder<unknown>;
  /** One view of everything, whatever others write meanwhile. */
  snapshot<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** One transaction during which no other process writes. The work may run again from its start. */
  withoutOtherWriters<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Makes the database refuse every change of these tables, also by processes that have it open; until `allowWrites`. */
  refuseWrites(db: Db, tables: readonly TableShape[]): Promise<void>;
  allowWrites(db: Db, tables: readonly TableShape[]): Promise<void>;
  /** To be called after rows were inserted with the numbers they had elsewhere: the next number is a free one. */
  continueNumbering(db: Db, tables: readonly TableShape[]): Promise<void>;
  /** Part of an insert whose rows bring the numbers they had elsewhere. */
  readonly explicitNumbers: RawBuilder<unknown>;
  /** Brings the schema up to date. */
  updateSchema(): Promise<void>;
  /** To be called before a purge: what is deleted does not stay readable in the file. */
  beforePurge(): Promise<void>;
  /** To be called after it: gives space back and empties side files. */
  afterPurge(): Promise<void>;
  close(): Promise<void>;
}

/** Tables that others refer to, in the order they must be filled; all others come after them, by name. */
const filledFirst = ['migrations', 'meta', 'accounts', 'histories', 'runs', 'rows'];

const rank = ({ name }: TableShape): number => {
  const at = filledFirst.indexOf(name);
  return at < 0 ? filledFirst.length : at;
};

export const inOrder = (tables: readonly TableShape[]): TableShape[] =>
  [...tables].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));

/** Tables that know of no contact and no request not to be contacted: a ledger with rows in these alone is empty. */
export const tablesWithoutContacts: ReadonlySet<string> = new Set(['migrations', 'meta', 'locks', 'paces']);

/** Tables whose changes a moved ledger refuses: all but those of the mark and of the schema's steps. */
export const tablesToClose = (tables: readonly TableShape[]): TableShape[] =>
  tables.filter(({ name }) => name !== 'meta' && name !== 'migrations');

/** Steps of the schema: those a ledger has, and those this program knows. 0 for an empty database. */
export async function schemaOf(keeper: Keeper): Promise<{ found: number; known: number }> {
  const known = knownSchema(keeper.store);
  if (!(await keeper.objects()).has('migrations')) return { found: 0, known };
  const step = await keeper.store.read((db) =>
    db
      .selectFrom('migrations')
      .select(({ fn }) => fn.max('number').as('number'))
      .executeTakeFirst(),
  );
  return { found: step?.number ?? 0, known };
}

const knownSchema = (store: Store): number => migrations(store.flavour.identity).length;

/** The same, of a ledger this program can read. Throws `ledger.newer` (exit 6) for one of a later program. */
export async function notNewer(keeper: Keeper): Promise<{ found: number; known: number }> {
  const schema = await schemaOf(keeper);
  if (schema.found > schema.known) throw newer(keeper.store.where, schema.found, schema.known);
  return schema;
}

/** Throws `ledger.newer` or `ledger.behind` (exit 6) where the schema is not the one this program works with. */
export async function mustBeCurrent(keeper: Keeper): Promise<void> {
  const { found, known } = await notNewer(keeper);
  if (found < known) throw behind(keeper.store.where, found, known);
}
