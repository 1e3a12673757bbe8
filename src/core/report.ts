import { Exit, type ExitCode } from './errors.js';
import { hintIn } from './hint.js';
import type { Json, JsonObject } from './json.js';
import type { LedgerRow, Run } from './ledger.js';
import { rowStates, type RowState, type StateCounts } from './life.js';
import { shownNumbers } from './number.js';
import type { SourceFacts } from './row.js';

/** How data can be printed. */
export const outputFormats = ['table', 'json', 'ndjson', 'csv', 'tsv'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** A column of a table view: its title and how to get its text from a record. */
export interface Column {
  readonly title: string;
  readonly value: (record: JsonObject) => Json | undefined;
  /** Phones are masked for people unless `--show-pii`. */
  readonly kind?: 'text' | 'phone' | 'number' | 'time' | 'state' | undefined;
}

/**
 * What a command found out, before anybody decides how it looks. `json` prints `document`, `ndjson` a line for each
 * record, `csv` and `tsv` the columns of each record whole, `table` the columns for people.
 */
export interface Report {
  readonly document: () => Json | Promise<Json>;
  readonly records: () => Iterable<JsonObject> | AsyncIterable<JsonObject>;
  readonly columns: readonly Column[];
  /** Lines above and below the table, for people only. */
  readonly heading?: readonly string[];
  readonly footer?: readonly string[];
  /** Printed instead of an empty table. */
  readonly empty?: string;
  readonly exit: ExitCode;
}

/** A column that shows a value of the record as it is. */
export const column = (title: string, kind?: Column['kind'], name = title): Column => ({
  title,
  kind,
  value: (record) => record[name],
});

/** What a report says beside its records; exit 0 unless it says otherwise. */
type View = Pick<Report, 'columns' | 'heading' | 'footer' | 'empty'> & Partial<Pick<Report, 'exit'>>;

/** A report of records, which its document lists under `name`, after the facts. */
export function listReport(
  facts: JsonObject,
  name: string,
  records: Report['records'] | readonly JsonObject[],
  view: View,
): Report {
  const all = typeof records === 'function' ? records : () => records;
  const document = async (): Promise<JsonObject> => {
    const list: JsonObject[] = [];
    for await (const record of all()) list.push(record);
    return { ...facts, [name]: list };
  };
  return { exit: Exit.ok, ...view, document, records: all };
}

/** A report of one record; each of its names is a column unless `view` says otherwise. */
export const recordReport = (schema: string, record: JsonObject, view: Partial<View> = {}): Report => ({
  document: () => ({ schema, ...record }),
  records: () => [record],
  columns: Object.entries(record).map(([title, value]) =>
    column(title, typeof value === 'number' ? 'number' : 'text'),
  ),
  exit: Exit.ok,
  ...view,
});

/** Counts as a push prints them: every state of a row, and their sum as `rows`. */
export interface PushCounts {
  readonly rows: number;
  readonly delivered: number;
  readonly already: number;
  readonly rejected: number;
  readonly inDoubt: number;
  readonly ready: number;
  readonly sending: number;
  readonly invalid: number;
  readonly duplicate: number;
  readonly blocked: number;
  readonly held: number;
  readonly withdrawn: number;
  readonly abandoned: number;
}

/** The document a push ends with: `salesq/push@1`. Its keys are a contract (docs/output.md#json). */
export interface PushSummary {
  readonly type: 'summary';
  readonly schema: 'salesq/push@1';
  /** Null for a dry run that stored nothing. */
  readonly run: string | null;
  readonly profile: string;
  readonly vendor: string;
  readonly operation: string;
  readonly dryRun: boolean;
  readonly source: PushSource;
  readonly counts: PushCounts;
  /** Path of the results file, if one was written. */
  readonly results: string | null;
  /** Why the run ended before its rows did; null where it did not. */
  readonly stopped: PushStopped | null;
  /** Commands to go on with; the last one continues a run that is not finished. */
  readonly next: readonly string[];
}

/** A reason to stop, for programs and people. */
export interface PushStopped {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface PushSource {
  readonly name: string;
  readonly sha256: string;
  readonly rows: number;
  readonly format: string;
  readonly encoding: string;
  readonly delimiter: string | null;
}

/** What a push knows when it ends; `countsOf` and the next commands are worked out from it. */
export interface PushFacts {
  readonly run: string | null;
  readonly profile: string;
  readonly vendor: string;
  readonly operation: string;
  readonly dryRun: boolean;
  readonly source: Pick<SourceFacts, 'name' | 'sha256' | 'format' | 'encoding' | 'delimiter'>;
  readonly counts: StateCounts;
  readonly results: string | null;
  readonly stopped?: PushStopped | null;
}

/** The `ndjson` object of a row: `runs rows` and a push print the same. Phones are whole. */
export interface RowLine {
  readonly type: 'row';
  readonly run: string;
  readonly row: number;
  readonly key: string | null;
  /** The person's number. */
  readonly phone: string | null;
  /** Every number that left, or would leave, in E.164; of a row that cannot be sent the person's, where it could be read. */
  readonly numbers: readonly string[];
  readonly state: RowState;
  readonly code: string | null;
  readonly reason: string | null;
  readonly vendorId: string | null;
  /** What the vendor told of a success, where it told more than an id. */
  readonly detail?: Json;
}

/** The counts by state under the names of the document, and their sum. */
export function countsOf(counts: StateCounts): PushCounts {
  return {
    rows: rowStates.reduce((sum, state) => sum + counts[state], 0),
    delivered: counts.delivered,
    already: counts.already,
    rejected: counts.rejected,
    inDoubt: counts['in-doubt'],
    ready: counts.ready,
    sending: counts.sending,
    invalid: counts.invalid,
    duplicate: counts.duplicate,
    blocked: counts.blocked,
    held: counts.held,
    withdrawn: counts.withdrawn,
    abandoned: counts.abandoned,
  };
}

/** The count of one state in a document. */
export const countIn = (counts: PushCounts, state: RowState): number =>
  state === 'in-doubt' ? counts.inDoubt : counts[state];

const lookAt = ['rejected', 'invalid', 'held', 'blocked'] as const;

/**
 * Commands that go on from these counts, the one that continues an unfinished run last: asking about rows in doubt, and
 * after it sending what is ready. None for a dry run.
 */
function nextCommands(run: string | null, counts: StateCounts, dryRun: boolean): string[] {
  if (run === null || dryRun) return [];
  const next: string[] = [];
  for (const state of lookAt) {
    if (counts[state] > 0) next.push(`salesq runs rows ${run} --state ${state}`);
  }
  if (counts['in-doubt'] > 0) next.push(`salesq runs reconcile ${run}`);
  if (counts.ready + counts.sending > 0) next.push(`salesq runs resume ${run}`);
  return next;
}

/** The document of a push; `source.rows` is the sum of the counts, so the two can never differ. */
export function pushDocument(facts: PushFacts): PushSummary {
  const counts = countsOf(facts.counts);
  const { name, sha256, format, encoding, delimiter } = facts.source;
  return {
    type: 'summary',
    schema: 'salesq/push@1',
    run: facts.run,
    profile: facts.profile,
    vendor: facts.vendor,
    operation: facts.operation,
    dryRun: facts.dryRun,
    source: { name, sha256, rows: counts.rows, format, encoding, delimiter },
    counts,
    results: facts.results,
    stopped: facts.stopped ?? null,
    next: nextCommands(facts.run, facts.counts, facts.dryRun),
  };
}

/** The document of a run as it stands; its commands mean the place. */
export function runDocument(
  run: Run,
  counts: StateCounts,
  place: { command(words: string): string },
  { results, stopped = null }: Pick<PushFacts, 'results' | 'stopped'> = { results: null },
): PushSummary {
  const facts = { ...run, run: run.id, dryRun: false, counts, results };
  const document = pushDocument({
    ...facts,
    stopped: stopped && stoppedIn(place, stopped),
  });
  return { ...document, next: document.next.map((command) => place.command(command)) };
}

const stoppedIn = (
  place: { command(words: string): string },
  { code, message, hint }: PushStopped,
): PushStopped => ({ code, message, hint: hint === null ? null : hintIn(place, hint) });

/** The `ndjson` object of a row of the ledger. */
export function rowLine(row: LedgerRow): RowLine {
  return {
    type: 'row',
    run: row.run,
    row: row.row,
    key: row.key,
    phone: row.phone,
    numbers: shownNumbersOf(row),
    state: row.state,
    code: row.code,
    reason: row.reason,
    vendorId: row.vendorId,
    ...(row.detail === null || row.detail === undefined ? {} : { detail: row.detail }),
  };
}

/** The numbers of a row that are shown: `RowLine.numbers`. */
export function shownNumbersOf({ payload, phone }: Pick<LedgerRow, 'payload' | 'phone'>): string[] {
  const numbers = payload === null ? [] : shownNumbers(payload);
  return numbers.length === 0 && phone !== null ? [phone] : numbers;
}
