import { sql } from 'kysely';
import type { Lock, Run, RunDraft } from '../../core/ledger.js';
import type { SourceFacts } from '../../core/row.js';
import { noCounts, type RowState, type StateCounts } from '../../core/life.js';
import { fixed } from '../fixed.js';
import { newRunId } from '../run-id.js';
import type { Db, Tx } from '../store.js';
import { lockLost, mustHold } from './locks.js';
import { isSending, mustRun, runOf, selectRuns, toRun } from './records.js';

export async function runsOf(db: Db, account: string, operation: string, sha256: string): Promise<Run[]> {
  const found = await selectRuns(db)
    .where('runs.account', '=', Number(account))
    .where('runs.operation', '=', operation)
    .where('runs.sha256', '=', sha256)
    .where('runs.sealed_at', 'is not', null)
    .orderBy('runs.id', 'desc')
    .execute();
  return found.map(toRun);
}

export async function runById(db: Db, id: string): Promise<Run | null> {
  const [found] = (await runOf({ db }, { id })).rows;
  return found ? toRun(found) : null;
}

export async function latestRuns(db: Db, limit: number): Promise<Run[]> {
  return (await selectRuns(db).orderBy('runs.id', 'desc').limit(limit).execute()).map(toRun);
}

export async function runsByPrefix(db: Db, prefix: string): Promise<Run[]> {
  const start = prefix.toUpperCase();
  const found = await selectRuns(db)
    .where('runs.id', '>=', start)
    .where('runs.id', '<', `${start}~`)
    .orderBy('runs.id', 'desc')
    .execute();
  return found.map(toRun);
}

/** Begins a plan: the run is known, its rows are not. */
export async function beginPlan(tx: Tx, draft: RunDraft, lock: Lock): Promise<string> {
  await mustHold(tx, lock);
  const { db, now } = tx;
  const account = Number(draft.account);
  const unsealed = await db
    .selectFrom('runs')
    .select('no')
    .where('account', '=', account)
    .where('operation', '=', draft.operation)
    .where('sealed_at', 'is', null)
    .execute();
  for (const { no } of unsealed) await throwAway(tx, no);
  const id = newRunId(now, await latestId(db));
  const history = await historyOf(tx, account, draft.scope);
  const { profile, vendor, operation } = draft;
  await db
    .insertInto('runs')
    .values({
      id,
      account,
      history,
      profile,
      vendor,
      operation,
      created_at: now,
      updated_at: now,
      ...facts(draft),
    })
    .execute();
  return id;
}

const facts = (draft: RunDraft) => ({
  reaches: draft.reaches,
  reaches_person: draft.reaches === 'nobody' ? 0 : 1,
  source: JSON.stringify(draft.source),
  sha256: draft.source.sha256,
  columns: JSON.stringify(draft.columns),
  settings: JSON.stringify(draft.settings),
  settings_hash: draft.settingsHash,
  sealed_at: null,
  reported_at: null,
});

async function latestId(db: Db): Promise<string | null> {
  const found = await db.selectFrom('runs').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return found?.id ?? null;
}

async function historyOf({ db }: Tx, account: number, scope: string): Promise<number> {
  await db
    .insertInto('histories')
    .values({ account, scope })
    .onConflict((conflict) => conflict.columns(['account', 'scope']).doNothing())
    .execute();
  const found = await db
    .selectFrom('histories')
    .select('no')
    .where('account', '=', account)
    .where('scope', '=', scope)
    .executeTakeFirstOrThrow();
  return found.no;
}

/** Seals a plan, once. */
export async function seal(
  tx: Tx,
  id: string,
  source: SourceFacts,
  columns: readonly string[],
): Promise<void> {
  const run = await mustUnsealed(tx, id);
  await tx.db
    .updateTable('runs')
    .set({
      sealed_at: tx.now,
      updated_at: tx.now,
      source: JSON.stringify(source),
      sha256: source.sha256,
      columns: JSON.stringify(columns),
    })
    .where('no', '=', run.no)
    .execute();
}

/** Throws an unsealed plan away; one that is gone already is no error. */
export async function discardPlan(tx: Tx, id: string): Promise<void> {
  if ((await runById(tx.db, id)) === null) return;
  await throwAway(tx, (await mustUnsealed(tx, id)).no);
}

/**
 * A plan that is being written. It is gone where another process took the lock over and began a plan of its own.
 * @throws UserError `run.lock-lost` (exit 11)
 */
export async function mustUnsealed({ db }: Tx, id: string) {
  const run = await selectRuns(db).where('runs.id', '=', id).executeTakeFirst();
  if (!run) throw lockLost();
  if (run.sealed_at !== null) throw new Error(`The plan of run ${id} is sealed already.`);
  return run;
}

async function throwAway({ db }: Tx, no: number): Promise<void> {
  await db.deleteFrom('keepsakes').where('run', '=', no).execute();
  await db.deleteFrom('events').where('run', '=', no).execute();
  await db.deleteFrom('numbers').where('run', '=', no).execute();
  await db.deleteFrom('rows').where('run', '=', no).execute();
  await db.deleteFrom('runs').where('no', '=', no).execute();
  await restore(db, no);
}

/**
 * Rows the plan had put itself in the place of were delivered, and count again; unless a row of another run has taken
 * that place since (the plan's own had been blocked): then they stay behind that one.
 */
async function restore(db: Db, no: number): Promise<void> {
  const successor = (what: 'run' | 'row') =>
    sql<number | null>`(select live.${sql.ref(what)} from rows live
      where live.key = rows.key and live.history = rows.history and live.slot = rows.slot
        and live.state in ('ready', 'sending', 'in-doubt', 'delivered') and live.superseded_run is null)`;
  await db
    .updateTable('rows')
    .set({ superseded_run: successor('run'), superseded_row: successor('row') })
    .where('superseded_run', '=', no)
    .execute();
}

export async function counts(db: Db, id: string): Promise<StateCounts> {
  const { no } = await mustRun(db, id);
  const all = noCounts();
  for (const { state, n } of (await states({ db }, { no })).rows) all[state] = Number(n);
  return all;
}

const states = fixed<{ no: number }, { state: RowState; n: number }>(({ db }, { no }) =>
  db
    .selectFrom('rows')
    .select(({ fn }) => ['state', fn.countAll<number>().as('n')])
    .where('run', '=', no)
    .groupBy('state'),
);

/** To the second is enough, and all who work on a run would wait for each other at its one record. */
const touchMs = 1_000;

/**
 * Notes that something in the run changed.
 * @param last when that was noted last, where it is known
 */
export async function touch({ db, now }: Tx, no: number, last = -Infinity): Promise<void> {
  if (now >= last && now - last < touchMs) return;
  await db.updateTable('runs').set({ updated_at: now }).where('no', '=', no).execute();
}

/** Notes, once, that the end of the run was told. */
export async function markReported({ db, now }: Tx, id: string): Promise<void> {
  await db
    .updateTable('runs')
    .set({ reported_at: now })
    .where('id', '=', id)
    .where('reported_at', 'is', null)
    .execute();
}

/** Owners of the rows that are being sent. */
export async function senders(db: Db, id: string): Promise<string[]> {
  const { no } = await mustRun(db, id);
  const found = await db
    .selectFrom('rows')
    .select('owner')
    .distinct()
    .where('run', '=', no)
    .where(isSending)
    .execute();
  return found.flatMap(({ owner }) => owner ?? []);
}
