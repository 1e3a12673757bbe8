import { sql } from 'kysely';
import type { Ruling } from '../../core/gate.js';
import type { To } from '../../core/life.js';
import type { Consequence, Doubt, LedgerRow, Lock, ReleaseRule } from '../../core/ledger.js';
import type { Sighting } from '../../core/outcome.js';
import { move, type Moved } from '../move.js';
import type { Db, Store, Tx } from '../store.js';
import {
  mustRun,
  mustSealed,
  noteEvents,
  rowColumns,
  toRow,
  type RowEvent,
  type RunRecord,
} from './records.js';
import { applyConsequences } from './consequences.js';
import { rulingsOn, type Dialled } from './gate.js';
import { mustHold } from './locks.js';
import { dialled } from './numbers.js';
import { touch } from './runs.js';
import { writeJson } from '../../core/json.js';

/** Rows in doubt read at a time. */
const page = 500;

/** Code of an absent read that counts; one before the settle time has another code. */
const counted = 'readback.absent';

interface DoubtRecord extends Dialled {
  readonly sent_at: number | null;
  readonly absent: number;
  readonly absent_at: number | null;
  readonly released: number;
}

const selectDoubts = (db: Db, run: number) =>
  db
    .selectFrom('rows')
    .select([...rowColumns, 'rows.sent_at'])
    .select([
      dialled.as('dialled'),
      sql<number>`(select count(*) from events e where e.run = rows.run and e.row = rows.row
        and e.attempt = rows.attempt and e.kind = 'absent' and e.code = ${counted})`.as('absent'),
      sql<number | null>`(select max(e.at) from events e where e.run = rows.run and e.row = rows.row
        and e.attempt = rows.attempt and e.kind = 'absent' and e.code = ${counted})`.as('absent_at'),
      sql<number>`(select count(*) from events e where e.run = rows.run and e.row = rows.row
        and e.kind = 'released')`.as('released'),
    ])
    .where('rows.run', '=', run)
    .where(sql<boolean>`rows.state = 'in-doubt'`);

const toDoubt = (run: string, record: DoubtRecord): Doubt => ({
  row: toRow(run, record),
  sentAt: record.sent_at ?? record.updated_at,
  absentReads: Number(record.absent),
  absentAt: record.absent_at === null ? null : Number(record.absent_at),
  released: Number(record.released) > 0,
});

/** In row order, a page at a time. */
export async function* doubts(store: Store, id: string): AsyncIterable<Doubt> {
  const { no } = await store.read((db) => mustRun(db, id));
  for (let after = -1; ;) {
    const found = await store.read((db) =>
      selectDoubts(db, no).where('rows.row', '>', after).orderBy('rows.row').limit(page).execute(),
    );
    for (const record of found) yield toDoubt(id, record);
    const last = found[page - 1];
    if (last === undefined) return;
    after = last.row;
  }
}

/** What a sighting makes of a row. */
interface Change {
  readonly row: LedgerRow;
  readonly event: RowEvent;
}

/** Settles rows in doubt by what reading back showed. Rows that are no longer in doubt are left alone. */
export async function reconcile(
  tx: Tx,
  who: string,
  id: string,
  lock: Lock,
  sightings: readonly Sighting[],
  rule: ReleaseRule,
  follows: ReadonlyMap<number, Consequence>,
): Promise<LedgerRow[]> {
  await mustHold(tx, lock);
  const run = await mustSealed(tx.db, id);
  const changes: Change[] = [];
  for (const part of pages(sightings)) changes.push(...(await reconcilePage(tx, run, lock, part, rule)));
  const confirmed = changes.filter(({ row }) => row.state === 'delivered');
  await applyConsequences(
    tx,
    who,
    run,
    confirmed.map(({ row }) => follows.get(row.row)),
  );
  if (changes.length > 0) await touch(tx, run.no);
  return changes.map(({ row }) => row);
}

async function reconcilePage(
  tx: Tx,
  run: RunRecord,
  lock: Lock,
  sightings: readonly Sighting[],
  rule: ReleaseRule,
): Promise<Change[]> {
  const byRow = new Map(sightings.map((sighting) => [sighting.row, sighting]));
  const found = await selectDoubts(tx.db, run.no)
    .where('rows.row', 'in', [...byRow.keys()])
    .orderBy('rows.row')
    .execute();
  const stops = await rulingsOn(tx, run, found, 'release');
  const changes = found.flatMap((record) => {
    const sighting = byRow.get(record.row);
    return sighting ? [judge(toDoubt(run.id, record), sighting, rule, tx.now, stops.get(record.row))] : [];
  });
  await move(
    tx,
    'reconcile',
    changes.flatMap((change) => movedBy(run, change)),
  );
  await noteEvents(
    tx,
    run.no,
    lock.owner.id,
    changes.map(({ event }) => event),
  );
  return changes;
}

/** The move of a row that is no longer in doubt; none where it still is. */
function movedBy({ no }: RunRecord, { row: { state, row, attempt, ...now } }: Change): Moved<'reconcile'>[] {
  if (state === 'in-doubt') return [];
  const to = state as To<'reconcile'>;
  const { code, reason, vendorId } = now;
  return [{ run: no, row, attempt, from: 'in-doubt', to, code, reason, vendor_id: vendorId }];
}

/** @param stop the gate's ruling against the row being ready again, if there is one */
function judge(
  doubt: Doubt,
  sighting: Sighting,
  rule: ReleaseRule,
  now: number,
  stop: Ruling | undefined,
): Change {
  const { row } = doubt;
  const { attempt } = row;
  const settled = now - doubt.sentAt >= rule.settleMs;
  switch (sighting.seen) {
    case 'found': {
      const said = { code: 'readback.found', reason: 'Found at the vendor by reading back.' };
      return {
        row: { ...row, ...said, state: 'delivered', vendorId: sighting.vendorId, updatedAt: now },
        event: { row: row.row, kind: 'found', attempt, ...said, detail: writeJson(sighting.evidence) },
      };
    }
    case 'unclear': {
      const { code, reason } = sighting;
      return { row, event: { row: row.row, kind: 'unclear', attempt, code, reason, detail: null } };
    }
    case 'absent': {
      const detail = writeJson(sighting.evidence);
      if (!settled) return { row, event: notCounted(row, detail, tooEarly) };
      if (doubt.absentAt !== null && now - doubt.absentAt < rule.apartMs)
        return { row, event: notCounted(row, detail, tooSoon) };
      const enough = rule.absentMeansReady && doubt.absentReads >= 1 && !doubt.released;
      if (enough) return release(row, 'readback.absent-twice', notThere, detail, now, stop);
      const reason = 'A whole answer of the vendor without it.';
      return { row, event: { row: row.row, kind: 'absent', attempt, code: counted, reason, detail } };
    }
    case 'taken-back': {
      const detail = writeJson(sighting.evidence);
      if (!doubt.released) return release(row, 'readback.taken-back', takenBack, detail, now, stop);
      const said = { code: 'readback.taken-back', reason: takenBack };
      return { row, event: { row: row.row, kind: 'taken-back', attempt, ...said, detail } };
    }
  }
}

const notThere = 'Read back twice after the settle time, and the vendor did not have it.';
const takenBack = 'It was there, and was taken back before anybody was contacted.';

const tooEarly = {
  code: 'readback.too-early',
  reason: 'Absent, but the request may still be on its way.',
};

const tooSoon = {
  code: 'readback.too-soon',
  reason: 'Absent, but it was read a moment ago: two reads at once are one.',
};

const notCounted = (
  { row, attempt }: LedgerRow,
  detail: string,
  why: { readonly code: string; readonly reason: string },
): RowEvent => ({ row, kind: 'absent', attempt, ...why, detail });

/** Makes the row ready again, unless the gate objects: the person may have asked not to be contacted meanwhile. */
function release(
  row: LedgerRow,
  code: string,
  reason: string,
  detail: string,
  now: number,
  stop: Ruling | undefined,
): Change {
  const event = { row: row.row, kind: 'released', attempt: row.attempt, code, reason, detail };
  const next = stop ?? ({ state: 'ready', code, reason } as const);
  return { row: { ...row, ...next, updatedAt: now }, event };
}

function* pages<T>(all: readonly T[]): Iterable<readonly T[]> {
  for (let i = 0; i < all.length; i += page) yield all.slice(i, i + page);
}
