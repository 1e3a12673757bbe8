import type { HttpRequest, HttpResult } from '../../../src/core/http.js';
import type { JsonObject } from '../../../src/core/json.js';
import { answerWithoutSecrets } from '../../../src/core/redact.js';
import type { VendorContext } from '../../../src/core/vendor.js';

const timeoutMs = 30_000;

/** One request; the key travels in a header, and never comes back. */
export async function ask(
  { settings, http, signal }: VendorContext,
  method: HttpRequest['method'],
  path: string,
  body?: JsonObject,
): Promise<HttpResult> {
  const result = await http.send({
    method,
    url: `${settings.url}/${path}`,
    headers: { 'content-type': 'application/json', 'x-api-key': settings.secrets['key']?.reveal() ?? '' },
    ...(body ? { body: JSON.stringify(body) } : {}),
    timeoutMs: settings.timeoutMs ?? timeoutMs,
    maxBytes: 100_000,
    signal,
  });
  return answerWithoutSecrets(result, Object.values(settings.secrets));
}
