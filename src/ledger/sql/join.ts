import { sql, type RawBuilder } from 'kysely';
import { Exit, usageError, UserError } from '../../core/errors.js';
import type { Joining } from '../../core/ledger.js';
import type { RowState } from '../../core/life.js';
import { move, type Moved } from '../move.js';
import { removedWhere } from '../schema.js';
import type { Tx, World } from '../store.js';
import { accountNow, takeOver } from './accounts.js';
import { locked, livingHolder } from './locks.js';
import { isLive, mustChange, noteEvents } from './records.js';
import { deletePlan } from './runs.js';

/** Rows changed by one statement. */
const chunk = 1_000;

const said = {
  code: 'duplicate.same-account',
  reason: 'Contacted, or to be contacted, under an account that is one with this one.',
} as const;

/**
 * Makes two accounts one: runs, rows, histories and deliveries of the one with fewer contacts go over to the other. Who
 * calls has passed the gate of the do-not-call list alone, so that nobody plans, seals or claims meanwhile.
 */
export async function joinAccounts(
  tx: Tx,
  world: World,
  who: string,
  one: string,
  other: string,
  reason: string | null,
): Promise<Joining> {
  const [a, b] = [await accountNow(tx.db, Number(one)), await accountNow(tx.db, Number(other))];
  const { kept, gone } = await chooseKept(tx, a, b);
  if (gone === null) return { kept: String(kept), joined: null, duplicates: 0, superseded: 0 };
  await refuseAtWork(tx, world, [kept, gone]);
  await discardPlans(tx, [kept, gone]);
  const sum = { duplicates: 0, superseded: 0 };
  for (const { no, same } of await historiesOf(tx, kept, gone)) {
    if (same === null) continue;
    sum.duplicates += await stopReady(tx, no, same, true);
    sum.duplicates += await stopReady(tx, same, no, false);
    sum.superseded += await settlePairs(tx, await pairsByKey(tx, no, same), 'history');
  }
  sum.duplicates += await stopSameRefs(tx, kept, gone);
  sum.superseded += await settlePairs(tx, await pairsByRef(tx, kept, gone), 'account');
  for (const { no, same } of await historiesOf(tx, kept, gone)) await moveHistory(tx, no, same, kept);
  await moveDeliveries(tx, kept, gone);
  await takeOver(tx, who, kept, gone, reason);
  return { kept: String(kept), joined: String(gone), ...sum };
}

/** The one with more contacts stays, the older one where they have as many: fewer rows are moved. */
async function chooseKept({ db }: Tx, a: number, b: number): Promise<{ kept: number; gone: number | null }> {
  if (a === b) return { kept: a, gone: null };
  const found = await db
    .selectFrom('accounts')
    .select(['no', 'vendor', 'contacts'])
    .where('no', 'in', [a, b])
    .orderBy('contacts', 'desc')
    .orderBy('no')
    .execute();
  const [kept, gone] = found;
  if (!kept || !gone) throw new Error('There is no such account in the ledger.');
  if (kept.vendor === gone.vendor) return { kept: kept.no, gone: gone.no };
  throw usageError({
    code: 'account.other-vendor',
    message: `One is an account of ${kept.vendor}, the other one of ${gone.vendor}: they cannot be one.`,
    hint: '`salesq ledger accounts` lists them.',
  });
}

/** Throws UserError `run.locked` (exit 11) while a push of either account, or a worker of one of its runs, lives. */
async function refuseAtWork({ db, now }: Tx, world: World, accounts: readonly number[]): Promise<void> {
  const held = await db.selectFrom('locks').selectAll().where('owner', 'is not', null).execute();
  for (const one of held) {
    const [kind, of = ''] = one.name.split(' ');
    const concerns =
      kind === 'push'
        ? accounts.includes(Number(of))
        : kind === 'work' &&
          (await db
            .selectFrom('runs')
            .select('no')
            .where('id', '=', of)
            .where('account', 'in', accounts)
            .executeTakeFirst()) !== undefined;
    const living = concerns ? livingHolder(world, now, one) : null;
    if (living) throw locked(living, one.since);
  }
}

/** Plans that were never sealed: whoever wrote them is dead, and nothing of them was ever sent. */
async function discardPlans(tx: Tx, accounts: readonly number[]): Promise<void> {
  const unsealed = await tx.db
    .selectFrom('runs')
    .select('no')
    .where('account', 'in', accounts)
    .where('sealed_at', 'is', null)
    .execute();
  for (const { no } of unsealed) await deletePlan(tx, no);
}

/** Histories of the account that goes, each with that of the same kind of contact in the one that stays. */
async function historiesOf({ db }: Tx, kept: number, gone: number) {
  const found = await db
    .selectFrom('histories')
    .select(['no', 'account', 'scope'])
    .where('account', 'in', [kept, gone])
    .orderBy('no')
    .execute();
  return found
    .filter(({ account }) => account === gone)
    .map(({ no, scope }) => ({
      no,
      same: found.find((one) => one.account === kept && one.scope === scope)?.no ?? null,
    }));
}

const live = (alias: string): RawBuilder<boolean> =>
  sql<boolean>`${sql.raw(`${alias}.state in ('ready', 'sending', 'in-doubt', 'delivered') and ${alias}.superseded_run is null`)}`;

/**
 * True for rows whose person, or another number that would be handed over with them, the other history has: contacted,
 * under way, or waiting where `waiting`.
 */
function hasPerson(other: number, waiting: boolean): RawBuilder<boolean> {
  const notWaiting = waiting ? sql`1 = 1` : sql`k.state <> 'ready'`;
  const isLiveThere = sql`${live('k')} and ${notWaiting}`;
  const gaveWay = sql`k.superseded_run is not null`;
  const givenUp = sql`k.state = 'abandoned' and k.attempt > 0`;
  const removed = sql.raw(removedWhere.replaceAll(/\b(state|code)\b/g, 'k.$1'));
  const byKey = (where: RawBuilder<unknown>) =>
    sql`exists (select 1 from rows k where k.key = rows.key and k.history = ${other} and ${where})`;
  const byNumber = sql`exists (select 1 from numbers own
    join numbers n on n.value = own.value and n.kind = 'phone' and n.history = ${other} and (n.main = 1 or n.dials = 1)
    join rows k on k.run = n.run and k.row = n.row
    where own.run = rows.run and own.row = rows.row and own.kind = 'phone' and (own.main = 1 or own.dials = 1)
      and ((${isLiveThere}) or ${gaveWay} or (${givenUp}) or (${removed})))`;
  return sql<boolean>`(${byKey(isLiveThere)} or ${byKey(gaveWay)} or ${byKey(givenUp)} or ${byKey(removed)} or ${byNumber})`;
}

/** Rows that are ready in a history, and whose person the other one has, become duplicates. Returns how many. */
const stopReady = (tx: Tx, history: number, other: number, waiting: boolean): Promise<number> =>
  stopWhere(
    tx,
    sql<boolean>`rows.run in (select no from runs where history = ${history}) and ${hasPerson(other, waiting)}`,
  );

/** The same for rows whose reference a row of the other account has: a vendor would take both for one lead. */
async function stopSameRefs(tx: Tx, kept: number, gone: number): Promise<number> {
  const among = (account: number, other: number, waiting: boolean): RawBuilder<boolean> =>
    sql<boolean>`rows.run in (select no from runs where account = ${account}) and exists (
      select 1 from rows k where k.ref = rows.ref and k.account = ${other} and ${live('k')}
        and ${waiting ? sql`1 = 1` : sql`k.state <> 'ready'`})`;
  return (await stopWhere(tx, among(gone, kept, true))) + (await stopWhere(tx, among(kept, gone, false)));
}

async function stopWhere(tx: Tx, where: RawBuilder<boolean>): Promise<number> {
  for (let sum = 0; ;) {
    const found = await tx.db
      .selectFrom('rows')
      .select(['rows.run', 'rows.row', 'rows.attempt'])
      .where('rows.state', '=', 'ready')
      .where(where)
      .limit(chunk)
      .execute();
    const moved = found.map((row): Moved<'join'> => ({ ...row, from: 'ready', to: 'duplicate', ...said }));
    await move(tx, 'join', moved);
    for (const run of new Set(found.map((row) => row.run))) {
      const rows = found.filter((row) => row.run === run);
      const events = rows.map(({ row, attempt }) => ({
        row,
        attempt,
        kind: 'duplicate',
        ...said,
        detail: null,
      }));
      await noteEvents(tx, run, null, events);
    }
    sum += found.length;
    if (found.length < chunk) return sum;
  }
}

/** Two live rows of which the database allows one in one account. */
interface Pair {
  readonly run: number;
  readonly row: number;
  readonly state: RowState;
  readonly at: number;
  readonly other_run: number;
  readonly other_row: number;
  readonly other_state: RowState;
  readonly other_at: number;
}

const pairColumns =
  sql.raw(`g.run, g.row, g.state, g.updated_at as at, k.run as other_run, k.row as other_row,
  k.state as other_state, k.updated_at as other_at`);

async function pairsByKey({ db }: Tx, gone: number, kept: number): Promise<readonly Pair[]> {
  const { rows } = await sql<Pair>`select ${pairColumns} from rows g
    join rows k on k.key = g.key and k.slot = g.slot and k.history = ${kept} and ${live('k')}
    where g.run in (select no from runs where history = ${gone}) and ${live('g')}`.execute(db);
  return rows;
}

async function pairsByRef({ db }: Tx, kept: number, gone: number): Promise<readonly Pair[]> {
  const { rows } = await sql<Pair>`select ${pairColumns} from rows g
    join rows k on k.ref = g.ref and k.account = ${kept} and ${live('k')}
    where g.run in (select no from runs where account = ${gone}) and ${live('g')}`.execute(db);
  return rows;
}

interface Succession {
  readonly old_run: number;
  readonly old_row: number;
  readonly new_run: number;
  readonly new_row: number;
}

const successionType = {
  old_run: 'integer',
  old_row: 'integer',
  new_run: 'integer',
  new_row: 'integer',
} as const;

/**
 * Of two contacts of one person the earlier gives way to the later; both count. Of a contact that is not certain none is
 * given up: in a history it gets a place of its own. Returns how many gave way.
 */
async function settlePairs(tx: Tx, pairs: readonly Pair[], of: 'history' | 'account'): Promise<number> {
  const successions: Succession[] = [];
  for (const pair of pairs) {
    const [own, other] = [pair.state === 'delivered', pair.other_state === 'delivered'];
    const here = { run: pair.run, row: pair.row };
    const there = { run: pair.other_run, row: pair.other_row };
    if (own && (!other || pair.at <= pair.other_at)) successions.push(succession(here, there));
    else if (other) successions.push(succession(there, here));
    else if (of === 'history') await takeFreeSlot(tx, pair);
    else throw bothInDoubt();
  }
  for (let from = 0; from < successions.length; from += chunk) {
    const part = successions.slice(from, from + chunk);
    const { numUpdatedRows } = await tx.db
      .updateTable('rows')
      .from(tx.flavour.table<Succession>(successionType, part))
      .set((eb) => ({ superseded_run: eb.ref('t.new_run'), superseded_row: eb.ref('t.new_row') }))
      .whereRef('rows.run', '=', 't.old_run')
      .whereRef('rows.row', '=', 't.old_row')
      .where(isLive)
      .executeTakeFirst();
    mustChange('join', numUpdatedRows, part.length);
  }
  return successions.length;
}

interface At {
  readonly run: number;
  readonly row: number;
}

const succession = (old: At, by: At): Succession => ({
  old_run: old.run,
  old_row: old.row,
  new_run: by.run,
  new_row: by.row,
});

/** The place after the last one that rows of the person have in either history. */
async function takeFreeSlot({ db }: Tx, { run, row, other_run }: Pair): Promise<void> {
  const next = sql<number>`(select 1 + max(o.slot) from rows o where o.key = rows.key
    and o.history in (select history from runs where no in (${run}, ${other_run})))`;
  await db.updateTable('rows').set({ slot: next }).where('run', '=', run).where('row', '=', row).execute();
}

const bothInDoubt = (): UserError =>
  new UserError({
    code: 'account.in-doubt',
    message: 'Both accounts have a row in doubt with the same reference; nothing was changed.',
    hint: 'Settle one first: `salesq runs list`, then `salesq runs reconcile <run>`.',
    exit: Exit.inDoubt,
  });

/** Gives a history, its runs, rows and numbers to the account that stays: into the history of the same kind, if there is one. */
async function moveHistory({ db }: Tx, no: number, same: number | null, account: number): Promise<void> {
  const history = same ?? no;
  const own = sql<boolean>`run in (select no from runs where history = ${no})`;
  if (same !== null) await db.updateTable('numbers').set({ history }).where(own).execute();
  else await db.updateTable('histories').set({ account }).where('no', '=', no).execute();
  await db.updateTable('rows').set({ account, history }).where(own).execute();
  await db.updateTable('runs').set({ account, history }).where('history', '=', no).execute();
}

/** Of a delivery that both have, each keeps its own. */
async function moveDeliveries({ db }: Tx, kept: number, gone: number): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ account: kept })
    .where('account', '=', gone)
    .where(
      sql<boolean>`not exists (select 1 from deliveries d where d.account = ${kept}
        and d.state = deliveries.state and d.digest = deliveries.digest)`,
    )
    .execute();
}
