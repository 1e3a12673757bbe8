import { type HttpResult, talkTo, type Talk, type TalkRequest } from '../../core/http.js';
import { Secret } from '../../core/secret.js';
import type { VendorContext } from '../../core/vendor.js';
import { Login } from './login.js';
import { type Charset, type Settings, settingsOf } from './settings.js';

/** A name and its value, in the order they are sent. */
export type Pair = readonly [name: string, value: string];

/** True where every character of a text exists in the charset. */
export const fitsCharset = (text: string, charset: Charset): boolean =>
  charset === 'utf-8'
    ? !/[\ud800-\udfff]/u.test(text)
    : [...text].every((char) => (char.codePointAt(0) ?? 0) <= 0xff);

const bytesOf = (text: string, charset: Charset): Buffer =>
  Buffer.from(text, charset === 'utf-8' ? 'utf8' : 'latin1');

/** application/x-www-form-urlencoded as browsers write it: letters, digits and `*-._` as they are, a space as `+`. */
function encoded(text: string, charset: Charset): string {
  let out = '';
  for (const byte of bytesOf(text, charset)) {
    const char = String.fromCharCode(byte);
    if (/[A-Za-z0-9*\-._]/.test(char)) out += char;
    else out += char === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** The pairs as a query string or a form body. Characters outside the charset must have been refused before. */
export const encodePairs = (pairs: readonly Pair[], charset: Charset): string =>
  pairs.map(([name, value]) => `${encoded(name, charset)}=${encoded(value, charset)}`).join('&');

/** A map as a PHP array of that name: `leaddata[phone]=…` (docs/vendors/mmdial.md#login). */
export const phpArray = (name: string, values: Readonly<Record<string, string>>): Pair[] =>
  Object.entries(values).map(([key, value]) => [`${name}[${key}]`, value] as const);

/** A list as a PHP array of that name: `status[]=A&status[]=B`. */
export const phpList = (name: string, values: readonly string[]): Pair[] =>
  values.map((value) => [`${name}[]`, value] as const);

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
  readonly settings: Settings;
  readonly #login: Login;
  readonly #talk: Talk;

  constructor(readonly context: VendorContext) {
    this.settings = settingsOf(context.settings);
    const { username, auth } = this.settings;
    const password = context.settings.secrets['password']?.reveal() ?? '';
    this.#login = new Login(username, password, auth);
    this.#talk = talkTo(context, { alsoSecret: [new Secret(this.#login.basic())], everyRequestPaced: true });
  }

  /** Sends a call once. The login is blotted out of the answer, as the password and as Basic writes it. */
  call({ name, query = [], form, timeoutMs = ordinaryTimeoutMs, maxBytes }: Call): Promise<HttpResult> {
    const { charset } = this.settings;
    const body = form === undefined ? undefined : encodePairs(form, charset);
    return this.#authenticated({
      method: form === undefined ? 'GET' : 'POST',
      url: this.#url(name, encodePairs(query, charset)),
      headers: {
        accept: 'application/json, */*',
        ...(body === undefined
          ? {}
          : { 'content-type': `application/x-www-form-urlencoded; charset=${charset}` }),
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs,
      maxBytes: maxBytes ?? maxAnswerBytes,
    });
  }

  /** Gets a file. The login goes along only if `own` says that the URL is the profile's own server. */
  file(
    url: string,
    own: boolean,
    limits: { readonly timeoutMs: number; readonly maxBytes: number },
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpResult> {
    const request: TalkRequest = { method: 'GET', url, headers, ...limits, asItIs: true };
    return own ? this.#authenticated(request) : this.#talk.send(request);
  }

  #url(name: string, query: string): string {
    const { url } = this.context.settings;
    const address = this.settings.urlTemplate.replace('{base}', url).replace('{function}', name);
    if (query === '') return address;
    return `${address}${address.includes('?') ? '&' : '?'}${query}`;
  }

  /** At most two challenges are answered: the first one, and a nonce that grew old. */
  async #authenticated(request: TalkRequest): Promise<HttpResult> {
    for (let challenged = 0; ; challenged += 1) {
      const authorization = this.#login.header(request.method, request.url);
      const result = await this.#talk.send({
        ...request,
        headers: { ...request.headers, ...(authorization === null ? {} : { authorization }) },
      });
      const again = result.kind === 'answer' && result.status === 401 && challenged < 2;
      if (!again || !this.#login.learn(result.headers['www-authenticate'])) return result;
    }
  }
}
