import type { AliasedRawBuilder, Kysely, SelectQueryBuilder } from 'kysely';
import type { Clock } from '../core/clock.js';
import type { UserErrorDetails } from '../core/errors.js';
import type { Schema } from './schema.js';

/** When an error came up: while the ledger was opened nothing was sent, in use something may have been. */
export type Phase = 'open' | 'use';

/** Puts an error in words for the reader; `where` names the ledger. */
export type Explain = (where: string, phase: Phase) => UserErrorDetails;

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
   * The first statement of a transaction: passes the gates in the order given. Returns the time (ms) that counts for the
   * whole transaction. Throws `ledger.unsafe` where a commit would not survive a power cut.
   */
  enter(db: Kysely<Schema>, gates: readonly Gate[], clock: Clock): Promise<number>;
  /** Passes another gate in the middle of a transaction. */
  pass(db: Kysely<Schema>, gate: Gate): Promise<void>;
  /** Now, for a statement that only reads (ms). */
  now(db: Kysely<Schema>, clock: Clock): Promise<number>;
  /**
   * Locks the rows a query finds until the transaction ends. `share`: other transactions may read-lock them too; `alone`: no
   * other may; `free`: no other may, and rows that are locked already are skipped.
   */
  hold<DB, TB extends keyof DB, O>(
    query: SelectQueryBuilder<DB, TB, O>,
    how: 'share' | 'alone' | 'free',
  ): SelectQueryBuilder<DB, TB, O>;
}

export type Columns<T> = { readonly [K in keyof T]: 'integer' | 'text' };

/**
 * A lock between transactions that must not run at once, held from passing it to the end of the transaction. A shared one
 * keeps out only transactions that do not share it. An engine with one writer at a time needs none.
 */
export interface Gate {
  readonly name: string;
  readonly shared: boolean;
}

const gate =
  (name: string) =>
  (shared: boolean): Gate => ({ name, shared });

/** Shared by transactions that make rows ready or sending, alone for changes of the do-not-call list. Always the first. */
export const doNotCallGate = gate('do-not-call');

/** Shared by transactions that claim rows of a run, alone for one that puts the claims of dead workers in doubt. */
export const runGate = (run: string, shared: boolean): Gate => gate(`run ${run}`)(shared);

/** Alone for transactions that decide whether a person of the history may be contacted again. */
export const historyGate = (history: number): Gate => gate(`history ${history}`)(false);

/** Alone for changes of the schema. */
export const schemaGate: Gate = gate('schema')(false);

/**
 * The text with a visible sign in place of U+0000 and of half surrogate pairs, which not every database can hold. All engines
 * store it so, and a ledger can be copied from one to another. JSON text is not concerned: it spells both as escapes.
 */
export const storableText = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- that character is meant
  /[\u0000\ud800-\udfff]/.test(text)
    ? // eslint-disable-next-line no-control-regex -- that character is meant
      text.replace(/\u0000/g, '\u2400').replace(/\p{Surrogate}/gu, '\ufffd')
    : text;
