import type { HttpResult } from '../../core/http.js';
import type { JsonObject } from '../../core/json.js';
import { bytesOf, type SealedObject } from '../../core/number.js';
import { talkTo } from '../../core/talk.js';
import type { VendorContext } from '../../core/vendor.js';

/** Pace and limits: one lead a call (docs/vendors/comunik8.md#add); figures are not documented and kept low. */
export const limits = { items: 1, bytes: 90_000 } as const;
export const pace = { perSecond: 2, concurrency: 1, timeoutMs: 30_000 } as const;

/** A documented answer is a few flags and texts. */
const maxAnswerBytes = 1_000_000;

/**
 * One POST of a JSON object. The key travels in the query (docs/vendors/comunik8.md#login): the address is a secret.
 */
export function post(context: VendorContext, path: string, body: JsonObject): Promise<HttpResult> {
  const key = context.settings.secrets['key'];
  if (!key) throw new Error('comunik8: settings without a key');
  return talkTo(context).send({
    method: 'POST',
    url: `${context.settings.url}/${path}?key=${encodeURIComponent(key.reveal())}`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    timeoutMs: pace.timeoutMs,
    maxBytes: maxAnswerBytes,
  });
}

/** Bytes of a request's body: the payload is the body. */
export const size = (payload: SealedObject): number => bytesOf(payload);
