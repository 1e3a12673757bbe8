import type { RawBuilder } from 'kysely';
import type { LedgerFinding } from '../../core/ledger-admin.js';
import type { Db, Store, Tx } from '../store.js';

/** A column as it travels from one engine to another: all there is are whole numbers and text. */
export interface TableColumn {
  readonly name: string;
  readonly type: 'integer' | 'text';
}

/** A table of the ledger, found out from the database itself. */
export interface TableShape {
  readonly name: string;
  /** By name, so that both engines list them alike. */
  readonly columns: readonly TableColumn[];
  /** Columns of the primary key, in its order. */
  readonly key: readonly string[];
}

/** What the engine can tell of its own soundness. */
export interface Soundness {
  readonly checked: readonly string[];
  readonly skipped: readonly string[];
  readonly findings: readonly LedgerFinding[];
}

/** What differs between engines when a ledger is looked after. Opening one changes nothing. */
export interface Keeper {
  readonly engine: 'sqlite' | 'postgresql';
  readonly store: Store;
  version(): Promise<string>;
  /** Settings that decide whether a commit survives a power cut, as a push has them. */
  durability(): Promise<Record<string, string>>;
  bytes(): Promise<number>;
  soundness(): Promise<Soundness>;
  /** Names of the tables and indexes there are and can be used. */
  objects(): Promise<ReadonlySet<string>>;
  /** Tables of the ledger, those that others refer to first. */
  tables(db: Db): Promise<TableShape[]>;
  /** A column ordered by the bytes of its UTF-8 where it is text: the one order engines share. */
  ordered(column: TableColumn): RawBuilder<unknown>;
  /** One view of everything, whatever others write meanwhile. */
  snapshot<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** One transaction during which nobody else writes. The work may run again from its start. */
  still<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** From the commit on the database itself refuses every change of these tables, also to processes that are running. */
  refuseWrites(db: Db, tables: readonly TableShape[]): Promise<void>;
  allowWrites(db: Db, tables: readonly TableShape[]): Promise<void>;
  /** After rows with numbers of their own were inserted: the next number is a new one. */
  numbered(db: Db, tables: readonly TableShape[]): Promise<void>;
  /** Words that let an insert bring its own numbers. */
  readonly ownNumbers: RawBuilder<unknown>;
  /** Brings the schema up to date. */
  takeSteps(): Promise<void>;
  /** Before a purge: what is deleted shall not stay readable in the file. */
  beginForgetting(): Promise<void>;
  /** After it: space is given back, side files are emptied. */
  endForgetting(): Promise<void>;
  close(): Promise<void>;
}
