import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { ClaimLimits, Claiming, LedgerRow, Lock } from '../../core/ledger.js';
import type { Tx } from '../store.js';
import { note } from './events.js';
import { mustHold } from './locks.js';
import { takeTurn } from './pace.js';
import { mustChange, mustSealed, rowColumns, toRow, type RowRecord, type RunRecord } from './records.js';
import { touch } from './runs.js';
import { onTheList } from './standing.js';

interface Picked {
  readonly chosen: readonly RowRecord[];
  /** Ready rows of people who asked not to be contacted since they were planned. */
  readonly listed: readonly RowRecord[];
}

/** T1. What it returns is on disk as `sending` before anybody opens a connection for it. */
export async function claim(tx: Tx, id: string, lock: Lock, limits: ClaimLimits): Promise<Claiming> {
  await mustHold(tx, lock);
  const run = await mustSealed(tx.db, id);
  const waitMs = await takeTurn(tx, run, limits.perSecond);
  if (waitMs > 0) return { claim: null, blocked: [], waitMs };
  const { chosen, listed } = await pick(tx, run, limits);
  const blocked = await block(tx, run, listed);
  if (chosen.length === 0) return { claim: null, blocked, waitMs: 0 };
  const rows = await send(tx, run, lock, chosen);
  return { claim: { run: id, lock, at: tx.now, rows }, blocked, waitMs: 0 };
}

/** Oldest first, and none is passed over for a smaller one behind it; the first fits always. */
async function pick(tx: Tx, run: RunRecord, limits: ClaimLimits): Promise<Picked> {
  const chosen: RowRecord[] = [];
  const listed: RowRecord[] = [];
  let bytes = 0;
  for (let after = -1; ;) {
    const page = await readyAfter(tx, run, after, limits.items);
    for (const { listed: isListed, ...record } of page) {
      after = record.row;
      if (isListed === 1) {
        listed.push(record);
        continue;
      }
      if (chosen.length > 0 && (chosen.length >= limits.items || bytes + record.bytes > limits.bytes))
        return { chosen, listed };
      bytes += record.bytes;
      chosen.push(record);
    }
    if (page.length < limits.items || chosen.length >= limits.items) return { chosen, listed };
  }
}

async function readyAfter(
  { db, flavour }: Tx,
  run: RunRecord,
  after: number,
  items: number,
): Promise<(RowRecord & { listed: number })[]> {
  const gate =
    run.reaches_person === 1
      ? sql<number>`case when exists (select 1 from do_not_call d where d.phone = rows.phone or d.phone = rows.key)
          then 1 else 0 end`
      : sql<number>`0`;
  const ready = db
    .selectFrom('rows')
    .select(rowColumns)
    .select(gate.as('listed'))
    .where('rows.run', '=', run.no)
    .where('rows.state', '=', 'ready')
    .where('rows.row', '>', after)
    .orderBy('rows.row')
    .limit(items);
  return flavour.hold(ready, 'free').execute();
}

async function block(tx: Tx, run: RunRecord, records: readonly RowRecord[]): Promise<LedgerRow[]> {
  if (records.length === 0) return [];
  const { state, code, reason } = onTheList;
  const { numUpdatedRows } = await tx.db
    .updateTable('rows')
    .from(table(tx, run, records))
    .set({ state, code, reason, updated_at: tx.now })
    .whereRef('rows.run', '=', 't.run')
    .whereRef('rows.row', '=', 't.row')
    .where('rows.state', '=', 'ready')
    .executeTakeFirst();
  mustChange('block', numUpdatedRows, records.length);
  const events = records.map(({ row, attempt }) => ({
    row,
    attempt,
    kind: state,
    code,
    reason,
    detail: null,
  }));
  await note(tx, run.no, null, events);
  return records.map((record) => toRow(run.id, { ...record, state, code, reason, updated_at: tx.now }));
}

async function send(tx: Tx, run: RunRecord, lock: Lock, records: readonly RowRecord[]): Promise<LedgerRow[]> {
  const { now } = tx;
  const { numUpdatedRows } = await tx.db
    .updateTable('rows')
    .from(table(tx, run, records))
    .set((eb) => ({
      state: 'sending',
      code: null,
      reason: null,
      attempt: eb('rows.attempt', '+', 1),
      owner: lock.owner.id,
      epoch: lock.epoch,
      sent_at: now,
      request_hash: hashOf(records),
      updated_at: now,
    }))
    .whereRef('rows.run', '=', 't.run')
    .whereRef('rows.row', '=', 't.row')
    .where('rows.state', '=', 'ready')
    .executeTakeFirst();
  mustChange('claim', numUpdatedRows, records.length);
  await touch(tx, run.no, run.updated_at);
  const change = { state: 'sending', code: null, reason: null, updated_at: now } as const;
  return records.map((record) => toRow(run.id, { ...record, ...change, attempt: record.attempt + 1 }));
}

/** The run is a column of the table, not a constant: SQLite's planner would rather walk a whole run than the few rows. */
const table = ({ flavour }: Tx, { no }: RunRecord, records: readonly { readonly row: number }[]) =>
  flavour.table<{ run: number; row: number }>(
    { run: 'integer', row: 'integer' },
    records.map(({ row }) => ({ run: no, row })),
  );

function hashOf(records: readonly RowRecord[]): string {
  const hash = createHash('sha256');
  for (const { ref, payload } of records) hash.update(JSON.stringify([ref, payload]));
  return hash.digest('hex');
}
