import { sql, type RawBuilder } from 'kysely';
import { sharedNumber } from '../core/gate.js';
import { moves, type From, type MoveName, type MoveSpec, type To, type RowState } from '../core/life.js';
import { buildOnce, type Tx } from './store.js';
import type { Columns } from './flavour.js';
import { mustChange } from './sql/records.js';

/** A row and where it goes. */
export interface Moved<Name extends MoveName> {
  /** Number of the run. */
  readonly run: number;
  readonly row: number;
  readonly from: From<Name>;
  readonly to: To<Name>;
  readonly code: string | null;
  readonly reason: string | null;
  /** Its attempt when it was read; compared by moves whose effect says `attempt: 'same'`. */
  readonly attempt: number;
  readonly vendor_id?: string | null;
  /** JSON text. */
  readonly detail?: string | null;
}

/** The worker that claims or settles, and the lock it works under. */
export interface Mover {
  readonly owner: string;
  readonly epoch: number;
  /** SHA-256 of what is claimed together. */
  readonly hash?: string;
}

/** What a move does beside changing state, code, reason and time. */
interface Effect {
  /** `same`: changes only a row that is still at the attempt given. `next`: counts a new attempt. */
  readonly attempt?: 'same' | 'next';
  /** `same`: changes only a row that the mover claimed. `taken`: the mover becomes its owner. `none`: it has no owner. */
  readonly owner?: 'same' | 'taken' | 'none';
  /** Columns that are set too. */
  readonly learns?: readonly ('vendor_id' | 'detail')[];
}

const effects: Readonly<Record<MoveName, Effect>> = {
  claim: { attempt: 'next', owner: 'taken' },
  stop: {},
  settle: { attempt: 'same', owner: 'same', learns: ['vendor_id', 'detail'] },
  interrupt: { attempt: 'same' },
  doubt: { attempt: 'next', owner: 'none' },
  reconcile: { learns: ['vendor_id'] },
  resolve: {},
  abandon: {},
  block: {},
  withdraw: {},
};

/** A row as the statement reads it. The run is a column: with a constant SQLite would walk the whole run. */
interface Line {
  readonly run: number;
  readonly row: number;
  readonly was: RowState;
  readonly state: RowState;
  readonly code: string | null;
  readonly reason: string | null;
  readonly attempt: number;
  readonly vendor_id: string | null;
  readonly detail: string | null;
}

const types: Columns<Line> = {
  run: 'integer',
  row: 'integer',
  was: 'text',
  state: 'text',
  code: 'text',
  reason: 'text',
  attempt: 'integer',
  vendor_id: 'text',
  detail: 'text',
};

/** The columns of a line that a move reads. */
function columnsOf(name: MoveName): Columns<Line> {
  const { attempt, learns = [] } = effects[name];
  const wanted = new Set<string>(['run', 'row', ...learns]);
  if (name !== 'claim') for (const column of ['state', 'code', 'reason']) wanted.add(column);
  if (sourcesOf(name).length > 1) wanted.add('was');
  if (attempt === 'same') wanted.add('attempt');
  return Object.fromEntries(Object.entries(types).filter(([column]) => wanted.has(column))) as Columns<Line>;
}

interface Parameters {
  readonly rows: string;
  readonly now: number;
  readonly owner: string;
  readonly epoch: number;
  readonly hash: string;
}

/** The statement of a move, made from its steps and its effect. */
const statementOf = (name: MoveName) => {
  const columns = columnsOf(name);
  const { attempt, owner: whose, learns = [] } = effects[name];
  const update = buildOnce<Parameters, unknown, Tx>(({ db, flavour }, { rows, now, owner, epoch, hash }) => {
    let query = db
      .updateTable('rows')
      .from(flavour.encoded<Line>(columns, rows))
      .set((eb) => ({
        ...(name === 'claim'
          ? { state: 'sending' as const, code: kept('code'), reason: kept('reason') }
          : { state: eb.ref('t.state'), code: eb.ref('t.code'), reason: eb.ref('t.reason') }),
        ...Object.fromEntries(learns.map((column) => [column, eb.ref(`t.${column}`)])),
        ...(attempt === 'next' ? { attempt: eb('rows.attempt', '+', 1), sent_at: now } : {}),
        ...(whose === 'taken' ? { owner, epoch, request_hash: hash } : {}),
        ...(whose === 'none' ? { owner: null, epoch: null } : {}),
        updated_at: now,
      }))
      .whereRef('rows.run', '=', 't.run')
      .whereRef('rows.row', '=', 't.row');
    if (attempt === 'same') query = query.whereRef('rows.attempt', '=', 't.attempt');
    if (whose === 'same') query = query.where('rows.owner', '=', owner).where('rows.epoch', '=', epoch);
    return query.where(mayGo(name));
  });
  return { columns, update };
};

const sourcesOf = (name: MoveName): RowState[] => {
  const { steps }: MoveSpec = moves[name];
  return [...new Set(steps.map(([from]) => from))];
};

/** True for rows the move may start from. States are written out: bound ones would cost SQLite a new plan each time. */
function mayGo(name: MoveName): RawBuilder<boolean> {
  const { steps }: MoveSpec = moves[name];
  const sources = sourcesOf(name);
  const ways = sources.map((source) => {
    const is = sql`rows.state = ${sql.lit(source)}`;
    if (name === 'claim') return is;
    const was = sources.length > 1 ? sql` and t.was = ${sql.lit(source)}` : sql``;
    const targets = steps.flatMap(([from, to]) => (from === source ? [sql.lit(to)] : []));
    return sql`(${is}${was} and t.state in (${sql.join(targets)}))`;
  });
  return sql<boolean>`(${sql.join(ways, sql` or `)})`;
}

/** That a row goes without its second number stays said of it while it is sent; anything else said of it is over. */
const kept = (column: 'code' | 'reason'): RawBuilder<string | null> =>
  sql`case when rows.code = ${sql.lit(sharedNumber)} then ${sql.ref(`rows.${column}`)} else null end`;

const statements = new Map<MoveName, ReturnType<typeof statementOf>>();

function statement(name: MoveName): ReturnType<typeof statementOf> {
  const made = statements.get(name) ?? statementOf(name);
  statements.set(name, made);
  return made;
}

const nobody: Mover = { owner: '', epoch: 0 };

/**
 * Changes the state of rows; the only way there is. The caller notes the events.
 * @returns how many of the rows were as expected and have changed
 */
export async function tryMove<Name extends MoveName>(
  tx: Tx,
  name: Name,
  rows: readonly Moved<Name>[],
  { owner, epoch, hash = '' }: Mover = nobody,
): Promise<number> {
  if (rows.length === 0) return 0;
  const { columns, update } = statement(name);
  const lines = rows.map((one): Line => ({
    run: one.run,
    row: one.row,
    was: one.from,
    state: one.to,
    code: one.code,
    reason: one.reason,
    attempt: one.attempt,
    vendor_id: one.vendor_id ?? null,
    detail: one.detail ?? null,
  }));
  const encoded = tx.flavour.encode<Line>(columns, lines);
  const { numAffectedRows } = await update(tx, { rows: encoded, now: tx.now, owner, epoch, hash });
  return Number(numAffectedRows);
}

/** Changes the state of all these rows or of none: throws `Overtaken` where one is not as expected any more. */
export async function move<Name extends MoveName>(
  tx: Tx,
  name: Name,
  rows: readonly Moved<Name>[],
  mover?: Mover,
): Promise<void> {
  mustChange(name, await tryMove(tx, name, rows, mover), rows.length);
}
