import type { HttpResult } from '../../core/http.js';
import type { JsonObject } from '../../core/json.js';
import { answerWithoutSecrets } from '../../core/redact.js';
import type { Secret } from '../../core/settings.js';
import type { VendorContext } from '../../core/vendor.js';

/** No size is documented; an answer to a POST holds at most one lead or 50 ids. */
const maxAnswerBytes = 5_000_000;

/** `/update` returns every lead with its whole chat history and knows no paging (docs/vendors/sales-q.md#update). */
const maxUpdateBytes = 100_000_000;

const json = { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' };

function token({ settings }: VendorContext): string {
  const secret: Secret | undefined = settings.secrets['token'];
  if (!secret) throw new Error('sales-q: settings without a token');
  return secret.reveal();
}

/** One POST. The token travels in the body (docs/vendors/sales-q.md#login). */
export async function post(
  context: VendorContext,
  path: string,
  body: JsonObject,
  timeoutMs: number,
): Promise<HttpResult> {
  const result = await context.http.send({
    method: 'POST',
    url: `${context.settings.url}/${path}`,
    headers: json,
    body: JSON.stringify({ token: token(context), ...body }),
    timeoutMs: context.settings.timeoutMs ?? timeoutMs,
    maxBytes: maxAnswerBytes,
    signal: context.signal,
  });
  return answerWithoutSecrets(result, Object.values(context.settings.secrets));
}

/** `GET /update`. The token travels in a header called `token` (docs/vendors/sales-q.md#login). */
export function getUpdate(context: VendorContext): Promise<HttpResult> {
  return context.http.send({
    method: 'GET',
    url: `${context.settings.url}/update`,
    headers: { ...json, token: token(context) },
    timeoutMs: context.settings.timeoutMs ?? 120_000,
    maxBytes: maxUpdateBytes,
    signal: context.signal,
  });
}
