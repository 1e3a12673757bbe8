import { createHash, randomBytes } from 'node:crypto';
import { type HttpResult, talkTo, type Talk, type TalkRequest } from '../../core/http.js';
import { entriesOf } from '../../core/json.js';
import { Secret } from '../../core/secret.js';
import type { VendorContext } from '../../core/vendor.js';
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
  entriesOf(values).map(([key, value]) => [`${name}[${key}]`, value] as const);

/** A list as a PHP array of that name: `status[]=A&status[]=B`. */
export const phpList = (name: string, values: readonly string[]): Pair[] =>
  values.map((value) => [`${name}[]`, value] as const);

/** One challenge of a WWW-Authenticate header: its scheme in lower case, its parameters by lower-cased name. */
interface Challenge {
  readonly scheme: string;
  readonly params: Readonly<Record<string, string>>;
}

/** A token, alone (a scheme) or with `=` and a value (a parameter). */
const challengePart = /([!#$%&'*+.^_`|~\w-]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;

/** Reads the challenges of a header, also several in one line (RFC 7235, 4.1). Unreadable parts are skipped. */
export function parseChallenges(header: string): Challenge[] {
  const found: { scheme: string; params: Record<string, string> }[] = [];
  for (const [, name = '', quoted, plain] of header.matchAll(challengePart)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) found.push({ scheme: name.toLowerCase(), params: {} });
    else Object.assign(found.at(-1)?.params ?? {}, { [name.toLowerCase()]: value });
  }
  return found;
}

interface DigestInput {
  readonly username: string;
  readonly password: string;
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly uri: string;
  /** How often this nonce was used, this request included. */
  readonly count: number;
  readonly cnonce: string;
}

const hashes: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256' };

const baseName = (algorithm: string): string => algorithm.toLowerCase().replace(/-sess$/, '');

const qops = (challenge: Challenge): string[] =>
  (challenge.params['qop'] ?? '').split(',').map((qop) => qop.trim().toLowerCase());

/** Whether a challenge can be answered here: Digest, MD5 or SHA-256, `qop=auth` or none at all. */
function isAnswerable(challenge: Challenge): boolean {
  const { scheme, params } = challenge;
  if (scheme !== 'digest' || params['nonce'] === undefined || params['realm'] === undefined) return false;
  if (!Object.hasOwn(hashes, baseName(params['algorithm'] ?? 'md5'))) return false;
  return params['qop'] === undefined || qops(challenge).includes('auth');
}

/** The best of several challenges: SHA-256 before MD5; null where none can be answered. */
export function bestDigest(challenges: readonly Challenge[]): Challenge | null {
  const usable = challenges.filter(isAnswerable);
  const strong = usable.find(({ params }) => baseName(params['algorithm'] ?? 'md5') === 'sha-256');
  return strong ?? usable[0] ?? null;
}

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** The Authorization header that answers a challenge (RFC 7616, 3.4). */
export function digestAuthorization(challenge: Challenge, input: DigestInput): string {
  const { realm = '', nonce = '', opaque, algorithm, userhash } = challenge.params;
  const hash = (text: string): string =>
    createHash(hashes[baseName(algorithm ?? 'md5')] ?? 'md5')
      .update(text, 'utf8')
      .digest('hex');
  const { username, password, method, uri, cnonce } = input;
  const nc = input.count.toString(16).padStart(8, '0');
  const own = hash(`${username}:${realm}:${password}`);
  const session = /-sess$/i.test(algorithm ?? '');
  const ha1 = session ? hash(`${own}:${nonce}:${cnonce}`) : own;
  const ha2 = hash(`${method}:${uri}`);
  const withQop = qops(challenge).includes('auth');
  const response = hash(withQop ? `${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}` : `${ha1}:${nonce}:${ha2}`);
  const hashed = userhash?.toLowerCase() === 'true';
  const fields = [
    `username=${quote(hashed ? hash(`${username}:${realm}`) : username)}`,
    `realm=${quote(realm)}`,
    `uri=${quote(uri)}`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    `nonce=${quote(nonce)}`,
    ...(withQop ? [`nc=${nc}`, `cnonce=${quote(cnonce)}`, 'qop=auth'] : []),
    ...(session && !withQop ? [`cnonce=${quote(cnonce)}`] : []),
    `response=${quote(response)}`,
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(hashed ? ['userhash=true'] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

/**
 * "Standard HTTP Authentication" (docs/vendors/mmdial.md#login), which does not say whether Basic or Digest. `auto`
 * begins with Basic and answers Digest where a 401 offers nothing else: a 401 says that nothing was done, so the
 * request may go once more.
 */
class Login {
  #challenge: Challenge | null = null;
  #count = 0;

  constructor(
    private readonly username: string,
    private readonly password: string,
    private readonly mode: Settings['auth'],
  ) {}

  /** The header for the next request; null where a challenge must come first. */
  header(method: string, url: string): string | null {
    if (this.#challenge) return this.#digest(this.#challenge, method, url);
    if (this.mode === 'digest') return null;
    return `Basic ${this.basic()}`;
  }

  /** Username and password as Basic writes them. */
  basic(): string {
    return Buffer.from(`${this.username}:${this.password}`, 'utf8').toString('base64');
  }

  /** Takes the challenge of a 401. True where another try can succeed; false where the login was refused. */
  learn(header: string | undefined): boolean {
    const challenges = parseChallenges(header ?? '');
    if (this.mode === 'basic') return false;
    if (this.mode === 'auto' && !this.#challenge && challenges.some(({ scheme }) => scheme === 'basic'))
      return false;
    const offered = bestDigest(challenges);
    if (!offered) return false;
    const stale = offered.params['stale']?.toLowerCase() === 'true';
    if (this.#challenge && !stale) return false;
    this.#challenge = offered;
    this.#count = 0;
    return true;
  }

  #digest(challenge: Challenge, method: string, url: string): string {
    const { pathname, search } = new URL(url);
    const { username, password } = this;
    this.#count += 1;
    const cnonce = randomBytes(18).toString('base64url');
    const uri = `${pathname}${search}`;
    return digestAuthorization(challenge, { username, password, method, uri, count: this.#count, cnonce });
  }
}

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
