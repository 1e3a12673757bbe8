import { sql } from 'kysely';
import type { LedgerMark } from '../core/ledger-admin.js';
import { outOfUse, newer } from './errors.js';
import { schemaGate } from './flavour.js';
import { migrations } from './schema.js';
import { giveId } from './sql/progress.js';
import type { Db, Store, Tx } from './store.js';
import { readJson, writeJson } from '../core/json.js';

/** What is there before the first step. */
export interface Before {
  /** Whether there is a schema already: then nothing is begun, and a user who may not make tables can go on. */
  readonly begun?: boolean;
  /** Makes room for the first table, in its transaction. */
  readonly prepare?: (tx: Tx) => Promise<void>;
}

/**
 * Brings the schema up to date, each step in one transaction. Processes that open one new ledger at once wait for each
 * other and find the step done. Throws `ledger.newer` (exit 6) where the schema is of a later program.
 * @param mark says whose tables these are; run in the transaction of the first one
 */
export async function migrate(
  store: Store,
  mark: (tx: Tx) => Promise<void>,
  { begun = false, prepare }: Before = {},
): Promise<void> {
  const steps = migrations(store.flavour.identity);
  const known = steps.length;
  const alone = { gates: [schemaGate] };
  const applied = await store.write(async (tx) => {
    if (!begun) {
      await prepare?.(tx);
      const first = `create table if not exists migrations (
        number integer primary key, name text not null, applied_at bigint not null)`;
      await run(tx, [first]);
      await mark(tx);
    }
    return latest(tx);
  }, alone);
  if (applied > known) throw newer(store.where, applied, known);
  for (const step of steps.slice(applied)) {
    await store.write(async (tx) => {
      if ((await latest(tx)) >= step.number) return;
      await run(tx, step.statements);
      const { number, name } = step;
      await tx.db.insertInto('migrations').values({ number, name, applied_at: tx.now }).execute();
    }, alone);
  }
}

async function run({ db, flavour }: Tx, statements: readonly string[]): Promise<void> {
  for (const text of flavour.translate(statements)) await sql.raw(text).execute(db);
}

async function latest({ db }: Tx): Promise<number> {
  const found = await db
    .selectFrom('migrations')
    .select(({ fn }) => fn.max('number').as('number'))
    .executeTakeFirst();
  return found?.number ?? 0;
}

/**
 * Notes when and on which host the ledger was opened, which shows at once that it can be written; gives it an id.
 * @throws UserError `ledger.moved`, `ledger.backup`, `ledger.arriving` (exit 6) for one that is not in use
 */
export async function noteOpening(store: Store): Promise<void> {
  await refuseMarked(store);
  await store.write(
    async (tx) => {
      const { db, now } = tx;
      await giveId(tx);
      const value = `${now} ${store.world.host}`;
      await db
        .insertInto('meta')
        .values({ name: 'opened', value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute();
    },
    { repeatable: true },
  );
}

/** Name of the mark in the table `meta`; its value is the LedgerMark as JSON. */
const markName = 'mark';

/** Why the ledger is out of use: moved, a backup, or a copy that is not finished; null where it is in use. */
export async function readMark(db: Db): Promise<LedgerMark | null> {
  const found = await db.selectFrom('meta').select('value').where('name', '=', markName).executeTakeFirst();
  return found ? (readJson(found.value) as LedgerMark) : null;
}

export async function setMark(db: Db, mark: LedgerMark | null): Promise<void> {
  await db.deleteFrom('meta').where('name', '=', markName).execute();
  if (mark === null) return;
  await db
    .insertInto('meta')
    .values({ name: markName, value: writeJson(mark) })
    .execute();
}

/**
 * Refuses a ledger that is out of use; to be called after the schema is up to date and before anything is written.
 * @throws UserError `ledger.moved`, `ledger.backup`, `ledger.arriving` (exit 6)
 */
export async function refuseMarked(store: Store): Promise<void> {
  const mark = await store.read(readMark);
  if (mark) throw outOfUse(store.where, mark);
}
