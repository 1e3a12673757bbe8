import { hash, randomBytes } from 'node:crypto';
import { gateClosed } from '../core/errors.js';
import { judge, outdatedPlan, refusedSince, sharedNumber, type Reaches, type Ruling } from '../core/gate.js';
import { plainText, type Json, recordOf } from '../core/json.js';
import type { Ledger, LedgerRow, PlannedRow, PlanPolicy, Run, RunDraft, Standing } from '../core/ledger.js';
import { planChunk } from '../core/ledger.js';
import type { MappedRow } from '../core/map-row.js';
import {
  contentOf,
  numbersIn,
  ownNumbers,
  peopleOf,
  PhoneNumber,
  subjectOf,
  textOfKey,
  type SealedObject,
} from '../core/number.js';
import { rowStates, type RowState, type StateCounts } from '../core/life.js';
import type { InputRow, Problem } from '../core/row.js';
import { secondNumbers, withoutShared } from '../core/second-number.js';
import type { Lead, OptionValues, PushOperation } from '../core/vendor.js';
import type { HeldLock } from './hold.js';
import { type Job, type World, interruptedWhilePlanning } from './job.js';
import type { Review, Rows } from './rows.js';

/** What planning a row needs to know; the same for every row of a run. */
export interface RowPlanner {
  readonly operation: PushOperation;
  readonly options: OptionValues;
  /** Id of the run: our own keys are derived from it. */
  readonly run: string;
  /** True where every row has the columns of one header, so that its cells are stored without names. */
  readonly table: boolean;
  readonly map: (row: InputRow) => MappedRow;
  /** Has the last word about a row that could be sent. */
  readonly review?: Review | null;
}

interface Finding {
  readonly state: 'invalid' | 'held';
  readonly problem: Problem;
}

/** Plans one row: maps it, checks it, compiles what would leave. Pure but for hashing; every problem is kept. */
function planRow(planner: RowPlanner, row: InputRow): PlannedRow {
  const source = sourceOf(planner, row);
  if (row.broken) return unsendable(planner, row, source, [{ state: 'invalid', problem: row.broken }], null);
  const mapped = planner.map(row);
  const ref = refOf(planner, mapped.lead, row.row);
  if (mapped.problems.length > 0) {
    const unsent = unsendable(planner, row, source, mapped.problems, mapped.phone);
    return mapped.refuses === 'message' ? { ...unsent, refuses: 'message' } : unsent;
  }
  const compiled = planner.operation.compile(withRef(planner.operation, mapped.lead, ref), planner.options);
  const { payload } = compiled;
  const bytes = planner.operation.size(payload, planner.options);
  const findings = compiled.problems.map((problem): Finding => ({ state: 'invalid', problem }));
  if (bytes > planner.operation.limits.bytes)
    findings.push({ state: 'invalid', problem: tooLarge(planner.operation) });
  if (findings.length > 0) return unsendable(planner, row, source, findings, mapped.phone);
  const planned: PlannedRow = {
    row: row.row,
    state: 'ready',
    code: null,
    reason: null,
    key: rowKeyOf(planner, mapped.lead, payload),
    phone: mapped.phone,
    ref,
    payload,
    bytes,
    source,
  };
  return planner.review ? planner.review(planned, row, planner.run) : planned;
}

const tooLarge = (operation: PushOperation): Problem => ({
  code: 'row.too-large',
  message: `the row alone is larger than one request may be (${operation.limits.bytes} bytes)`,
});

function sourceOf(planner: RowPlanner, row: InputRow): Json {
  if (planner.table) return row.values;
  return recordOf(row.columns.map((column, index) => [column, row.values[index] ?? null]));
}

function refOf({ operation, run }: RowPlanner, lead: Lead, row: number): string {
  const own = operation.refField === undefined ? undefined : lead.fields[operation.refField];
  if (typeof own === 'string' && own !== '') return own;
  return madeRef(run, row);
}

/** Our own key of a row that brings none: 24 hex digits. */
export const madeRef = (run: string, row: number): string => hash('sha256', `${run}:${row}`).slice(0, 24);

function withRef(operation: PushOperation, lead: Lead, ref: string): Lead {
  return operation.refField === undefined
    ? lead
    : { ...lead, fields: { ...lead.fields, [operation.refField]: ref } };
}

/** What tells a repeated row: the field the operation names, else everything that would leave but our own key. */
function rowKeyOf({ operation, options }: RowPlanner, lead: Lead, payload: SealedObject): string {
  const key = typeof operation.key === 'function' ? operation.key(options) : operation.key;
  if (key !== 'content') {
    const value = lead.fields[key.field];
    return value instanceof PhoneNumber ? textOfKey(value.key) : plainText(value as Json | undefined);
  }
  const { [operation.refField ?? '']: _ref, ...content } = payload;
  return hash('sha256', contentOf(content));
}

function unsendable(
  planner: RowPlanner,
  row: InputRow,
  source: Json,
  findings: readonly Finding[],
  phone: string | null,
): PlannedRow {
  const refused = findings.find(({ problem }) => problem.code === refusedSince.code);
  const state = !refused && findings.some((finding) => finding.state === 'invalid') ? 'invalid' : 'held';
  const leading = refused ?? findings.find((finding) => finding.state === state) ?? findings[0];
  return {
    row: row.row,
    state,
    code: leading?.problem.code ?? null,
    reason: findings.map(({ problem }) => problem.message).join('; '),
    key: null,
    phone,
    ref: madeRef(planner.run, row.row),
    payload: null,
    bytes: 0,
    source,
  };
}

/** Where a plan is written, and what else it looks at. */
export interface PlanTarget {
  readonly ledger: Ledger;
  readonly run: string;
  readonly policy: PlanPolicy;
  /** A dry run writes to a throwaway ledger and asks the real one who was contacted before. */
  readonly history: {
    readonly ledger: Ledger;
    /** Null for one that it does not know. */
    readonly account: string | null;
    readonly scope: string;
    readonly reaches: Reaches;
  } | null;
  /** Aborting leaves an unsealed plan, of which nothing is ever sent. */
  readonly signal: AbortSignal;
  onRows(rows: readonly LedgerRow[]): void | Promise<void>;
}

/**
 * Plans a run: reads every row, checks it and writes it down, a thousand at a time; memory does not grow with the input.
 * Throws what the reader throws; the plan is then unsealed. Resolves false if the signal ended it early.
 */
export async function writePlan(
  planner: RowPlanner,
  rows: AsyncIterable<InputRow>,
  target: PlanTarget,
): Promise<boolean> {
  let chunk: PlannedRow[] = [];
  for await (const row of rows) {
    if (target.signal.aborted) return false;
    chunk.push(planRow(planner, row));
    if (chunk.length < planChunk) continue;
    await writeChunk(chunk, target);
    chunk = [];
  }
  if (chunk.length > 0) await writeChunk(chunk, target);
  return !target.signal.aborted;
}

async function writeChunk(chunk: readonly PlannedRow[], target: PlanTarget): Promise<void> {
  const rows = target.history ? await withHistory(chunk, target.history, target.policy) : chunk;
  await target.onRows(await target.ledger.addRows(target.run, rows, target.policy));
}

/** The rows as they would stand beside what the real ledger knows. */
async function withHistory(
  rows: readonly PlannedRow[],
  { ledger, account, scope, reaches }: NonNullable<PlanTarget['history']>,
  policy: PlanPolicy,
): Promise<PlannedRow[]> {
  const asked = rows.map((row) => ({
    row,
    second: row.state === 'ready' ? secondNumbers(reaches, row) : [],
  }));
  const keys = asked.flatMap(({ row, second }) =>
    row.state === 'ready' && row.key !== null ? [row.key, ...second.map(textOfKey)] : [],
  );
  const standing =
    account === null ? new Map<string, Standing>() : await ledger.standing(account, scope, keys, policy);
  const earlier = (key: string): Ruling | null => {
    const known = standing.get(key);
    return known?.state === 'duplicate' ? { ...known, state: known.state } : null;
  };
  const onList = await ledger.listed(numbersOf(rows));
  return asked.map(({ row, second }) => {
    if (row.state !== 'ready' || row.payload === null) return row;
    const people = peopleOf(reaches, row);
    const subject = subjectOf({ row: row.row, reaches, people, payload: row.payload });
    const ruling =
      judge(subject, { ...onList, earlier: null }, 'plan') ?? (row.key === null ? null : earlier(row.key));
    if (ruling) return { ...row, ...ruling };
    return withoutShared(row, second, (number) => earlier(textOfKey(number)));
  });
}

const numbersOf = (rows: readonly PlannedRow[]): string[] =>
  rows.flatMap((row) => [...ownNumbers(row), ...numbersIn(row.payload).map(({ key }) => textOfKey(key))]);

/** The planner of a job's rows for one run. */
export const plannerOf = ({ operation, options }: Job, rows: Rows, run: string): RowPlanner => ({
  operation,
  options,
  run,
  table: rows.source.columns !== null,
  map: (row) => rows.map(row),
  review: rows.review,
});

/** What is known of a run before its rows are read. */
export function draftOf(job: Job, rows: Rows, account: string): RunDraft {
  const { operation, options } = job;
  return {
    account,
    profile: job.profile,
    vendor: job.vendor,
    operation: operation.id,
    scope: scopeOf(job),
    reaches: operation.reaches(options),
    source: rows.source.facts,
    columns: rows.source.columns ?? [],
    settings: {
      ...rows.settings,
      ...(operation.channel !== null && { channel: operation.channel }),
      ...(job.keyMark !== null && { key: job.keyMark }),
    },
    settingsHash: rows.settingsHash,
  };
}

/**
 * Plans a new run and seals it. Throws UserError: `run.interrupted` (exit 130, 143) where a signal came first, the plan is
 * thrown away then; `run.lock-lost` (exit 11) where another process took the lock over.
 */
export async function makePlan(
  world: World,
  ledger: Ledger,
  held: HeldLock,
  job: Job,
  rows: Rows,
  account: string,
): Promise<Run> {
  const { source } = rows;
  await job.tell({ kind: 'phase', name: 'planning', total: null });
  const told = tellPlanned(job);
  const id = await ledger.beginPlan(draftOf(job, rows, account), held.lock);
  const target: PlanTarget = {
    ledger,
    run: id,
    policy: job.policy,
    history: null,
    signal: AbortSignal.any([world.stopping, held.lost]),
    onRows: told.onRows,
  };
  try {
    const whole = await writePlan(plannerOf(job, rows, id), source.rows(), target);
    await held.check();
    if (!whole) throw interruptedWhilePlanning(world);
    await told.end();
  } catch (error) {
    await ledger.discardPlan(id);
    throw error;
  }
  const blocked = await ledger.seal(id, source.facts, source.columns ?? []);
  if (blocked > 0) {
    const text = `The file says that people want no contact who were still to be contacted by older runs: ${blocked} ready rows of these are blocked now (consent.refused).`;
    await job.tell({ kind: 'said', text, warning: true });
  }
  const run = await ledger.run(id);
  if (!run) throw new Error(`run ${id} vanished after it was sealed`);
  for await (const row of ledger.rows(id, { states: neverSent }))
    await job.tell({ kind: 'rows', rows: [row] });
  return run;
}

/** Tells the rows of a plan as they are written, and at its end which of them go without a second number. */
export function tellPlanned({
  tell,
}: Pick<Job, 'tell'>): Pick<PlanTarget, 'onRows'> & { end(): Promise<void> } {
  const without: number[] = [];
  return {
    onRows: (rows) => {
      for (const { row, state, code } of rows)
        if (state === 'ready' && code === sharedNumber) without.push(row);
      return tell({ kind: 'planned', rows });
    },
    end: async () => {
      if (without.length === 0) return;
      const named = `${without.slice(0, mostNamed).join(', ')}${without.length > mostNamed ? ', …' : ''}`;
      const text = `Without their second number, which another row handed over before (${sharedNumber}), go ${without.length} rows: ${named}`;
      await tell({ kind: 'said', text, warning: true });
    },
  };
}

/** Rows named in a line. */
const mostNamed = 10;

/** States that planning alone can give a row: it will never be sent. */
const neverSent: readonly RowState[] = ['invalid', 'held', 'blocked', 'duplicate'];

/**
 * The run that already covers this file: same bytes, account, operation and settings; null if there is none. Throws
 * `run.plan-out-of-date` (exit 10) if an unfinished run of this file used other settings, or an older program. A finished
 * run whose summary was never shown counts too, even with `--recontact`: the operator cannot know that it finished.
 */
export async function findRunOfFile(
  ledger: Ledger,
  job: Job,
  rows: Rows,
  account: string,
): Promise<Run | null> {
  const runs = await ledger.runsOf(account, job.operation.id, rows.source.facts.sha256);
  const again = job.policy.recontact.mode !== 'never' || meantAgain(job, rows);
  for (const run of runs.filter((candidate) => hasSameScope(candidate, job))) {
    const counts = await ledger.counts(run.id);
    const unfinished = counts.ready + counts.sending > 0;
    if (!unfinished && (await hasGivenUp(ledger, run, counts))) continue;
    if (run.outdated && unfinished) throw outdatedPlan(run.id);
    const same = run.settingsHash === rows.settingsHash;
    if (same && !unfinished && run.reportedAt !== null && (await hasTestRows(ledger, run, job))) continue;
    const untold = run.reportedAt === null && cameToSending(counts);
    if (same && (unfinished || untold || (!again && cameToSending(counts)))) return run;
    if (unfinished) throw planOutOfDate(run, job);
  }
  return null;
}

/** A run of which no row could be sent is no memory of anybody: the file is planned anew. */
const cameToSending = (counts: StateCounts): boolean =>
  rowStates.some((state) => counts[state] > 0 && !neverSent.includes(state));

/** Whether the run has rows to the user's own phones, which the same file contacts again. */
async function hasTestRows(ledger: Ledger, run: Run, { policy: { testNumbers } }: Job): Promise<boolean> {
  if (testNumbers === undefined || testNumbers.size === 0) return false;
  for await (const { key } of ledger.rows(run.id)) if (key !== null && testNumbers.has(key)) return true;
  return false;
}

/** Whether rows of the run were given up before they were sent: then the file may be planned anew for them. */
async function hasGivenUp(ledger: Ledger, run: Run, counts: StateCounts): Promise<boolean> {
  if (counts.abandoned === 0) return false;
  for await (const { attempt, payload } of ledger.rows(run.id, { states: ['abandoned'] }))
    if (attempt === 0 && payload !== null) return true;
  return false;
}

/**
 * True for an operation nobody hears of and that may be asked for again: a cancel, a number put on the do-not-call list or
 * taken off it (it may have come on it again since).
 */
const isRepeatable = ({ operation, options }: Job): boolean =>
  operation.reaches(options) === 'nobody' &&
  (operation.afterLoss(options) === 'repeat-is-safe' || operation.doNotCall !== undefined);

/**
 * The history a new run is planned against. What may be repeated gets one of its own: a number that was cancelled last
 * week is cancelled again today, and never passed over as a duplicate.
 */
function scopeOf(job: Job): string {
  const scope = job.operation.scope(job.options);
  return isRepeatable(job) ? `${scope} ${randomBytes(6).toString('hex')}` : scope;
}

/** Whether a run was planned for the same kind of push. */
const hasSameScope = (run: Run, { operation, options }: Job): boolean =>
  run.scope.split(' ')[0] === operation.scope(options).split(' ')[0];

/** Given on the command line, what may be repeated is meant to be: a finished run is no reason to do nothing. */
const meantAgain = (job: Job, rows: Rows): boolean =>
  rows.source.facts.name === 'arguments' && isRepeatable(job);

const planOutOfDate = (run: Run, { place }: Job): Error =>
  gateClosed({
    code: 'run.plan-out-of-date',
    message: `Run ${run.id} of this file is unfinished and was planned with other settings (mapping, constants, phone format or options)`,
    hint: `${place.command(`salesq runs resume ${run.id}`)}  # or repeat the push with the settings it was planned with`,
  });
