import { type HttpRequest, type HttpResult, talkTo } from '../../../src/core/http.js';
import type { JsonObject } from '../../../src/core/json.js';
import type { VendorContext } from '../../../src/core/vendor.js';

/** One request; the key travels in a header. */
export const ask = (
  context: VendorContext,
  method: HttpRequest['method'],
  path: string,
  body?: JsonObject,
): Promise<HttpResult> =>
  talkTo(context).send({
    method,
    url: `${context.settings.url}/${path}`,
    headers: {
      'content-type': 'application/json',
      'x-api-key': context.settings.secrets['key']?.reveal() ?? '',
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    timeoutMs: 30_000,
    maxBytes: 100_000,
  });
