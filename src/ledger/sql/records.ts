import { sql, type Selectable } from 'kysely';
import type { Reaches } from '../../core/gate.js';
import { type Json, type JsonObject, readJson } from '../../core/json.js';
import type * as contract from '../../core/ledger.js';
import type { LedgerRow, Run } from '../../core/ledger.js';
import { unseal, type SealedObject } from '../../core/number.js';
import type { SourceFacts } from '../../core/row.js';
import { Overtaken } from '../errors.js';
import { liveWhere, removedWhere, type RowTable, type RunTable } from '../schema.js';
import { buildOnce, type Db, type Store, type Tx } from '../store.js';

/** True for live rows: of one person and history there is one. Column names are unqualified: use it where only `rows` has them. */
export const isLive = sql<boolean>`${sql.raw(liveWhere)}`;

/** True for rows taken back after the contact; unqualified like `isLive`. */
export const wasRemoved = sql<boolean>`${sql.raw(removedWhere)}`;

/**
 * True for rows that may be claimed. States are written out: for a bound one SQLite would plan a statement anew each time.
 */
export const isReady = sql<boolean>`rows.state = 'ready'`;

/** True for rows that were claimed and have no answer. */
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

/** @param payload the row's payload, where its text was parsed before */
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
  source: readJson(record.source) as Json,
  vendorId: record.vendor_id,
  detail: record.detail === null ? null : (readJson(record.detail) as Json),
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
  source: readJson(record.source) as SourceFacts,
  columns: readJson(record.columns) as string[],
  settings: readJson(record.settings) as JsonObject,
  settingsHash: record.settings_hash,
  createdAt: record.created_at,
  sealedAt: record.sealed_at,
  reportedAt: record.reported_at,
  updatedAt: record.updated_at,
  outdated: record.reaches === null,
});

/** Whom a run reaches. A run planned by an older version only says whether it reaches anybody. */
export const reachesOf = ({ reaches, reaches_person }: RunRecord): Reaches =>
  reaches ?? (reaches_person === 1 ? 'by-number' : 'nobody');

/** The run of this id, if there is one. */
export const runOf = buildOnce<{ id: string }, RunRecord>(({ db }, { id }) =>
  selectRuns(db).where('runs.id', '=', id),
);

/** The run of this id. Throws a plain Error where there is none: callers have looked it up before. */
export async function mustRun(db: Db, id: string): Promise<RunRecord> {
  const { rows } = await runOf({ db }, { id });
  const [found] = rows;
  if (!found) throw new Error(`There is no run ${id} in the ledger.`);
  return found;
}

/** A run whose plan is sealed: only of such a run may rows be sent. */
export async function mustSealed(db: Db, id: string): Promise<RunRecord> {
  const run = await mustRun(db, id);
  if (run.sealed_at === null) throw new Error(`The plan of run ${id} is not sealed.`);
  return run;
}

/** Throws `Overtaken` where fewer or more rows changed than were meant: the transaction is undone and tried again. */
export function mustChange(what: string, changed: number | bigint | undefined, wanted: number): void {
  if (Number(changed) !== wanted)
    throw new Overtaken(`The ledger changed ${String(changed)} rows where ${wanted} were meant (${what}).`);
}

/** Something that happened to a row of a run. */
export interface RowEvent {
  readonly row: number;
  readonly kind: string;
  readonly attempt: number;
  readonly code: string | null;
  readonly reason: string | null;
  /** JSON text, redacted. */
  readonly detail: string | null;
}

const eventColumns = {
  row: 'integer',
  kind: 'text',
  attempt: 'integer',
  code: 'text',
  reason: 'text',
  detail: 'text',
} as const;

/** Adds events to the rows' log, in the transaction of the change itself. At most one event a row and call. */
export async function noteEvents(
  tx: Tx,
  run: number,
  who: string | null,
  events: readonly RowEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await insertEvents(tx, {
    run,
    who,
    now: tx.now,
    events: tx.flavour.encode<RowEvent>(eventColumns, events),
  });
}

interface EventParameters {
  readonly run: number;
  readonly who: string | null;
  readonly now: number;
  readonly events: string;
}

const insertEvents = buildOnce<EventParameters, unknown, Tx>(
  ({ db, flavour }, { run, who, now, events: text }) =>
    db
      .insertInto('events')
      .columns(['run', 'row', 'seq', 'at', 'kind', 'attempt', 'code', 'reason', 'detail', 'who'])
      .expression((eb) =>
        eb
          .selectFrom(flavour.encoded<RowEvent>(eventColumns, text))
          .select([
            sql<number>`${run}`.as('run'),
            't.row',
            nextSeq(run).as('seq'),
            sql<number>`${now}`.as('at'),
          ])
          .select(['t.kind', 't.attempt', 't.code', 't.reason', 't.detail', sql<string>`${who}`.as('who')]),
      ),
);

const nextSeq = (run: number) =>
  sql<number>`1 + coalesce((select max(e.seq) from events e where e.run = ${run} and e.row = t.row), 0)`;

/** Events read at a time. */
const page = 500;

/** The events of one row or of all, by row, oldest first. */
export async function* events(store: Store, id: string, row?: number): AsyncIterable<contract.RowEvent> {
  const { no } = await store.read((db) => mustRun(db, id));
  for (let at = { row: -1, seq: 0 }; ;) {
    const found = await store.read((db) => {
      let query = db
        .selectFrom('events')
        .select(['row', 'seq', 'at', 'kind', 'attempt', 'code', 'reason', 'detail', 'who'])
        .where('run', '=', no)
        .where((eb) =>
          eb.or([eb('row', '>', at.row), eb.and([eb('row', '=', at.row), eb('seq', '>', at.seq)])]),
        );
      if (row !== undefined) query = query.where('row', '=', row);
      return query.orderBy('row').orderBy('seq').limit(page).execute();
    });
    for (const { seq: _seq, detail, ...event } of found)
      yield { ...event, detail: detail === null ? null : (readJson(detail) as Json) };
    const last = found[page - 1];
    if (last === undefined) return;
    at = last;
  }
}
