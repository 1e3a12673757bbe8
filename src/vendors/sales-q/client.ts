import { type HttpResult, talkTo } from '../../core/http.js';
import { type JsonObject, isObject, parseShallow, writeJson } from '../../core/json.js';
import {
  type StopCause,
  type Settled,
  credentialsStop,
  inDoubt,
  triage,
  unreadable,
  vendorText,
} from '../../core/outcome.js';
import type { Secret } from '../../core/secret.js';
import type { VendorContext } from '../../core/vendor.js';

/** No size is documented; an answer to a POST holds at most one lead or 50 ids. */
const maxAnswerBytes = 5_000_000;

/** `/update` returns every lead with its whole chat history and knows no paging (docs/vendors/sales-q.md#update). */
const maxUpdateBytes = 100_000_000;

export const pace = { perSecond: 1, concurrency: 1, timeoutMs: 60_000 } as const;

const json = { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' };

function token({ settings }: VendorContext): string {
  const secret: Secret | undefined = settings.secrets['token'];
  if (!secret) throw new Error('sales-q: settings without a token');
  return secret.reveal();
}

/** One POST. The token travels in the body (docs/vendors/sales-q.md#login). */
export function post(context: VendorContext, path: string, body: JsonObject): Promise<HttpResult> {
  return talkTo(context).send({
    method: 'POST',
    url: `${context.settings.url}/${path}`,
    headers: json,
    body: writeJson({ token: token(context), ...body }),
    timeoutMs: pace.timeoutMs,
    maxBytes: maxAnswerBytes,
  });
}

/** `GET /update`. The token travels in a header called `token` (docs/vendors/sales-q.md#login). */
export function getUpdate(context: VendorContext): Promise<HttpResult> {
  return talkTo(context).send({
    method: 'GET',
    url: `${context.settings.url}/update`,
    headers: { ...json, token: token(context) },
    timeoutMs: 120_000,
    maxBytes: maxUpdateBytes,
    asItIs: true,
  });
}

/** An answer of Sales_Q to a POST, reduced to what the document lets one conclude. */
type Answer =
  | { readonly kind: 'yes'; readonly body: JsonObject }
  | { readonly kind: 'no'; readonly log: string }
  | Settled;

const tokenRefused: StopCause = {
  cause: 'credentials',
  code: 'vendor.token-refused',
  message: 'Sales_Q refused the token',
  hint: 'Check the token of this profile: `salesq profiles check`',
};

/** `true` may come as text: types are not reliable in a document with samples that contradict its tables. */
const isTrue = (value: unknown): boolean => value === true || value === 'true';
const isFalse = (value: unknown): boolean => value === false || value === 'false';

/** The free text of `log`, fit to be stored. */
export const logText = (body: JsonObject): string => vendorText(body['log']);

/**
 * Reads the answer to `import` or `remove`. The success flag is `imported` in the sample and `response` in the table
 * (docs/vendors/sales-q.md#import): either is accepted. Everything that is not clearly yes or no is in doubt.
 */
export function readAnswer(result: HttpResult, nowMs: number): Answer {
  const first = triage(result, { title: 'Sales_Q', refused: tokenRefused, claimsSuccess, nowMs });
  if (first.kind === 'settled') return first;
  const body = parseShallow(first.text);
  return isObject(body) ? readBody(first.status, body) : unreadable(first.status);
}

function readBody(status: number, body: JsonObject): Answer {
  const yes = saysYes(body);
  const no = isFalse(body['imported']) || isFalse(body['response']);
  if (yes && no) return inDoubt('vendor.contradictory-answer', 'the answer says both success and failure');
  if (yes && status < 300) return { kind: 'yes', body };
  if (yes) return inDoubt('vendor.contradictory-answer', `the answer says success with status ${status}`);
  if (!no) return inDoubt('vendor.unknown-answer', `answered ${status} without saying whether it succeeded`);
  const log = logText(body);
  return mentionsToken(log) ? credentialsStop(tokenRefused) : { kind: 'no', log };
}

/**
 * The document gives no answer for a wrong token. One that says `false` and calls the token wrong is taken as that: the
 * run stops and its rows stay ready. A parser's "unexpected token" is not meant.
 */
const wrongToken = [
  /\b(invalid|wrong|unknown|missing|expired|bad|no)\s+(api[- ]?)?(token|key)\b/i,
  /\b(token|api[- ]?key)\s+(is\s+|was\s+)?(invalid|wrong|unknown|missing|expired|not\s+(found|valid|known|accepted))\b/i,
  /\b(unauthori[sz]ed|not authori[sz]ed)\b/i,
];

const mentionsToken = (log: string): boolean => wrongToken.some((pattern) => pattern.test(log));

function claimsSuccess(text: string): boolean {
  const body = parseShallow(text);
  return isObject(body) && saysYes(body);
}

function saysYes({ imported, response, ids }: JsonObject): boolean {
  return isTrue(imported) || isTrue(response) || (Array.isArray(ids) && ids.length > 0);
}
