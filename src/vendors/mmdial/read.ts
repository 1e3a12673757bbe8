import type { UserErrorDetails } from '../../core/errors.js';
import { credentialsRefused, Exit, temporary, UserError } from '../../core/errors.js';
import type { HttpResult } from '../../core/http.js';
import { retryAfterMs } from '../../core/http.js';
import type { JsonObject } from '../../core/json.js';
import { isObject } from '../../core/json.js';
import { withoutSecrets } from '../../core/redact.js';
import { refusedLogin, statusOf, withWords } from './answers.js';
import type { Call, Client } from './http/client.js';
import { answerJson } from './http/decode.js';
import type { Answered } from './http/decode.js';

/** Tries of a read, the first included. */
const tries = 3;
const longestWaitMs = 30_000;

/** What a result of a read comes to. `again`: the fault may pass. */
type Verdict =
  | { readonly ok: true; readonly answer: Answered }
  | { readonly ok: false; readonly again: boolean; readonly waitMs: number; readonly error: UserError };

const failed = (again: boolean, error: UserError, waitMs = 0): Verdict => ({
  ok: false,
  again,
  waitMs,
  error,
});

const nothingChanged = 'Nothing was changed; try again later';

/** The login was refused (exit 4). */
export const loginRefused = (): UserError => {
  const { code, message, hint } = refusedLogin;
  return credentialsRefused({ code, message, hint });
};

/** An answer that is complete and not what the document describes (exit 5). */
export const unusableAnswer = (
  message: string,
  code = 'vendor.unreadable-answer',
  hint = 'Look at urlTemplate and url of the profile, or ask the vendor',
): UserError => temporary({ code, message: `mmDial: ${message}`, hint });

/** The vendor understood and said no (exit 3). */
export const refusedBy = (
  client: Client,
  body: JsonObject,
  what: string,
  details: Partial<UserErrorDetails> = {},
): UserError =>
  new UserError({
    code: 'vendor.refused',
    message: withoutSecrets(
      withWords(`mmDial refused ${what}`, body),
      Object.values(client.context.settings.secrets),
    ),
    hint: nothingChanged,
    exit: Exit.partial,
    ...details,
  });

/** Pure: a 2xx, or why there is none. */
export function readVerdict(result: HttpResult, nowMs: number): Verdict {
  if (result.kind !== 'answer') {
    const again = result.code !== 'net.tls' && result.code !== 'net.too-large';
    const message = `mmDial could not be read: ${result.reason}`;
    return failed(again, temporary({ code: result.code, message, hint: nothingChanged }));
  }
  const { status } = result;
  if (status >= 200 && status < 300) return { ok: true, answer: result };
  if (status === 401 || status === 403) return failed(false, loginRefused());
  if (status === 429 || status >= 500) {
    const wait = Math.min(retryAfterMs(result.headers, nowMs) ?? 0, longestWaitMs);
    const message = `mmDial answered ${status}`;
    return failed(true, temporary({ code: 'vendor.unavailable', message, hint: nothingChanged }), wait);
  }
  if (status === 404)
    return failed(false, unusableAnswer('no such function (404)', 'vendor.unknown-function'));
  return failed(false, unusableAnswer(`answered with status ${status}`));
}

/** Sends something that changes nothing, again if the fault may pass. Throws UserError (exit 4 or 5). */
export async function reading(client: Client, send: () => Promise<HttpResult>): Promise<Answered> {
  const { clock, signal } = client.context;
  for (let attempt = 1; ; attempt += 1) {
    const verdict = readVerdict(await send(), clock.now());
    if (verdict.ok) return verdict.answer;
    if (!verdict.again || attempt === tries || signal.aborted) throw verdict.error;
    await clock.sleep(Math.max(verdict.waitMs, 500 * 4 ** (attempt - 1)), signal);
    if (signal.aborted) throw verdict.error;
  }
}

/** The JSON object a reading function answers. Throws UserError; `status: error` is `vendor.refused` (exit 3). */
export async function readObject(client: Client, call: Call): Promise<JsonObject> {
  const answer = await reading(client, () => client.call(call));
  const body = answerJson(answer);
  if (!isObject(body))
    throw unusableAnswer(`${call.name} answered ${answer.status} with something that is not a JSON object`);
  if (statusOf(body) === 'error') throw refusedBy(client, body, call.name);
  return body;
}
