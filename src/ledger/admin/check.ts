import { sql, type RawBuilder } from 'kysely';
import type { LedgerCheck, LedgerFinding } from '../../core/ledger-admin.js';
import { attemptedStates, toldStates, liveStates, type RowState } from '../../core/life.js';
import { migrations } from '../schema.js';
import { isLive } from '../sql/records.js';
import { notNewer, type Keeper } from './keeper.js';

/** Findings listed of one kind; where there are more, the last one says so. */
const most = 50;

/** Checks the engine's files, then what the ledger promises of its rows. Changes nothing. Throws `ledger.newer` (exit 6). */
export async function check(keeper: Keeper): Promise<LedgerCheck> {
  const { found } = await notNewer(keeper);
  const { checked, skipped, findings } = await keeper.soundness();
  const all = [...findings];
  const made = [...checked];
  if (found > 0) {
    all.push(...(await missingObjects(keeper, found)));
    made.push('schema');
  }
  for (const invariant of invariants.filter(({ since }) => found >= since)) {
    made.push(invariant.code.replace('check.', ''));
    all.push(...(await violations(keeper, invariant)));
  }
  return { where: keeper.store.where, checked: made, skipped, findings: all };
}

/** Tables and indexes of the schema that are missing: unique indexes are what keeps a person from two live rows. */
async function missingObjects(keeper: Keeper, found: number): Promise<LedgerFinding[]> {
  const there = await keeper.objects();
  const statements = migrations(keeper.store.flavour.identity)
    .slice(0, found)
    .flatMap((step) => step.statements);
  const dropped = statements.flatMap((statement) => /^drop index (\w+)/.exec(statement.trim())?.[1] ?? []);
  const made = statements
    .map((statement) => /^create (?:unique )?(table|index) (\w+)/.exec(statement.trim()))
    .flatMap((match) => (match ? [{ kind: match[1] ?? '', name: match[2] ?? '' }] : []));
  return made
    .filter(({ name }) => !there.has(name) && !dropped.includes(name))
    .map(({ kind, name }) => ({
      code: 'check.schema',
      run: null,
      row: null,
      message: `The ${kind} ${name} is missing or cannot be used.`,
    }));
}

async function violations(keeper: Keeper, { code, query, message }: Invariant): Promise<LedgerFinding[]> {
  try {
    const { rows } = await keeper.store.read((db) => limited(query).execute(db));
    const told = rows.slice(0, most).map(({ run, row }) => ({
      code,
      run,
      row: row === null ? null : Number(row),
      message,
    }));
    if (rows.length > most)
      told.push({ code, run: null, row: null, message: `${message} And more like it.` });
    return told;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [
      { code: 'check.unreadable', run: null, row: null, message: `Not readable to its end (${code}).` },
    ];
  }
}

const limited = (query: RawBuilder<{ run: string | null; row: number | null }>) =>
  sql<{ run: string | null; row: number | null }>`${query} limit ${sql.lit(most + 1)}`;

/** True where the file is damaged in the part this check reads; other checks may still work. */
const isDamage = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'ledger.corrupt';

/** A query that finds rows which break a promise; it must find none. */
export interface Invariant {
  readonly code: string;
  readonly message: string;
  /** Number of the schema's step that made what the query reads. */
  readonly since: number;
  /** Selects the run's id and the row's number. */
  readonly query: RawBuilder<{ run: string | null; row: number | null }>;
}

const rule = (code: string, message: string, query: Invariant['query'], since = 1): Invariant => ({
  code: `check.${code}`,
  message,
  since,
  query,
});

const found = sql<{ run: string | null; row: number | null }>`select runs.id as run, rows.row as row
  from rows left join runs on runs.no = rows.run where`;

const isIn = (states: readonly RowState[]): RawBuilder<boolean> =>
  sql<boolean>`rows.state in (${sql.join(states.map((state) => sql.lit(state)))})`;

const attempted = isIn(attemptedStates);
const told = isIn(toldStates);

/** What the ledger promises of its own rows (`moves`), in SQL every engine understands. */
const invariants: readonly Invariant[] = [
  rule(
    'two-live',
    'Another live row has the same person and history.',
    sql`select runs.id as run, twin.row as row from (
        select key, history, slot from rows where ${isLive} and key is not null
        group by key, history, slot having count(*) > 1) as twice
      join rows twin on twin.key = twice.key and twin.history = twice.history and twin.slot = twice.slot
      left join runs on runs.no = twin.run
      where twin.state in (${sql.join(liveStates.map((state) => sql.lit(state)))}) and twin.superseded_run is null`,
  ),
  rule(
    'unsealed-sent',
    'Sent, although the plan was never finished.',
    sql`${found} runs.sealed_at is null and runs.no is not null
      and (rows.attempt > 0 or ${attempted})`,
  ),
  rule(
    'row-lost',
    'The rows of this run are not numbered from 1 without a gap.',
    sql`select runs.id as run, null as row from runs join rows on rows.run = runs.no
      where runs.sealed_at is not null
      group by runs.no, runs.id having count(*) <> max(rows.row) or min(rows.row) < 1`,
  ),
  rule('no-run', 'The row belongs to no run.', sql`${found} runs.no is null`),
  rule(
    'foreign-row',
    'The row is of another account or history than its run.',
    sql`${found} (rows.account <> runs.account or rows.history <> runs.history)`,
  ),
  rule(
    'ownerless',
    'Being sent by somebody who holds no lock; the next resume makes it in doubt.',
    sql`${found} rows.state = 'sending' and not exists (
      select 1 from locks where locks.owner = rows.owner)`,
  ),
  rule(
    'no-attempt',
    'Sent or in doubt, and no attempt was noted.',
    sql`${found} ${attempted} and rows.attempt < 1`,
  ),
  rule(
    'no-event',
    'Settled, and nothing tells when and how.',
    sql`${found} ${told} and not exists (
      select 1 from events where events.run = rows.run and events.row = rows.row)`,
  ),
  rule(
    'late-event',
    'An event tells of an attempt that the row never had.',
    sql`${found} exists (select 1 from events where events.run = rows.run and events.row = rows.row
      and events.attempt > rows.attempt)`,
  ),
  rule(
    'event-without-row',
    'An event tells of a row that is not there.',
    sql`select runs.id as run, events.row as row from events left join runs on runs.no = events.run
      where not exists (select 1 from rows where rows.run = events.run and rows.row = events.row)`,
  ),
  rule(
    'lost-successor',
    'Gave way to a row that is not there.',
    sql`${found} rows.superseded_run is not null and not exists (
      select 1 from rows heir where heir.run = rows.superseded_run and heir.row = rows.superseded_row)`,
  ),
  rule(
    'half-superseded',
    'Gave way to a row, but the note of it is not whole.',
    sql`${found} (rows.superseded_run is null) <> (rows.superseded_row is null)`,
  ),
  rule(
    'no-number',
    'Its phone is not among the numbers it is found by.',
    sql`${found} rows.phone is not null and not exists (select 1 from numbers where numbers.run = rows.run
      and numbers.row = rows.row and numbers.kind = 'phone' and numbers.value = rows.phone)`,
    2,
  ),
  rule(
    'contacts',
    'An account counts fewer contacts than were made: an older copy of this ledger could be taken for it.',
    sql`select cast(null as text) as run, cast(null as bigint) as row from accounts where contacts < (
      select count(*) from runs join rows on rows.run = runs.no
      where runs.account = accounts.no and runs.reaches_person = 1 and rows.attempt > 0)`,
    3,
  ),
  rule(
    'number-without-row',
    'A number tells of a row that is not there.',
    sql`select runs.id as run, numbers.row as row from numbers left join runs on runs.no = numbers.run
      where not exists (select 1 from rows where rows.run = numbers.run and rows.row = numbers.row)`,
    2,
  ),
];
