import { sql } from 'kysely';
import type { Json } from '../../core/json.js';
import type * as contract from '../../core/ledger.js';
import { buildOnce, type Store, type Tx } from '../store.js';
import { mustRun } from './records.js';

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

const columns = {
  row: 'integer',
  kind: 'text',
  attempt: 'integer',
  code: 'text',
  reason: 'text',
  detail: 'text',
} as const;

/** Adds to the rows' log, in the transaction of the change itself. At most one event a row and call. */
export async function note(
  tx: Tx,
  run: number,
  who: string | null,
  events: readonly RowEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await insert(tx, { run, who, now: tx.now, events: tx.flavour.encode<RowEvent>(columns, events) });
}

interface Noting {
  readonly run: number;
  readonly who: string | null;
  readonly now: number;
  readonly events: string;
}

const insert = buildOnce<Noting, unknown, Tx>(({ db, flavour }, { run, who, now, events: text }) =>
  db
    .insertInto('events')
    .columns(['run', 'row', 'seq', 'at', 'kind', 'attempt', 'code', 'reason', 'detail', 'who'])
    .expression((eb) =>
      eb
        .selectFrom(flavour.encoded<RowEvent>(columns, text))
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

/** Of one row or of all, by row, oldest first. */
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
      yield { ...event, detail: detail === null ? null : (JSON.parse(detail) as Json) };
    const last = found[page - 1];
    if (last === undefined) return;
    at = last;
  }
}
