import { createHash } from 'node:crypto';
import { plainText } from '../core/json.js';
import type { Json } from '../core/json.js';
import type { PlannedRow } from '../core/ledger.js';
import type { MappedRow } from '../core/mapping.js';
import { contentOf, PhoneNumber, textOfKey, type SealedObject } from '../core/number.js';
import type { InputRow, Problem } from '../core/row.js';
import type { Lead, OptionValues, PushOperation } from '../core/vendor.js';

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

/** Looks at a planned row; may hold it. `run` is the run being planned. */
export type Review = (planned: PlannedRow, row: InputRow, run: string) => PlannedRow;

interface Finding {
  readonly state: 'invalid' | 'held';
  readonly problem: Problem;
}

/** T0 for one row: maps it, checks it, compiles what would leave. Pure but for hashing; every problem is kept. */
export function planRow(planner: RowPlanner, row: InputRow): PlannedRow {
  const source = sourceOf(planner, row);
  if (row.broken) return unsendable(planner, row, source, [{ state: 'invalid', problem: row.broken }], null);
  const mapped = planner.map(row);
  const ref = refOf(planner, mapped.lead, row.row);
  if (mapped.problems.length > 0) return unsendable(planner, row, source, mapped.problems, mapped.phone);
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
    key: keyOf(planner, mapped.lead, payload),
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
  return Object.fromEntries(row.columns.map((column, index) => [column, row.values[index] ?? null]));
}

function refOf({ operation, run }: RowPlanner, lead: Lead, row: number): string {
  const own = operation.refField === undefined ? undefined : lead.fields[operation.refField];
  if (typeof own === 'string' && own !== '') return own;
  return madeRef(run, row);
}

/** Our own key of a row that brings none: 24 hex digits. */
export const madeRef = (run: string, row: number): string =>
  createHash('sha256').update(`${run}:${row}`).digest('hex').slice(0, 24);

function withRef(operation: PushOperation, lead: Lead, ref: string): Lead {
  return operation.refField === undefined
    ? lead
    : { ...lead, fields: { ...lead.fields, [operation.refField]: ref } };
}

/** What tells a repeated row: the field the operation names, else everything that would leave but our own key. */
function keyOf({ operation, options }: RowPlanner, lead: Lead, payload: SealedObject): string {
  const key = typeof operation.key === 'function' ? operation.key(options) : operation.key;
  if (key !== 'content') {
    const value = lead.fields[key.field];
    return value instanceof PhoneNumber ? textOfKey(value.key) : plainText(value as Json | undefined);
  }
  const { [operation.refField ?? '']: _ref, ...content } = payload;
  return createHash('sha256').update(contentOf(content)).digest('hex');
}

function unsendable(
  planner: RowPlanner,
  row: InputRow,
  source: Json,
  findings: readonly Finding[],
  phone: string | null,
): PlannedRow {
  const state = findings.some((finding) => finding.state === 'invalid') ? 'invalid' : 'held';
  const leading = findings.find((finding) => finding.state === state) ?? findings[0];
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
