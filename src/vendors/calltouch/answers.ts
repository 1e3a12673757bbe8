import type { HttpResult } from '../../core/http.js';
import { type Json, type JsonObject, isObject, parseShallow, wholeText } from '../../core/json.js';
import type { Cleared } from '../../core/number.js';
import {
  type Outcome,
  type RowOutcome,
  type SendResult,
  type Settled,
  type StopCause,
  credentialsStop,
  doubtful,
  forAll,
  inDoubt,
  rejected,
  resultForAll,
  triage,
  unreadable,
  vendorText,
} from '../../core/outcome.js';
import type { CommentPayload } from './matching.js';

const tokenRefused: StopCause = {
  cause: 'credentials',
  code: 'vendor.token-refused',
  message: 'Calltouch refused the access token',
  hint: 'Check the token of this profile: `salesq profiles show`',
};

const accessRefused: StopCause = {
  cause: 'credentials',
  code: 'vendor.access-refused',
  message: 'Calltouch gives this token no access to the site',
  hint: 'Check siteId and token of this profile: `salesq profiles show`',
};

/** The outcome of an answer to `comment/lead/add` for each row of the request (docs/vendors/calltouch.md#answers). */
export function readComments(
  result: HttpResult,
  rows: readonly Cleared<CommentPayload>[],
  nowMs: number,
): SendResult {
  const refused = (text: string): StopCause =>
    messageOf(parseShallow(text), 'data') === null ? tokenRefused : accessRefused;
  const first = triage(result, { title: 'Calltouch', refused, claimsSuccess, nowMs });
  if (first.kind === 'settled') return resultForAll(rows, first.outcome, first.stop);
  const body = parseShallow(first.text);
  const judged = isObject(body) ? judgeBody(body, first.status, rows) : unreadable(first.status);
  return Array.isArray(judged)
    ? { outcomes: judged, stop: null }
    : resultForAll(rows, judged.outcome, judged.stop);
}

/** Whether any result says that it was commented. */
function claimsSuccess(text: string): boolean {
  const body = parseShallow(text);
  const data = isObject(body) ? body['data'] : undefined;
  const results =
    isObject(data) && Array.isArray(data['comments']) ? (data['comments'] as readonly Json[]) : [];
  return results.some((result) => isObject(result) && result['commented'] === true);
}

/** Judges a body by its structure, in this order: results, violations, then the two envelopes of a message. */
function judgeBody(
  body: JsonObject,
  status: number,
  rows: readonly Cleared<CommentPayload>[],
): RowOutcome[] | Settled {
  const data = body['data'];
  if (isObject(data)) {
    if (Array.isArray(data['comments']))
      return rowOutcomes(data['comments'] as readonly Json[], status, rows);
    if (data['type'] === 'validationError') return violationOutcomes(data, rows);
  }
  const access = messageOf(body, 'data');
  if (access !== null) return refusedOr(/доступ|access|denied|forbidden/i, accessRefused, access, status);
  const message = messageOf(body, 'top');
  if (message !== null) return refusedOr(/token|токен|api.?key/i, tokenRefused, message, status);
  return inDoubt(
    'vendor.unknown-answer',
    `answered ${status} without saying whether the comments were added`,
  );
}

/** The text of `{"meta":…,"data":{"message":…}}` or of `{"message":…}` without data; null where there is none. */
function messageOf(body: Json | undefined, where: 'data' | 'top'): string | null {
  if (!isObject(body)) return null;
  const holder = where === 'data' ? body['data'] : 'data' in body ? null : body;
  const message = isObject(holder) ? holder['message'] : undefined;
  return typeof message === 'string' ? message : null;
}

/**
 * Each envelope is documented for one refusal: access, or the token. The same envelope with other words may be any
 * failure of the server, of which the document says nothing: only words that fit prove that nothing was written.
 */
function refusedOr(words: RegExp, stop: StopCause, message: string, status: number): Settled {
  if (words.test(message)) return credentialsStop(stop);
  const said = vendorText(message);
  return inDoubt('vendor.unknown-message', `answered ${status} with a message instead of results: ${said}`);
}

/**
 * `data.comments[i]` for each row of the request (docs/vendors/calltouch.md#answers). Results carry no index and no
 * echo: their order is taken for that of the request, unless their number, or an id that a row named, says otherwise.
 */
function rowOutcomes(
  results: readonly Json[],
  status: number,
  rows: readonly Cleared<CommentPayload>[],
): RowOutcome[] {
  if (results.length !== rows.length) {
    const reason = `Calltouch gave ${results.length} results for ${rows.length} comments`;
    return forAll(rows, doubtful('vendor.count-mismatch', reason));
  }
  const proofs = rows.map((row, place) => proveOwner(row, results[place]));
  const shuffled = proofs.includes('foreign');
  return rows.map((row, place) => {
    const outcome = resultOutcome(results[place], status);
    if (proofs[place] === 'foreign') return { row: row.row, outcome: foreign };
    return { row: row.row, outcome: shuffled && proofs[place] !== 'own' ? outOfOrder : outcome };
  });
}

const foreign = doubtful('vendor.foreign-id', 'Calltouch says it commented on a lead with another id');

const outOfOrder = doubtful(
  'vendor.results-out-of-order',
  'the results do not come in the order of the request, so it cannot be told which is this row',
);

function resultOutcome(result: Json | undefined, status: number): Outcome {
  if (!isObject(result)) return doubtful('vendor.unknown-answer', 'the result of this row is not an object');
  const { commented, error } = result;
  if (commented === false) return notFound(error);
  if (commented !== true)
    return doubtful('vendor.unknown-answer', 'the result of this row does not say whether it was commented');
  const failed = typeof error === 'string' && error !== '';
  if (failed || status >= 300)
    return doubtful('vendor.contradictory-answer', `answered ${status} with success and failure in one`);
  const { callInfo = null, requestInfo = null } = result;
  const [vendorId = null] = idsOf(callInfo, requestInfo);
  return { kind: 'delivered', vendorId, detail: { callInfo, requestInfo } };
}

function notFound(error: Json | undefined): Outcome {
  const said = vendorText(error) || 'no lead was found';
  return rejected('vendor.not-found', `Calltouch added no comment: ${said}`);
}

/** An id as text; null for none. */
const idOf = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : wholeText(value);

/** The ids under these keys as `call:123`, `request:456`. They are numbers in the sample and strings in the table. */
const idsUnder = (info: Json | undefined, kind: string, keys: readonly string[]): string[] =>
  isObject(info)
    ? keys.flatMap((key) => {
        const id = idOf(info[key]);
        return id === null ? [] : [`${kind}:${id}`];
      })
    : [];

/** The ids the vendor finds a lead by: at most one of a call and one of a request. */
const idsOf = (call: Json | undefined, request: Json | undefined): string[] => [
  ...idsUnder(call, 'call', ['callId']),
  ...idsUnder(request, 'request', ['requestId']),
];

/** Whether a result names an id of the row (`own`), an id the row cannot mean (`foreign`), or neither. */
function proveOwner(
  { payload }: Cleared<CommentPayload>,
  result: Json | undefined,
): 'own' | 'foreign' | 'unknown' {
  if (!isObject(result)) return 'unknown';
  const { matching } = payload;
  const entries = Array.isArray(matching) ? (matching as readonly Json[]).filter(isObject) : [];
  const wanted = new Set(
    entries.flatMap(({ callParams, requestParams }) => idsOf(callParams, requestParams)),
  );
  const given = [
    ...idsUnder(result['callInfo'], 'call', ['callId', 'callReferenceId', 'sipCallId']),
    ...idsUnder(result['requestInfo'], 'request', ['requestId', 'requestNumber']),
  ];
  if (given.length === 0) return 'unknown';
  if (given.some((id) => wanted.has(id))) return 'own';
  const onlyIds = entries.every(({ type }) => type === 'call' || type === 'request');
  return onlyIds ? 'foreign' : 'unknown';
}

/**
 * A validation error refuses the whole request: nothing was commented (docs/vendors/calltouch.md#validation-errors).
 * Rows that a `fieldPath` names by their place are rejected, the others go again at once; where no row is named, all
 * are rejected.
 */
function violationOutcomes(data: JsonObject, rows: readonly { readonly row: number }[]): RowOutcome[] {
  const violations = violationsOf(data);
  const byPlace = new Map<number, string[]>();
  for (const { place, text } of violations) {
    if (place !== null && place < rows.length) byPlace.set(place, [...(byPlace.get(place) ?? []), text]);
  }
  const general = violations.map(({ text }) => text);
  return rows.map(({ row }, place) => {
    if (byPlace.size === 0) return { row, outcome: rejectFor(general) };
    const texts = byPlace.get(place);
    return { row, outcome: texts ? rejectFor(texts) : spared };
  });
}

const spared: Outcome = {
  kind: 'deferred',
  code: 'vendor.batch-refused',
  reason: 'Calltouch refused the request because of another row; nothing of it was written',
  retryAfterMs: 0,
};

function rejectFor(texts: readonly string[]): Outcome {
  const said = vendorText([...new Set(texts)].join('; '));
  const reason = said === '' ? 'Calltouch refused the row' : `Calltouch refused the row: ${said}`;
  return rejected('vendor.field-error', reason);
}

interface Violation {
  /** Place in the request from 0; null where the path names none. */
  readonly place: number | null;
  readonly text: string;
}

function violationsOf(data: JsonObject): Violation[] {
  const error = data['validationErrorData'];
  const list = isObject(error) ? error['violations'] : undefined;
  return Array.isArray(list) ? (list as readonly Json[]).filter(isObject).map(readViolation) : [];
}

function readViolation(violation: JsonObject): Violation {
  const path = typeof violation['fieldPath'] === 'string' ? violation['fieldPath'] : '';
  const message = typeof violation['message'] === 'string' ? violation['message'] : '';
  const [, place, field = ''] = /^comments\[(\d{1,6})\]\.?(.*)$/u.exec(path) ?? [];
  const where = place === undefined ? path : field;
  return {
    place: place === undefined ? null : Number(place),
    text: where === '' ? message : `${where}: ${message}`,
  };
}
