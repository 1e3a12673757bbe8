import { sql, type RawBuilder } from 'kysely';
import { isoTime } from '../../core/clock.js';
import type { PlanPolicy, Standing } from '../../core/ledger.js';
import type { RowState } from '../../core/row-state.js';
import type { Flavour } from '../flavour.js';
import type { Db } from '../store.js';
import { storableText } from '../text.js';
import { isLive, wasRemoved } from './records.js';

/** A row that has, or had, a key in a history. */
export interface Holder {
  readonly key: string;
  /** Number of the run. */
  readonly no: number;
  /** Id of the run. */
  readonly run: string;
  readonly row: number;
  readonly slot: number;
  readonly state: RowState;
  readonly superseded: boolean;
  readonly at: number;
}

export const onTheList: Standing = {
  state: 'blocked',
  code: 'dnc.listed',
  reason: 'On the do-not-call list.',
};

/**
 * Why rows of other runs keep a key from being planned; null where they do not. Rows that an earlier recontact
 * superseded were contacts all the same: they count for how long ago the last one was.
 */
export function standingAmong(others: readonly Holder[], policy: PlanPolicy, now: number): Standing | null {
  const live = others.filter((holder) => !holder.superseded);
  const doubt = live.find(({ state }) => state === 'in-doubt');
  if (doubt) return duplicate('in-doubt', `In doubt in run ${doubt.run}; resolve it there first.`);
  const pending = live.find(({ state }) => state !== 'delivered');
  if (pending) return duplicate('pending', `Waiting to be sent by run ${pending.run}.`);
  const last = others.reduce<Holder | null>((a, b) => (a === null || b.at > a.at ? b : a), null);
  if (last === null || mayRecontact(last.at, policy, now)) return null;
  return duplicate(
    'contacted',
    `${howLast(last.state)} by run ${last.run} on ${isoTime(last.at).slice(0, 10)}.`,
  );
}

function howLast(state: RowState): string {
  if (state === 'abandoned') return 'Sent, then given up,';
  return state === 'withdrawn' ? 'Delivered, then removed,' : 'Delivered';
}

function mayRecontact(at: number, { recontact }: PlanPolicy, now: number): boolean {
  if (recontact.mode === 'after') return now - at > recontact.afterMs;
  return recontact.mode === 'always';
}

export const duplicate = (what: string, reason: string): Standing => ({
  state: 'duplicate',
  code: `duplicate.${what}`,
  reason,
});

/** Which of these numbers are on the do-not-call list. */
export async function listed(db: Db, flavour: Flavour, phones: ReadonlySet<string>): Promise<Set<string>> {
  const wanted = [...phones].map((phone) => ({ phone }));
  if (wanted.length === 0) return new Set();
  const found = await db
    .selectFrom(flavour.table<{ phone: string }>({ phone: 'text' }, wanted))
    .innerJoin('do_not_call', 'do_not_call.phone', 't.phone')
    .select('t.phone')
    .execute();
  return new Set(found.map(({ phone }) => phone));
}

/** Who holds these keys in a history, live or superseded. */
export async function holders(
  db: Db,
  flavour: Flavour,
  history: number,
  keys: ReadonlySet<string>,
): Promise<Map<string, Holder[]>> {
  const byKey = new Map<string, Holder[]>();
  if (keys.size === 0) return byKey;
  const wanted = [...keys].map((key) => ({ key }));
  const from = (superseded: 0 | 1, where: RawBuilder<boolean>, states: readonly RowState[]) =>
    db
      .selectFrom(flavour.table<{ key: string }>({ key: 'text' }, wanted))
      .innerJoin('rows', 'rows.key', 't.key')
      .innerJoin('runs', 'runs.no', 'rows.run')
      .where('rows.history', '=', history)
      .where(where)
      .where('rows.state', 'in', states)
      .select(['t.key', 'runs.no', 'runs.id as run', 'rows.row', 'rows.slot', 'rows.state'])
      .select(['rows.updated_at as at', sql<number>`${sql.lit(superseded)}`.as('superseded')]);
  const live = ['ready', 'sending', 'in-doubt', 'delivered'] as const;
  const found = await from(0, isLive, live)
    .unionAll(from(1, sql<boolean>`rows.superseded_run is not null`, live))
    // Given up after it left is no promise that it did not arrive: the person counts as contacted.
    .unionAll(from(1, sql<boolean>`rows.state = 'abandoned' and rows.attempt > 0`, ['abandoned']))
    // Taken back after the contact: it was one, and lasted until then.
    .unionAll(from(1, wasRemoved, ['withdrawn']))
    .execute();
  for (const record of found) {
    const holder: Holder = { ...record, superseded: record.superseded === 1 };
    const known = byKey.get(holder.key);
    if (known) known.push(holder);
    else byKey.set(holder.key, [holder]);
  }
  return byKey;
}

/** What `addRows` would say of keys that are in no plan yet. */
export async function standing(
  db: Db,
  flavour: Flavour,
  where: { readonly account: string; readonly scope: string; readonly now: number },
  keys: readonly string[],
  policy: PlanPolicy,
): Promise<Map<string, Standing>> {
  const wanted = new Set(keys);
  const blocked = await listed(db, flavour, wanted);
  const history = await db
    .selectFrom('histories')
    .select('no')
    .where('account', '=', Number(where.account))
    .where('scope', '=', where.scope)
    .executeTakeFirst();
  const held = history ? await holders(db, flavour, history.no, wanted) : new Map<string, Holder[]>();
  const all = new Map<string, Standing>();
  for (const key of wanted) {
    const found = blocked.has(key)
      ? onTheList
      : standingAmong(held.get(storableText(key)) ?? [], policy, where.now);
    if (found) all.set(key, found);
  }
  return all;
}
