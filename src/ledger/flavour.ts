import type { AliasedRawBuilder } from 'kysely';

/** What differs between engines behind the same statements. */
export interface Flavour {
  /** A growing integer primary key, in the engine's words. */
  readonly identity: string;
  /**
   * Records as a table named `t`, to join with or insert from: one bound parameter however many there are.
   * @param columns the wanted columns and their types
   */
  table<T>(columns: Columns<T>, records: readonly T[]): AliasedRawBuilder<T, 't'>;
}

export type Columns<T> = { readonly [K in keyof T]: 'integer' | 'text' };
