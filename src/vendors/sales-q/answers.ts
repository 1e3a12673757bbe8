import type { HttpResult } from '../../core/http.js';
import { bodyText, retryAfterMs } from '../../core/http.js';
import type { JsonObject } from '../../core/json.js';
import { isObject, parseJson } from '../../core/json.js';
import type { Outcome, StopCause } from '../../core/outcome.js';

/** An answer of Sales_Q to a POST, reduced to what the document lets one conclude. */
export type Answer =
  | { readonly kind: 'yes'; readonly body: JsonObject }
  | { readonly kind: 'no'; readonly log: string }
  | { readonly kind: 'settled'; readonly outcome: Outcome; readonly stop: StopCause | null };

const tokenRefused: StopCause = {
  cause: 'credentials',
  code: 'vendor.token-refused',
  message: 'Sales_Q refused the token',
  hint: 'Check the token of this profile: salesq profiles check',
};

const settled = (outcome: Outcome, stop: StopCause | null = null): Answer => ({
  kind: 'settled',
  outcome,
  stop,
});

const inDoubt = (code: string, reason: string): Answer => settled({ kind: 'in-doubt', code, reason });

const refusedToken = (): Answer =>
  settled(
    { kind: 'deferred', code: tokenRefused.code, reason: tokenRefused.message, retryAfterMs: null },
    tokenRefused,
  );

/** `true` may come as text: types are not reliable in a document with samples that contradict its tables. */
const isTrue = (value: unknown): boolean => value === true || value === 'true';
const isFalse = (value: unknown): boolean => value === false || value === 'false';

/** The free text of `log`, made fit to be stored: one line, digits of possible phone numbers masked, cut. */
export function logText(body: JsonObject): string {
  const log = typeof body['log'] === 'string' ? body['log'] : '';
  return log
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/\d{4,}/g, '…')
    .trim()
    .slice(0, 300);
}

/**
 * Reads the answer to `import` or `remove`. The success flag is `imported` in the sample and `response` in the table
 * (sales-q.txt, 2.1, 2.2): either is accepted. Everything that is not clearly yes or no is in doubt.
 */
export function readAnswer(result: HttpResult, nowMs: number): Answer {
  if (result.kind === 'not-sent')
    return settled({ kind: 'not-sent', code: result.code, reason: result.reason });
  if (result.kind === 'lost') return inDoubt(result.code, result.reason);
  const { status } = result;
  if (status === 401 || status === 403) return refusedToken();
  if (status === 429) {
    const retry = retryAfterMs(result.headers, nowMs);
    return settled({
      kind: 'deferred',
      code: 'vendor.rate-limited',
      reason: 'Sales_Q asked to slow down',
      retryAfterMs: retry,
    });
  }
  if (status >= 300 && status < 400)
    return inDoubt('net.redirect', `answered with a redirect (${status}), which is never followed`);
  if (status >= 500) return inDoubt('vendor.server-error', `answered with server error ${status}`);
  const body = parseJson(bodyText(result.body));
  if (!isObject(body))
    return inDoubt('vendor.unreadable-answer', `answered ${status} with something that is not a JSON object`);
  return readBody(status, body);
}

function readBody(status: number, body: JsonObject): Answer {
  const flags = [body['imported'], body['response']];
  const ids = body['ids'];
  const yes = flags.some(isTrue) || (Array.isArray(ids) && ids.length > 0);
  const no = flags.some(isFalse);
  if (yes && no) return inDoubt('vendor.contradictory-answer', 'the answer says both success and failure');
  if (yes && status < 300) return { kind: 'yes', body };
  if (yes) return inDoubt('vendor.contradictory-answer', `the answer says success with status ${status}`);
  if (!no) return inDoubt('vendor.unknown-answer', `answered ${status} without saying whether it succeeded`);
  const log = logText(body);
  return mentionsToken(log) ? refusedToken() : { kind: 'no', log };
}

/**
 * The document gives no answer for a wrong token. One that says `false` and speaks of the token is taken as that:
 * the rows stay ready and the run stops, which harms nobody if it meant something else.
 */
const mentionsToken = (log: string): boolean =>
  /\btokens?\b|api.?key|unauthori[sz]ed|not authori[sz]ed/i.test(log);
