import { sql, type Selectable } from 'kysely';
import type { Reaches } from '../../core/gate.js';
import type { Json, JsonObject } from '../../core/json.js';
import type { LedgerRow, Run } from '../../core/ledger.js';
import type { SourceFacts } from '../../core/row.js';
import { unseal, type SealedObject } from '../../core/number.js';
import { Overtaken } from '../errors.js';
import { buildOnce, type Db } from '../store.js';
import { liveWhere, removedWhere, type RowTable, type RunTable } from '../schema.js';

/** Holds for rows no second one may join. Column names are unqualified: use it where only `rows` has them. */
export const isLive = sql<boolean>`${sql.raw(liveWhere)}`;

/** Holds for rows taken back after the contact; unqualified like `isLive`. */
export const wasRemoved = sql<boolean>`${sql.raw(removedWhere)}`;

/**
 * Holds for rows that may be claimed. States are written out: for a bound one SQLite would plan a statement anew each time.
 */
export const isReady = sql<boolean>`rows.state = 'ready'`;

/** Holds for rows that were claimed and have no answer. */
export const isSending = sql<boolean>`rows.state = 'sending'`;

export const rowColumns = [
  'rows.row',
  'rows.state',
  'rows.code',
  'rows.reason',
  'rows.key',
  'rows.phone',
  'rows.ref',
  'rows.payload',
  'rows.bytes',
  'rows.source',
  'rows.vendor_id',
  'rows.detail',
  'rows.attempt',
  'rows.updated_at',
] as const;

type Short<T> = T extends `rows.${infer Name}` ? Name : never;
export type RowRecord = Pick<Selectable<RowTable>, Short<(typeof rowColumns)[number]>>;

/** @param payload where it was read from its text already */
export const toRow = (
  run: string,
  record: RowRecord,
  payload: SealedObject | null = record.payload === null ? null : unseal(record.payload),
): LedgerRow => ({
  run,
  row: record.row,
  state: record.state,
  code: record.code,
  reason: record.reason,
  key: record.key,
  phone: record.phone,
  ref: record.ref,
  payload,
  bytes: record.bytes,
  source: JSON.parse(record.source) as Json,
  vendorId: record.vendor_id,
  detail: record.detail === null ? null : (JSON.parse(record.detail) as Json),
  attempt: record.attempt,
  updatedAt: record.updated_at,
});

/** Runs with the scope of their history. */
export const selectRuns = (db: Db) =>
  db
    .selectFrom('runs')
    .innerJoin('histories', 'histories.no', 'runs.history')
    .selectAll('runs')
    .select('histories.scope');

export type RunRecord = Selectable<RunTable> & { readonly scope: string };

export const toRun = (record: RunRecord): Run => ({
  id: record.id,
  account: String(record.account),
  profile: record.profile,
  vendor: record.vendor,
  operation: record.operation,
  scope: record.scope,
  reaches: reachesOf(record),
  source: JSON.parse(record.source) as SourceFacts,
  columns: JSON.parse(record.columns) as string[],
  settings: JSON.parse(record.settings) as JsonObject,
  settingsHash: record.settings_hash,
  createdAt: record.created_at,
  sealedAt: record.sealed_at,
  reportedAt: record.reported_at,
  updatedAt: record.updated_at,
  outdated: record.reaches === null,
});

/** Whom a run reaches; of an outdated one only whether anybody is known. */
export const reachesOf = ({ reaches, reaches_person }: RunRecord): Reaches =>
  reaches ?? (reaches_person === 1 ? 'by-number' : 'nobody');

/** The run of this id, if there is one. */
export const runOf = buildOnce<{ id: string }, RunRecord>(({ db }, { id }) =>
  selectRuns(db).where('runs.id', '=', id),
);

/** A run by its id, or a bug: whoever names a run here has looked it up before. */
export async function mustRun(db: Db, id: string): Promise<RunRecord> {
  const { rows } = await runOf({ db }, { id });
  return checked(id, rows[0]);
}

/** A run whose plan is sealed: only of such a run may rows be sent. */
export async function mustSealed(db: Db, id: string): Promise<RunRecord> {
  const run = await mustRun(db, id);
  if (run.sealed_at === null) throw new Error(`The plan of run ${id} is not sealed.`);
  return run;
}

function checked(id: string, found: RunRecord | undefined): RunRecord {
  if (!found) throw new Error(`There is no run ${id} in the ledger.`);
  return found;
}

/** Throws where fewer or more rows changed than were meant: all is undone, and tried again where somebody was quicker. */
export function mustChange(what: string, changed: number | bigint | undefined, wanted: number): void {
  if (Number(changed) !== wanted)
    throw new Overtaken(`The ledger changed ${String(changed)} rows where ${wanted} were meant (${what}).`);
}
