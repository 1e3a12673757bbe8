import { sql } from 'kysely';
import { buildOnce, type Tx } from '../store.js';
import type { RunRecord } from './records.js';

/** Turns are kept in microseconds, waits and pauses are told in milliseconds. */
const micros = 1_000;

/** A turn that was missed by no more is made up for, so that a worker's own delay does not slow the pace. */
const slack = 50 * micros;

/** Longest pause a vendor may ask for, in ms. A turn further off than that is of a clock that was wrong. */
const farthestMs = 90_000;
const farthest = farthestMs * micros;

const nameOf = ({ account, operation }: RunRecord): string => `${account} ${operation}`;

/** Takes the next turn of the run's account and operation: 0, or how long to wait for it (ms) where it is not due. */
export async function takeTurn(tx: Tx, run: RunRecord, perSecond: number | undefined): Promise<number> {
  if (perSecond === undefined || !Number.isFinite(perSecond)) return waitOf(tx, run, 0);
  const now = tx.now * micros;
  const interval = Math.ceil((1_000 * micros) / perSecond);
  const { rows } = await turn(tx, {
    name: nameOf(run),
    now,
    next: now + interval,
    interval,
    since: now - slack,
    farthest: now + interval + farthest,
  });
  return rows.length > 0 ? 0 : Math.max(1, await waitOf(tx, run, interval));
}

interface Turn {
  readonly name: string;
  readonly now: number;
  readonly next: number;
  readonly interval: number;
  readonly since: number;
  readonly farthest: number;
}

const turn = buildOnce<Turn, { next_at: number }>(({ db }, { name, now, next, interval, since, farthest }) =>
  db
    .insertInto('paces')
    .values({ name, next_at: next })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({
          next_at: sql<number>`case when paces.next_at between ${since} and ${now} then paces.next_at else ${now} end + ${interval}`,
        })
        .where((eb) => eb.or([eb('paces.next_at', '<=', now), eb('paces.next_at', '>', farthest)])),
    )
    .returning('next_at'),
);

const paceOf = buildOnce<{ name: string }, { next_at: number }>(({ db }, { name }) =>
  db.selectFrom('paces').select('next_at').where('name', '=', name),
);

async function waitOf(tx: Tx, run: RunRecord, interval: number): Promise<number> {
  const { rows } = await paceOf(tx, { name: nameOf(run) });
  const wait = (rows[0]?.next_at ?? 0) - tx.now * micros;
  return wait > interval + farthest ? 0 : Math.max(0, Math.ceil(wait / micros));
}

/** Nobody's turn comes before so many ms have passed. */
export async function pause({ db, now }: Tx, run: RunRecord, ms: number): Promise<void> {
  const until = (now + Math.min(ms, farthestMs)) * micros;
  await db
    .insertInto('paces')
    .values({ name: nameOf(run), next_at: until })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ next_at: until }).where('paces.next_at', '<', until),
    )
    .execute();
}
