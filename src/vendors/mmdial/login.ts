import { createHash, randomBytes } from 'node:crypto';
import type { Settings } from './settings.js';

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
export class Login {
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
