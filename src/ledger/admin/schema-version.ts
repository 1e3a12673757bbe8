import { behind, newer } from '../errors.js';
import { migrations } from '../schema.js';
import type { Store } from '../store.js';
import type { Keeper } from './keeper.js';

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

export const knownSchema = (store: Store): number => migrations(store.flavour.identity).length;

/** Throws `ledger.newer` (exit 6). */
export async function notNewer(keeper: Keeper): Promise<{ found: number; known: number }> {
  const schema = await schemaOf(keeper);
  if (schema.found > schema.known) throw newer(keeper.store.where, schema.found, schema.known);
  return schema;
}

/** Throws `ledger.newer`, `ledger.behind` (exit 6). */
export async function mustBeCurrent(keeper: Keeper): Promise<void> {
  const { found, known } = await notNewer(keeper);
  if (found < known) throw behind(keeper.store.where, found, known);
}
