import { createHash } from 'node:crypto';
import type { Challenge } from './challenge.js';

export interface DigestInput {
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
export function isAnswerable(challenge: Challenge): boolean {
  const { scheme, params } = challenge;
  if (scheme !== 'digest' || params['nonce'] === undefined || params['realm'] === undefined) return false;
  if (!Object.hasOwn(hashes, baseName(params['algorithm'] ?? 'md5'))) return false;
  return params['qop'] === undefined || qops(challenge).includes('auth');
}

/** The best of several: SHA-256 before MD5; null where none can be answered. */
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
