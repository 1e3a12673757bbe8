import { sql, type AliasedRawBuilder } from 'kysely';
import type { Columns, Flavour } from '../flavour.js';

/** One writer at a time: who writes is alone. SQLite reads records from one JSON text; a lone array per record is what it unpacks fastest. */
export const sqliteFlavour: Flavour = {
  identity: 'integer primary key',
  translate: (statements) => statements,
  table<T>(columns: Columns<T>, records: readonly T[]): AliasedRawBuilder<T, 't'> {
    return this.encoded(columns, this.encode(columns, records));
  },
  encoded<T>(columns: Columns<T>, text: string): AliasedRawBuilder<T, 't'> {
    const cells = Object.keys(columns).map(
      (name, i) => sql`json_extract(value, ${sql.lit(`$[${i}]`)}) as ${sql.ref(name)}`,
    );
    return sql<T>`(select ${sql.join(cells)} from json_each(${text}))`.as('t');
  },
  encode<T>(columns: Columns<T>, records: readonly T[]): string {
    const names = Object.keys(columns) as (keyof T & string)[];
    return JSON.stringify(records.map((record) => names.map((name) => record[name])));
  },
  enter: (_db, _gates, clock) => Promise.resolve(clock.now()),
  pass: () => Promise.resolve(),
  now: (_db, clock) => Promise.resolve(clock.now()),
  hold: (query) => query,
};
