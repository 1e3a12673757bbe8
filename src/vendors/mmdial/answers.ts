import type { HttpResult } from '../../core/http.js';
import type { Json, JsonObject } from '../../core/json.js';
import { parseShallow } from '../../core/shallow-json.js';
import { isObject, plainText } from '../../core/json.js';
import type { StopCause } from '../../core/outcome.js';
import type { Settled } from '../../core/triage.js';
import { inDoubt, triage, unreadable } from '../../core/triage.js';
import { vendorText } from '../../core/vendor-text.js';
import { answerJson } from './http/decode.js';

export const refusedLogin: StopCause = {
  cause: 'credentials',
  code: 'vendor.login-refused',
  message: 'mmDial refused the login',
  hint: 'Check username and password of this profile (a user with admin rights): salesq profiles check',
};

/** An answer to a writing function, reduced to a JSON object, or settled without one. */
export type Written = { readonly kind: 'body'; readonly body: JsonObject } | Settled;

/** Pure: what every answer means before its words are read. Only a JSON object of a 2xx is left to be judged. */
export function readWritten(result: HttpResult, nowMs: number): Written {
  const sorted = triage(result, { title: 'mmDial', refused: refusedLogin, claimsSuccess, nowMs });
  if (sorted.kind === 'settled') return sorted;
  if (sorted.status >= 300 || result.kind !== 'answer')
    return inDoubt('vendor.unknown-answer', `answered with status ${sorted.status}`);
  const body = answerJson(result);
  return isObject(body) ? { kind: 'body', body } : unreadable(sorted.status);
}

/** Whether a body says `ok`, or counts a lead as added. */
function claimsSuccess(text: string): boolean {
  const body = parseShallow(text.trim());
  if (!isObject(body)) return false;
  const stats = mapOf(body['lead_stats']);
  return statusOf(body) === 'ok' || Number(plainText(stats?.['success'])) > 0;
}

/** PHP writes an empty map as `[]`: read as the empty map it is; null for anything else that is no map. */
export function mapOf(value: Json | undefined): JsonObject | null {
  if (Array.isArray(value)) return value.length === 0 ? {} : null;
  return isObject(value) ? value : null;
}

/** The word after `status`, in lower case; empty where there is none. */
export const statusOf = (body: JsonObject): string => {
  const { status } = body;
  return typeof status === 'string' ? status.trim().toLowerCase() : '';
};

/**
 * The vendor's own words, fit to be stored: `msg`, `message` or `reason`, by function (docs/vendors/mmdial.md#answers).
 */
export function wordsOf(body: JsonObject): string {
  for (const key of ['message', 'reason', 'msg']) {
    const words = vendorText(body[key]);
    if (words !== '') return words;
  }
  return '';
}

/** A sentence with the vendor's words behind it, where there are any. */
export const withWords = (sentence: string, body: JsonObject): string => {
  const words = wordsOf(body);
  return words === '' ? sentence : `${sentence}: ${words}`;
};
