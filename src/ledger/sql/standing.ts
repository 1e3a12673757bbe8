import { sql, type RawBuilder } from 'kysely';
import { judge, type EarlierRow } from '../../core/gate.js';
import type { PlanPolicy, Standing } from '../../core/ledger.js';
import type { RowState } from '../../core/life.js';
import type { Flavour } from '../flavour.js';
import type { Db } from '../store.js';
import { storableText } from '../text.js';
import { listed, peopleOf } from './gate.js';
import { isLive, wasRemoved } from './records.js';

/** A row that has, or had, a key in a history. */
export interface Holder extends EarlierRow {
  readonly key: string;
  /** Number of the run. */
  readonly no: number;
  readonly slot: number;
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
  const people = new Map([...wanted].map((key) => [key, peopleOf('by-number', { key, phone: null }, [])]));
  const onList = await listed({ db, flavour }, [...people.values()].flat());
  const history = await db
    .selectFrom('histories')
    .select('no')
    .where('account', '=', Number(where.account))
    .where('scope', '=', where.scope)
    .executeTakeFirst();
  const held = history ? await holders(db, flavour, history.no, wanted) : new Map<string, Holder[]>();
  const all = new Map<string, Standing>();
  for (const [key, persons] of people) {
    const subject = { row: 0, reaches: 'by-number', numbers: [], people: persons } as const;
    const others = held.get(storableText(key)) ?? [];
    const earlier = { inFile: null, others, ...policy, now: where.now };
    const ruling = judge(subject, { listed: onList, earlier }, 'plan');
    if (ruling) all.set(key, ruling);
  }
  return all;
}
