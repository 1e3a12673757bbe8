import type { Json, JsonObject } from '../../core/json.js';
import { isObject } from '../../core/json.js';
import type { Outcome, RowOutcome } from '../../core/outcome.js';
import type { CommentPayload } from './matching.js';
import type { Cleared } from '../../core/number.js';
import { vendorText } from '../../core/vendor-text.js';

/**
 * `data.comments[i]` for each row of the request (docs/vendors/calltouch.md#answers). Results carry no index and no
 * echo: their order is taken for that of the request, unless their number, or an id that a row named, says otherwise.
 */
export function rowOutcomes(
  results: readonly Json[],
  status: number,
  rows: readonly Cleared<CommentPayload>[],
): RowOutcome[] {
  if (results.length !== rows.length) {
    const reason = `Calltouch gave ${results.length} results for ${rows.length} comments`;
    return rows.map(({ row }) => ({ row, outcome: doubt('vendor.count-mismatch', reason) }));
  }
  const proofs = rows.map((row, place) => identify(row, results[place]));
  const shuffled = proofs.includes('foreign');
  return rows.map((row, place) => {
    const outcome = resultOutcome(results[place], status);
    if (proofs[place] === 'foreign') return { row: row.row, outcome: foreign };
    return { row: row.row, outcome: shuffled && proofs[place] !== 'own' ? outOfOrder : outcome };
  });
}

const doubt = (code: string, reason: string): Outcome => ({ kind: 'in-doubt', code, reason });

const foreign = doubt('vendor.foreign-id', 'Calltouch says it commented on a lead with another id');

const outOfOrder = doubt(
  'vendor.results-out-of-order',
  'the results do not come in the order of the request, so it cannot be told which is this row',
);

function resultOutcome(result: Json | undefined, status: number): Outcome {
  if (!isObject(result)) return doubt('vendor.unknown-answer', 'the result of this row is not an object');
  const { commented, error } = result;
  if (commented === false) return notFound(error);
  if (commented !== true)
    return doubt('vendor.unknown-answer', 'the result of this row does not say whether it was commented');
  const failed = typeof error === 'string' && error !== '';
  if (failed || status >= 300)
    return doubt('vendor.contradictory-answer', `answered ${status} with success and failure in one`);
  const { callInfo = null, requestInfo = null } = result;
  return {
    kind: 'delivered',
    vendorId: vendorIdOf(callInfo, requestInfo),
    detail: { callInfo, requestInfo },
  };
}

function notFound(error: Json | undefined): Outcome {
  const said = vendorText(error);
  const reason = 'Calltouch added no comment';
  return {
    kind: 'rejected',
    code: 'vendor.not-found',
    reason: said === '' ? `${reason}: no lead was found` : `${reason}: ${said}`,
  };
}

/** A number beyond 2^53 has lost digits on the way in: it is nobody's id. */
const scalar = (value: Json | undefined): string | null =>
  (typeof value === 'string' && value !== '') || (typeof value === 'number' && Number.isSafeInteger(value))
    ? String(value)
    : null;

/** `call:123` or `request:456`. Ids are numbers in the sample and strings in the table. */
function vendorIdOf(callInfo: Json, requestInfo: Json): string | null {
  const call = isObject(callInfo) ? scalar(callInfo['callId']) : null;
  if (call !== null) return `call:${call}`;
  const request = isObject(requestInfo) ? scalar(requestInfo['requestId']) : null;
  return request === null ? null : `request:${request}`;
}

/** What a result proves of its place: it names an id of the row, an id the row cannot mean, or neither. */
function identify(
  { payload }: Cleared<CommentPayload>,
  result: Json | undefined,
): 'own' | 'foreign' | 'unknown' {
  if (!isObject(result)) return 'unknown';
  const { matching } = payload;
  const entries = Array.isArray(matching) ? (matching as readonly Json[]).filter(isObject) : [];
  const wanted = new Set(entries.flatMap(idsOf));
  const given = [
    ...named(result['callInfo'], 'call', ['callId', 'callReferenceId', 'sipCallId']),
    ...named(result['requestInfo'], 'request', ['requestId', 'requestNumber']),
  ];
  if (given.length === 0) return 'unknown';
  if (given.some((id) => wanted.has(id))) return 'own';
  const onlyIds = entries.every(({ type }) => type === 'call' || type === 'request');
  return onlyIds ? 'foreign' : 'unknown';
}

const named = (info: Json | undefined, kind: string, keys: readonly string[]): string[] =>
  isObject(info) ? keys.flatMap((key) => idText(kind, info[key])) : [];

const idText = (kind: string, value: Json | undefined): string[] => {
  const id = scalar(value);
  return id === null ? [] : [`${kind}:${id}`];
};

function idsOf({ callParams, requestParams }: JsonObject): string[] {
  return [
    ...(isObject(callParams) ? idText('call', callParams['callId']) : []),
    ...(isObject(requestParams) ? idText('request', requestParams['requestId']) : []),
  ];
}
