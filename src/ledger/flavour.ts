import type { AliasedRawBuilder, Kysely, SelectQueryBuilder } from 'kysely';
import type { Clock } from '../core/clock.js';
import type { Schema } from './schema.js';

/** What differs between engines behind the same statements. */
export interface Flavour {
  /** A growing integer primary key, in the engine's words. */
  readonly identity: string;
  /** Statements of a migration, in the engine's words; one text may hold several. */
  translate(statements: readonly string[]): readonly string[];
  /**
   * Records as a table named `t`, to join with or insert from: one bound parameter however many there are.
   * @param columns the wanted columns and their types
   */
  table<T>(columns: Columns<T>, records: readonly T[]): AliasedRawBuilder<T, 't'>;
  /** The same, of records that were encoded before. */
  encoded<T>(columns: Columns<T>, text: string): AliasedRawBuilder<T, 't'>;
  /** What the one parameter of such a table holds. */
  encode<T>(columns: Columns<T>, records: readonly T[]): string;
  /**
   * The first statement of a transaction: passes the gates in the order given, and tells the moment (ms) that counts for
   * the whole transaction. Throws `ledger.unsafe` where a commit would not last.
   */
  enter(db: Kysely<Schema>, gates: readonly Gate[], clock: Clock): Promise<number>;
  /** Passes another gate in the middle of a transaction. */
  pass(db: Kysely<Schema>, gate: Gate): Promise<void>;
  /** Now, for a statement that only reads (ms). */
  now(db: Kysely<Schema>, clock: Clock): Promise<number>;
  /**
   * Keeps the rows a query finds from being changed by others until the transaction ends. `share`: others may do the same;
   * `alone`: nobody else; `free`: nobody else, and rows that somebody has already are passed over.
   */
  hold<DB, TB extends keyof DB, O>(
    query: SelectQueryBuilder<DB, TB, O>,
    how: 'share' | 'alone' | 'free',
  ): SelectQueryBuilder<DB, TB, O>;
}

export type Columns<T> = { readonly [K in keyof T]: 'integer' | 'text' };

/**
 * Keeps transactions apart that must not happen at once, from passing it to their end. Who shares keeps out only those
 * who do not. An engine with one writer at a time needs none.
 */
export interface Gate {
  readonly name: string;
  readonly shared: boolean;
}

const gate =
  (name: string) =>
  (shared: boolean): Gate => ({ name, shared });

/** Shared by all that make rows of listed numbers ready or sending, alone for changes of the list. Always the first. */
export const doNotCallGate = gate('do-not-call');

/** Shared by those who claim rows of a run, alone for who judges which claims are of the dead. */
export const runGate = (run: string, shared: boolean): Gate => gate(`run ${run}`)(shared);

/** Alone for who decides whether somebody may be contacted again. */
export const historyGate = (history: number): Gate => gate(`history ${history}`)(false);

/** Alone for who changes the schema. */
export const schemaGate: Gate = gate('schema')(false);

/**
 * Not every database can hold U+0000 or half a surrogate pair in a text: a visible sign stands in its place in all of them,
 * so that a ledger can move from one to another. JSON text is not concerned, it spells both as escapes.
 */
export const storableText = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- that character is meant
  text.replace(/\u0000/g, '\u2400').replace(/\p{Surrogate}/gu, '\ufffd');
