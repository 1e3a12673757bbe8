import { createHash } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';
import type { ClaimLimits, Claiming, LedgerRow, Lock } from '../../core/ledger.js';
import { fixed } from '../fixed.js';
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

interface Page {
  readonly run: number;
  readonly after: number;
  readonly items: number;
}

type Ready = RowRecord & { readonly listed: number };

async function readyAfter(tx: Tx, run: RunRecord, after: number, items: number): Promise<readonly Ready[]> {
  const ready = run.reaches_person === 1 ? readyOfPersons : readyOfOthers;
  return (await ready(tx, { run: run.no, after, items })).rows;
}

const readyOf = (listed: RawBuilder<number>) =>
  fixed<Page, Ready, Tx>(({ db, flavour }, { run, after, items }) =>
    flavour.hold(
      db
        .selectFrom('rows')
        .select(rowColumns)
        .select(listed.as('listed'))
        .where('rows.run', '=', run)
        .where('rows.state', '=', 'ready')
        .where('rows.row', '>', after)
        .orderBy('rows.row')
        .limit(items),
      'free',
    ),
  );

const readyOfPersons = readyOf(
  sql<number>`case when exists (select 1 from do_not_call d where d.phone = rows.phone or d.phone = rows.key)
    then 1 else 0 end`,
);
const readyOfOthers = readyOf(sql<number>`0`);

async function block(tx: Tx, run: RunRecord, records: readonly RowRecord[]): Promise<LedgerRow[]> {
  if (records.length === 0) return [];
  const { state, code, reason } = onTheList;
  const { numUpdatedRows } = await tx.db
    .updateTable('rows')
    .from(tx.flavour.table<Numbered>(numbered, numbersOf(run, records)))
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
  const { numAffectedRows } = await sending(tx, {
    rows: tx.flavour.encode<Numbered>(numbered, numbersOf(run, records)),
    owner: lock.owner.id,
    epoch: lock.epoch,
    hash: hashOf(records),
    now,
  });
  mustChange('claim', numAffectedRows, records.length);
  await touch(tx, run.no, run.updated_at);
  const change = { state: 'sending', code: null, reason: null, updated_at: now } as const;
  return records.map((record) => toRow(run.id, { ...record, ...change, attempt: record.attempt + 1 }));
}

interface Sending {
  readonly rows: string;
  readonly owner: string;
  readonly epoch: number;
  readonly hash: string;
  readonly now: number;
}

/** The run is a column of the table, not a constant: SQLite's planner would rather walk a whole run than the few rows. */
interface Numbered {
  readonly run: number;
  readonly row: number;
}

const numbered = { run: 'integer', row: 'integer' } as const;

const numbersOf = ({ no }: RunRecord, records: readonly { readonly row: number }[]): Numbered[] =>
  records.map(({ row }) => ({ run: no, row }));

const sending = fixed<Sending, unknown, Tx>(({ db, flavour }, { rows, owner, epoch, hash, now }) =>
  db
    .updateTable('rows')
    .from(flavour.encoded<Numbered>(numbered, rows))
    .set((eb) => ({
      state: 'sending',
      code: null,
      reason: null,
      attempt: eb('rows.attempt', '+', 1),
      owner,
      epoch,
      sent_at: now,
      request_hash: hash,
      updated_at: now,
    }))
    .whereRef('rows.run', '=', 't.run')
    .whereRef('rows.row', '=', 't.row')
    .where('rows.state', '=', 'ready'),
);

function hashOf(records: readonly RowRecord[]): string {
  const hash = createHash('sha256');
  for (const { ref, payload } of records) hash.update(JSON.stringify([ref, payload]));
  return hash.digest('hex');
}
