import { createHash } from 'node:crypto';
import { unusable } from '../core/errors.js';
import { type Json, isObject, writeJson, keysOf, valuesOf } from '../core/json.js';
import type { Ledger, LedgerRow, PlannedRow, Run } from '../core/ledger.js';
import { contentOf } from '../core/number.js';
import {
  firstPlace,
  retriedStates,
  retryColumn,
  retryName,
  temporaryRefusals,
  unchangedCode,
} from '../core/life.js';
import type { InputRow, InputSource, Problem, SourceFacts } from '../core/row.js';
import type { PushOperation } from '../core/vendor.js';
import { madeRef } from './plan.js';
import type { Review } from './rows.js';

/** The rows of a run that may be tried again, as an input like any other. */
export interface RetrySource {
  readonly source: InputSource;
  /** Holds back what was refused and would leave again just as it was. */
  readonly review: Review;
  readonly rows: number;
}

interface Pair {
  readonly before: LedgerRow;
  readonly columns: readonly string[];
  readonly values: readonly Json[];
  readonly broken: Problem | null;
}

/**
 * Rows that were refused or never sent, with the cells they had, or those a mended results file gives them: then only
 * rows of the file. Reads everything once to know its digest.
 */
export async function openRetry(
  ledger: Ledger,
  run: Run,
  operation: PushOperation,
  mended: InputSource | null,
): Promise<RetrySource> {
  const pairs = (): AsyncIterable<Pair> => (mended ? fromFile(ledger, run, mended) : fromLedger(ledger, run));
  const { rows, sha256, bytes } = await digestOf(run, pairs());
  const facts: SourceFacts = { ...(mended?.facts ?? run.source), name: retryName(run.id), sha256, bytes };
  const header = mended ? mended.columns : run.columns.length > 0 ? run.columns : null;
  const columns = header && [...without(header), retryColumn];
  const priors = new WeakMap<InputRow, LedgerRow>();
  const source: InputSource = {
    facts,
    columns,
    warnings: mended?.warnings ?? [],
    async *rows() {
      let row = 0;
      for await (const pair of pairs()) {
        const input = inputRow((row += 1), run, pair, columns);
        priors.set(input, pair.before);
        yield input;
      }
    },
    close: async () => mended?.close(),
  };
  return { source, rows, review: reviewWith(operation, priors) };
}

const without = (columns: readonly string[]): string[] => columns.filter((column) => !isOurs(column));

const isOurs = (column: string): boolean => column.trim().toLowerCase().startsWith('_salesq_');

async function digestOf(
  run: Run,
  pairs: AsyncIterable<Pair>,
): Promise<{ rows: number; sha256: string; bytes: number }> {
  const hash = createHash('sha256').update(retryName(run.id));
  let rows = 0;
  let bytes = 0;
  for await (const pair of pairs) {
    const text = writeJson([pair.before.row, cellsOf(pair)]);
    hash.update(`\n${text}`);
    rows += 1;
    bytes += Buffer.byteLength(text);
  }
  return { rows, bytes, sha256: hash.digest('hex') };
}

async function* fromLedger(ledger: Ledger, run: Run): AsyncIterable<Pair> {
  for await (const before of ledger.rows(run.id, { states: retriedStates })) {
    const { source } = before;
    const broken = brokenBefore(before);
    if (Array.isArray(source))
      yield { before, columns: run.columns, values: source as readonly Json[], broken };
    else if (isObject(source)) yield { before, columns: keysOf(source), values: valuesOf(source), broken };
    else yield { before, columns: [], values: [], broken };
  }
}

/** A row the reader had set aside is as broken as it was. */
const brokenBefore = ({ state, code, reason }: LedgerRow): Problem | null =>
  state === 'invalid' && code?.startsWith('input.') ? { code, message: reason ?? '' } : null;

async function* fromFile(ledger: Ledger, run: Run, file: InputSource): AsyncIterable<Pair> {
  const wanted = new Set<number>();
  for await (const { row } of ledger.rows(run.id, { states: retriedStates })) wanted.add(row);
  for await (const { of, cells } of mendedRows(file, run)) {
    if (!wanted.has(of)) continue;
    for await (const before of ledger.rows(run.id, { row: of, states: retriedStates }))
      yield { before, columns: cells.columns, values: cells.values, broken: cells.broken };
  }
}

/** The input's own cells, by column; ours are made anew. */
const cellsOf = ({ columns, values }: Pair): (readonly [string, Json])[] =>
  columns.flatMap((column, at) => (isOurs(column) ? [] : [[column, values[at] ?? null] as const]));

function inputRow(row: number, run: Run, pair: Pair, header: readonly string[] | null): InputRow {
  const kept = cellsOf(pair);
  const first = firstPlace(run.columns, pair.before.source) ?? `${run.id}:${pair.before.row}`;
  const ragged = pair.values.length > pair.columns.length ? pair.values.slice(pair.columns.length) : [];
  return {
    row,
    line: null,
    columns: header ?? [...kept.map(([column]) => column), retryColumn],
    values: [...kept.map(([, value]) => value), first, ...ragged],
    broken: pair.broken,
  };
}

/** What was refused goes again where the cause passes by itself, or where something else would leave than before. */
const reviewWith =
  (operation: PushOperation, priors: WeakMap<InputRow, LedgerRow>): Review =>
  (planned, row, run) => {
    const before = priors.get(row);
    if (!before?.payload) return planned;
    const heldBefore = before.code === unchangedCode;
    const refused = before.state === 'rejected' && !temporaryRefusals.has(before.code ?? '');
    if (!refused && !heldBefore) return planned;
    const same = leaving(operation, before, before.run) === leaving(operation, planned, run);
    if (!same) return planned;
    const reason = `Refused as row ${before.row} of run ${before.run} (${before.code ?? 'no code'}), and nothing in it has changed.`;
    return { ...planned, state: 'held', code: unchangedCode, reason: heldBefore ? before.reason : reason };
  };

/** What leaves of a row, but for a key of our own making, which is new in every run. */
function leaving(
  { refField }: PushOperation,
  { row, payload }: Pick<PlannedRow, 'row' | 'payload'>,
  run: string,
): string {
  const { [refField ?? '']: ref, ...rest } = payload ?? {};
  return contentOf(ref === undefined || ref === madeRef(run, row) ? rest : { ...rest, ref });
}

/** A row of a mended results file, and which row of the run it is. */
export interface MendedRow {
  readonly of: number;
  readonly cells: InputRow;
}

const ownColumns = { row: '_salesq_row', run: '_salesq_run' } as const;

/**
 * The rows of a results file of the run, in the file's order. Throws UserError (exit 6): `retry.no-results-file`,
 * `retry.other-run`, `retry.bad-row`, `retry.row-twice`.
 */
export async function* mendedRows(source: InputSource, run: Pick<Run, 'id'>): AsyncIterable<MendedRow> {
  const seen = new Set<number>();
  for await (const cells of source.rows()) {
    if (cellOf(cells, ownColumns.row) === undefined || cellOf(cells, ownColumns.run) === undefined)
      throw noResultsFile(source);
    if (text(cellOf(cells, ownColumns.run)).toUpperCase() !== run.id) throw otherRun(source, cells, run);
    const number = text(cellOf(cells, ownColumns.row));
    if (!/^[1-9]\d{0,14}$/.test(number)) throw badRow(source, cells);
    const of = Number(number);
    if (seen.has(of)) throw rowTwice(source, cells, of);
    seen.add(of);
    yield { of, cells };
  }
}

function cellOf({ columns, values }: InputRow, name: string): Json | undefined {
  return values[columns.findIndex((column) => column.trim().toLowerCase() === name)];
}

const text = (cell: Json | undefined): string =>
  typeof cell === 'string' || typeof cell === 'number' ? String(cell).trim() : '';

const place = ({ facts }: InputSource, { row, line }: InputRow): string =>
  `${facts.name}, row ${row}${line === null ? '' : `, line ${line}`}`;

const noResultsFile = ({ facts }: InputSource): Error =>
  unusable({
    code: 'retry.no-results-file',
    message: `${facts.name} is no results file: it has no columns ${ownColumns.row} and ${ownColumns.run}`,
    hint: 'Write one with `salesq runs resume <run> --results <file>`, mend its rows and leave its _salesq_ columns as they are',
  });

const otherRun = (source: InputSource, row: InputRow, run: Pick<Run, 'id'>): Error =>
  unusable({
    code: 'retry.other-run',
    message: `${place(source, row)}: ${ownColumns.run} does not name run ${run.id}`,
    hint: 'Give the results file of the run that is tried again',
  });

const badRow = (source: InputSource, row: InputRow): Error =>
  unusable({
    code: 'retry.bad-row',
    message: `${place(source, row)}: ${ownColumns.row} is no row number`,
    hint: 'Leave the _salesq_ columns of a results file as they are',
  });

const rowTwice = (source: InputSource, row: InputRow, of: number): Error =>
  unusable({
    code: 'retry.row-twice',
    message: `${place(source, row)}: row ${of} of the run stands in the file twice`,
    hint: 'Remove one of the two',
  });
