import type { HttpResult } from '../../core/http.js';
import type { JsonObject } from '../../core/json.js';
import type { VendorSettings } from '../../core/settings.js';
import { talkTo } from '../../core/talk.js';
import type { VendorContext } from '../../core/vendor.js';

/** Public pages of the vendor allow 5 requests a second; its document names no figure. */
export const pace = { perSecond: 2, concurrency: 1, timeoutMs: 60_000 } as const;

/** 100 results of a few ids and a text each. */
const maxAnswerBytes = 5_000_000;

/** Id of the cabinet; empty where the settings have none. */
export function siteIdOf({ values }: Pick<VendorSettings, 'values'>): string {
  const { siteId } = values;
  return typeof siteId === 'string' || typeof siteId === 'number' ? String(siteId) : '';
}

/** One request with up to 100 comments. Token and site travel in headers (docs/vendors/calltouch.md#login). */
export function post(context: VendorContext, body: JsonObject): Promise<HttpResult> {
  const { settings } = context;
  const token = settings.secrets['token'];
  if (!token) throw new Error('calltouch: settings without a token');
  return talkTo(context).send({
    method: 'POST',
    url: `${settings.url}/lead-service/v1/api/comment/lead/add`,
    headers: {
      'access-token': token.reveal(),
      siteid: siteIdOf(settings),
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: JSON.stringify(body),
    timeoutMs: pace.timeoutMs,
    maxBytes: maxAnswerBytes,
  });
}
