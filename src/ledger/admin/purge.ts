import { sql } from 'kysely';
import type { PurgeCounts } from '../../core/ledger-admin.js';
import type { Db, Tx } from '../store.js';
import { mustBeCurrent, type Keeper } from './keeper.js';
import { refuseMarked } from '../migrate.js';
import type { Checkpoint } from './transfer.js';
import { readJson, writeJson } from '../../core/json.js';

/** Rows changed in one commit; other processes can write between commits. */
const chunk = 5_000;

interface Finished {
  readonly no: number;
  readonly source: string;
}

/** Counts what a purge of everything before that moment (ms) would remove. */
export async function purgeable(keeper: Keeper, before: number): Promise<PurgeCounts> {
  await mustBeCurrent(keeper);
  return keeper.snapshot(async (db) => {
    const nos = (await finishedRuns(db, before)).map(({ no }) => no);
    const of = async (table: 'rows' | 'events' | 'keepsakes'): Promise<number> => {
      let sum = 0;
      for (const no of nos) {
        const { n } = await db
          .selectFrom(table)
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .where('run', '=', no)
          .executeTakeFirstOrThrow();
        sum += Number(n);
      }
      return sum;
    };
    return {
      runs: nos.length,
      rows: await of('rows'),
      events: await of('events'),
      keepsakes: await of('keepsakes'),
      deliveries: await oldDeliveries(db, before),
    };
  });
}

/**
 * Forgets what tells of persons: cells, payloads, answers, reasons and last copies of runs that ended, bodies of
 * deliveries. The numbers of contacted persons stay, so that no one is contacted twice; so do states, codes, counts and
 * times. A run is marked when all of it is done: what was cut off is done again.
 */
export async function purge(keeper: Keeper, before: number, checkpoint: Checkpoint): Promise<PurgeCounts> {
  const counts = await purgeable(keeper, before);
  const { store } = keeper;
  await refuseMarked(store);
  await keeper.beforePurge();
  const runs = await store.read((db) => finishedRuns(db, before));
  for (const run of runs) {
    for (let last: number | null = 0; last !== null;) {
      const from: number = last;
      last = await store.write((tx) => forgetRows(tx, run.no, from));
      await checkpoint();
    }
    await store.write((tx) => forgetRun(tx, run));
  }
  while ((await store.write((tx) => forgetDeliveries(tx, before))) > 0) await checkpoint();
  await keeper.afterPurge();
  return counts;
}

/** Sealed, nothing left to send or to decide, unchanged since, and not purged before. */
async function finishedRuns(db: Db, before: number): Promise<Finished[]> {
  const found = await db
    .selectFrom('runs')
    .select(['no', 'source'])
    .where('sealed_at', 'is not', null)
    .where('updated_at', '<', before)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('rows')
            .select('rows.row')
            .whereRef('rows.run', '=', 'runs.no')
            .where('rows.state', 'in', ['ready', 'sending', 'in-doubt']),
        ),
      ),
    )
    .orderBy('no')
    .execute();
  return found.filter(({ source }) => !('purged' in (readJson(source) as object)));
}

/** States of rows whose person counts as contacted, or may: their numbers are the ledger's memory. */
const remembered = sql`('delivered', 'withdrawn', 'abandoned')`;

/** The next rows of a run, and what happened to them. Returns the last row's number; null where there was none. */
async function forgetRows({ db }: Tx, run: number, from: number): Promise<number | null> {
  const rows = await db
    .selectFrom('rows')
    .select('row')
    .where('run', '=', run)
    .where('row', '>', from)
    .orderBy('row')
    .limit(chunk)
    .execute();
  const last = rows.at(-1)?.row;
  if (last === undefined) return null;
  const range = sql`run = ${run} and row > ${from} and row <= ${last}`;
  await sql`update rows set payload = null, source = '[]', reason = null, detail = null, bytes = 0,
      phone = case when state in ${remembered} and phone = key then phone end,
      key = case when state in ${remembered} then key end
    where ${range} and state not in ('ready', 'sending', 'in-doubt')`.execute(db);
  await sql`delete from numbers where ${range} and not exists (
    select 1 from rows where rows.run = numbers.run and rows.row = numbers.row
      and (rows.key = numbers.value or rows.state in ('ready', 'sending', 'in-doubt')))`.execute(db);
  await sql`update events set reason = null, detail = null where ${range}`.execute(db);
  return last;
}

async function forgetRun({ db, now }: Tx, { no, source }: Finished): Promise<void> {
  await db.deleteFrom('keepsakes').where('run', '=', no).execute();
  const facts = { ...(readJson(source) as object), purged: now };
  await db
    .updateTable('runs')
    .set({ source: writeJson(facts) })
    .where('no', '=', no)
    .execute();
}

/** What a delivery whose content was forgotten has in its place; its digest stays, so that a repeat is known. */
const forgotten = '"purged"';

async function oldDeliveries(db: Db, before: number): Promise<number> {
  const { n } = await db
    .selectFrom('deliveries')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('at', '<', before)
    .where('body', '<>', forgotten)
    .executeTakeFirstOrThrow();
  return Number(n);
}

async function forgetDeliveries({ db }: Tx, before: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('deliveries')
    .set({ body: forgotten, record: null, phone: null })
    .where('no', 'in', (eb) =>
      eb
        .selectFrom('deliveries as old')
        .select('old.no')
        .where('old.at', '<', before)
        .where('old.body', '<>', forgotten)
        .limit(1_000),
    )
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
