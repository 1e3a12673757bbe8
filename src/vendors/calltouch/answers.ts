import type { HttpResult } from '../../core/http.js';
import type { Json, JsonObject } from '../../core/json.js';
import { parseShallow } from '../../core/shallow-json.js';
import { isObject } from '../../core/json.js';
import type { RowOutcome, SendResult, StopCause } from '../../core/outcome.js';
import { forAll } from '../../core/outcome.js';
import type { Settled } from '../../core/triage.js';
import { credentialsStop, inDoubt, triage, unreadable } from '../../core/triage.js';
import type { CommentPayload } from './matching.js';
import type { Cleared } from '../../core/number.js';
import { vendorText } from '../../core/vendor-text.js';
import { rowOutcomes } from './results.js';
import { afterViolations } from './violations.js';

const tokenRefused: StopCause = {
  cause: 'credentials',
  code: 'vendor.token-refused',
  message: 'Calltouch refused the access token',
  hint: 'Check the token of this profile: salesq profiles show',
};

const accessRefused: StopCause = {
  cause: 'credentials',
  code: 'vendor.access-refused',
  message: 'Calltouch gives this token no access to the site',
  hint: 'Check siteId and token of this profile: salesq profiles show',
};

/** Pure: what an answer to `comment/lead/add` means for each row of the request (docs/vendors/calltouch.md#answers). */
export function readComments(
  result: HttpResult,
  rows: readonly Cleared<CommentPayload>[],
  nowMs: number,
): SendResult {
  const refused = (text: string): StopCause =>
    messageOf(parseShallow(text), 'data') === null ? tokenRefused : accessRefused;
  const first = triage(result, { title: 'Calltouch', refused, claimsSuccess, nowMs });
  if (first.kind === 'settled') return whole(rows, first);
  const body = parseShallow(first.text);
  if (!isObject(body)) return whole(rows, unreadable(first.status));
  const judged = judge(body, first.status, rows);
  return Array.isArray(judged) ? { outcomes: judged, stop: null } : whole(rows, judged);
}

/** Whether any result says that it was commented. */
function claimsSuccess(text: string): boolean {
  const body = parseShallow(text);
  const data = isObject(body) ? body['data'] : undefined;
  const results =
    isObject(data) && Array.isArray(data['comments']) ? (data['comments'] as readonly Json[]) : [];
  return results.some((result) => isObject(result) && result['commented'] === true);
}

const whole = (rows: readonly Cleared<CommentPayload>[], { outcome, stop }: Settled): SendResult => ({
  outcomes: forAll(rows, outcome),
  stop,
});

/** By structure, in this order: results, violations, then the two envelopes of a message. */
function judge(
  body: JsonObject,
  status: number,
  rows: readonly Cleared<CommentPayload>[],
): RowOutcome[] | Settled {
  const data = body['data'];
  if (isObject(data)) {
    if (Array.isArray(data['comments']))
      return rowOutcomes(data['comments'] as readonly Json[], status, rows);
    if (data['type'] === 'validationError') return afterViolations(data, rows);
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
