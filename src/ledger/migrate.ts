import { sql } from 'kysely';
import { newer } from './errors.js';
import { migrations } from './migrations.js';
import type { Store, Tx } from './store.js';

/**
 * Brings the schema up to date, each step in one transaction. Processes that open one new ledger at once wait for each
 * other and find the step done. Throws `ledger.newer` where the schema is of a later program.
 * @param mark run in the transaction of the first step
 */
export async function migrate(store: Store, mark: (tx: Tx) => Promise<void>): Promise<void> {
  const steps = migrations(store.flavour.identity);
  const known = steps.length;
  const applied = await store.write(async (tx) => {
    await sql`create table if not exists migrations (
      number integer primary key, name text not null, applied_at bigint not null)`.execute(tx.db);
    await mark(tx);
    return latest(tx);
  });
  if (applied > known) throw newer(store.where, applied, known);
  for (const step of steps.slice(applied)) {
    await store.write(async (tx) => {
      if ((await latest(tx)) >= step.number) return;
      for (const statement of step.statements) await sql.raw(statement).execute(tx.db);
      const { number, name } = step;
      await tx.db.insertInto('migrations').values({ number, name, applied_at: tx.now }).execute();
    });
  }
}

async function latest({ db }: Tx): Promise<number> {
  const found = await db
    .selectFrom('migrations')
    .select(({ fn }) => fn.max('number').as('number'))
    .executeTakeFirst();
  return found?.number ?? 0;
}
