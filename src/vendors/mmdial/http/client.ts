import type { HttpRequest, HttpResult } from '../../../core/http.js';
import { answerWithoutSecrets } from '../../../core/redact.js';
import { Secret } from '../../../core/settings.js';
import type { VendorContext } from '../../../core/vendor.js';
import type { Manner } from '../settings.js';
import { mannerOf } from '../settings.js';
import type { Pair } from './encode.js';
import { encodePairs } from './encode.js';
import { Login } from './login.js';

/** A function of the API with its arguments: `query` are those marked GET, `form` those marked POST. */
export interface Call {
  readonly name: string;
  readonly query?: readonly Pair[];
  /** Present, even empty: the call is a POST. */
  readonly form?: readonly Pair[];
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export const ordinaryTimeoutMs = 30_000;
/** `exportbystatus` writes a file first, `dncget` returns the whole list: no size or time is documented. */
export const longTimeoutMs = 300_000;

/** A lead with its form is a few KB; a number dialled by many campaigns has many leads. */
const maxAnswerBytes = 20_000_000;

/** Talks to one mmDial account, one call at a time. Repeats nothing but a request a 401 challenged. */
export class Client {
  readonly manner: Manner;
  readonly #login: Login;
  readonly #told: readonly Secret[];
  #nextTurn = 0;

  /** Throws UserError (exit 6) where the profile's settings cannot be used. */
  constructor(readonly context: VendorContext) {
    this.manner = mannerOf(context.settings);
    const password = context.settings.secrets['password']?.reveal() ?? '';
    this.#login = new Login(this.manner.username, password, this.manner.auth);
    this.#told = [...Object.values(context.settings.secrets), new Secret(this.#login.basic())];
  }

  /** Sends a call once. The login is blotted out of the answer, as the password and as Basic writes it. */
  async call({ name, query = [], form, timeoutMs = ordinaryTimeoutMs, maxBytes }: Call): Promise<HttpResult> {
    await this.#turn();
    const { charset } = this.manner;
    const body = form === undefined ? undefined : encodePairs(form, charset);
    const result = await this.#authenticated({
      method: form === undefined ? 'GET' : 'POST',
      url: this.#url(name, encodePairs(query, charset)),
      headers: {
        accept: 'application/json, */*',
        ...(body === undefined
          ? {}
          : { 'content-type': `application/x-www-form-urlencoded; charset=${charset}` }),
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs: this.context.settings.timeoutMs ?? timeoutMs,
      maxBytes: maxBytes ?? maxAnswerBytes,
      signal: this.context.signal,
    });
    return answerWithoutSecrets(result, this.#told);
  }

  /** Gets a file. The login goes along only if `own` says that the URL is the profile's own server. */
  async file(
    url: string,
    own: boolean,
    limits: { readonly timeoutMs: number; readonly maxBytes: number },
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpResult> {
    await this.#turn();
    const { signal, settings, http } = this.context;
    const timeoutMs = settings.timeoutMs ?? limits.timeoutMs;
    const request: HttpRequest = { method: 'GET', url, headers, ...limits, timeoutMs, signal };
    return own ? this.#authenticated(request) : http.send(request);
  }

  #url(name: string, query: string): string {
    const { url } = this.context.settings;
    const address = this.manner.urlTemplate.replace('{base}', url).replace('{function}', name);
    if (query === '') return address;
    return `${address}${address.includes('?') ? '&' : '?'}${query}`;
  }

  /** At most two challenges are answered: the first one, and a nonce that grew old. */
  async #authenticated(request: HttpRequest): Promise<HttpResult> {
    for (let challenged = 0; ; challenged += 1) {
      const authorization = this.#login.header(request.method, request.url);
      const result = await this.context.http.send({
        ...request,
        headers: { ...request.headers, ...(authorization === null ? {} : { authorization }) },
      });
      const again = result.kind === 'answer' && result.status === 401 && challenged < 2;
      if (!again || !this.#login.learn(result.headers['www-authenticate'])) return result;
    }
  }

  /** A row can need several calls: where the profile sets a rate, each of them keeps it. */
  async #turn(): Promise<void> {
    const { settings, clock, signal } = this.context;
    if (settings.perSecond === null) return;
    const now = clock.monotonic();
    const at = Math.max(now, this.#nextTurn);
    this.#nextTurn = at + 1000 / settings.perSecond;
    if (at > now) await clock.sleep(at - now, signal);
  }
}
