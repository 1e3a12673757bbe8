import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { gateClosed } from '../../core/errors.js';
import { sharedNumber, type Ruling } from '../../core/gate.js';
import type { Claiming, ClaimLimits, LedgerRow, Lock } from '../../core/ledger.js';
import { clear, subjectOf, type Cleared, type SealedObject } from '../../core/number.js';
import { move, type Moved } from '../move.js';
import { buildOnce, type Tx } from '../store.js';
import { candidateOf, listedAmong, type Dialled } from './gate.js';
import { mustHold } from './locks.js';
import { dialled } from './numbers.js';
import {
  isReady,
  mustSealed,
  noteEvents,
  rowColumns,
  toRow,
  type RowRecord,
  type RunRecord,
} from './records.js';
import { countContacts } from './progress.js';
import { touch } from './runs.js';
import { writeJson } from '../../core/json.js';

interface Picked {
  readonly chosen: readonly Chosen[];
  /** Ready rows the gate objects to now. */
  readonly stopped: readonly StoppedRow[];
}

interface Chosen {
  readonly record: RowRecord;
  readonly payload: SealedObject;
  readonly cleared: Cleared;
}

interface StoppedRow {
  readonly record: RowRecord;
  readonly ruling: Ruling;
}

/**
 * Claims the oldest ready rows. What it returns is on disk as `sending` before anybody opens a connection for it.
 * @throws UserError `run.plan-out-of-date` (exit 10)
 */
export async function claim(tx: Tx, id: string, lock: Lock, limits: ClaimLimits): Promise<Claiming> {
  await mustHold(tx, lock);
  const run = await mustSealed(tx.db, id);
  if (run.reaches === null) throw outOfDate(id);
  const waitMs = await takeTurn(tx, run, limits.perSecond);
  if (waitMs > 0) return { claim: null, blocked: [], waitMs };
  const { chosen, stopped } = await pickRows(tx, run, limits);
  const blocked = await stopRows(tx, run, stopped);
  if (chosen.length === 0) return { claim: null, blocked, waitMs: 0 };
  const rows = await markSending(tx, run, lock, chosen);
  const cleared = chosen.map((one) => one.cleared);
  return { claim: { run: id, lock, at: tx.now, rows, cleared }, blocked, waitMs: 0 };
}

const outOfDate = (id: string) =>
  gateClosed({
    code: 'run.plan-out-of-date',
    message: `Run ${id} was planned by an older salesq, which did not keep every number of a row: nothing of it is sent any more.`,
    hint: `\`salesq runs abandon ${id} --reason "planned by an older version"\` gives its rows up; then push the file again.`,
  });

/** Picks ready rows, oldest first, up to the limits. None is skipped for a smaller one behind it; the first fits always. */
async function pickRows(tx: Tx, run: RunRecord, limits: ClaimLimits): Promise<Picked> {
  const chosen: Chosen[] = [];
  const stopped: StoppedRow[] = [];
  let bytes = 0;
  for (let after = -1; ;) {
    const page = await readyAfter(tx, run, after, limits.items);
    for (const { record, payload, cleared, ruling } of await clearPage(tx, run, page)) {
      after = record.row;
      if (ruling) {
        stopped.push({ record, ruling });
        continue;
      }
      if (chosen.length > 0 && (chosen.length >= limits.items || bytes + record.bytes > limits.bytes))
        return { chosen, stopped };
      if (!cleared) throw new Error(`The gate said nothing of row ${record.row}.`);
      bytes += record.bytes;
      chosen.push({ record, payload, cleared });
    }
    if (page.length < limits.items || chosen.length >= limits.items) return { chosen, stopped };
  }
}

interface JudgedRow extends Partial<Chosen>, Partial<StoppedRow> {
  readonly record: RowRecord;
  readonly payload: SealedObject;
}

/** What the gate says of each of these rows by the do-not-call list as it is in this transaction. */
async function clearPage(tx: Tx, run: RunRecord, page: readonly Dialled[]): Promise<JudgedRow[]> {
  const candidates = page.map((record) => candidateOf(run, record));
  const listed = await listedAmong(tx, candidates.map(subjectOf));
  const { cleared, stopped } = clear(candidates, { listed, earlier: null });
  const passed = new Map(cleared.map((one) => [one.row, one]));
  const rulings = new Map(stopped.map(({ row, ruling }) => [row, ruling]));
  return candidates.map(({ row, record, payload }) => {
    const [pass, ruling] = [passed.get(row), rulings.get(row)];
    return { record, payload, ...(pass && { cleared: pass }), ...(ruling && { ruling }) };
  });
}

async function readyAfter(tx: Tx, run: RunRecord, after: number, items: number): Promise<readonly Dialled[]> {
  const ready = readyPages.get(items) ?? readyPage(items);
  readyPages.set(items, ready);
  return (await ready(tx, { run: run.no, after })).rows;
}

/** By their number of rows, of which a run has few: for a bound limit SQLite would plan the statement anew each time. */
const readyPages = new Map<number, ReturnType<typeof readyPage>>();

const readyPage = (items: number) =>
  buildOnce<{ run: number; after: number }, Dialled, Tx>(({ db, flavour }, { run, after }) =>
    flavour.hold(
      db
        .selectFrom('rows')
        .select(rowColumns)
        .select(dialled.as('dialled'))
        .where('rows.run', '=', run)
        .where(isReady)
        .where('rows.row', '>', after)
        .orderBy('rows.row')
        .limit(sql.lit(items)),
      'free',
    ),
  );

async function stopRows(tx: Tx, run: RunRecord, stopped: readonly StoppedRow[]): Promise<LedgerRow[]> {
  const moved = stopped.map(({ record, ruling }): Moved<'stop'> => {
    const { state: to, code, reason } = ruling;
    return { run: run.no, row: record.row, attempt: record.attempt, from: 'ready', to, code, reason };
  });
  await move(tx, 'stop', moved);
  const events = moved.map(({ row, attempt, to, code, reason }) => ({
    row,
    attempt,
    kind: to,
    code,
    reason,
    detail: null,
  }));
  await noteEvents(tx, run.no, null, events);
  return stopped.map(({ record, ruling }) => toRow(run.id, { ...record, ...ruling, updated_at: tx.now }));
}

async function markSending(
  tx: Tx,
  run: RunRecord,
  lock: Lock,
  chosen: readonly Chosen[],
): Promise<LedgerRow[]> {
  const moved = chosen.map(({ record }): Moved<'claim'> => ({
    run: run.no,
    row: record.row,
    attempt: record.attempt,
    from: 'ready',
    to: 'sending',
    code: null,
    reason: null,
  }));
  await move(tx, 'claim', moved, { owner: lock.owner.id, epoch: lock.epoch, hash: hashOf(chosen) });
  if (run.reaches !== 'nobody')
    await countContacts(tx, run.account, chosen.filter(({ record }) => record.attempt === 0).length);
  await touch(tx, run.no, run.updated_at);
  const change = { state: 'sending', updated_at: tx.now } as const;
  return chosen.map(({ record, payload }) => {
    const said = record.code === sharedNumber ? {} : { code: null, reason: null };
    return toRow(run.id, { ...record, ...said, ...change, attempt: record.attempt + 1 }, payload);
  });
}

function hashOf(chosen: readonly Chosen[]): string {
  const hash = createHash('sha256');
  for (const { record } of chosen) hash.update(writeJson([record.ref, record.payload]));
  return hash.digest('hex');
}

/** Turns are kept in microseconds, waits and pauses are told in milliseconds. */
const micros = 1_000;

/** A turn missed by no more than this still counts as taken on time, so that a worker's own delay does not slow the pace. */
const slack = 50 * micros;

/** Longest pause a vendor may ask for, in ms. A turn later than that was set while a clock was wrong. */
const farthestMs = 90_000;
const farthest = farthestMs * micros;

const nameOf = ({ account, operation }: RunRecord): string => `${account} ${operation}`;

/** Takes the next turn of the run's account and operation: 0, or how long to wait for it (ms) where it is not due. */
async function takeTurn(tx: Tx, run: RunRecord, perSecond: number | undefined): Promise<number> {
  if (perSecond === undefined || !Number.isFinite(perSecond)) return waitOf(tx, run, 0);
  const now = tx.now * micros;
  const interval = Math.ceil((1_000 * micros) / perSecond);
  const { rows } = await insertTurn(tx, {
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

const insertTurn = buildOnce<Turn, { next_at: number }>(
  ({ db }, { name, now, next, interval, since, farthest }) =>
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

/** Puts off the next turn of the run's account and operation by this long (ms). */
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
