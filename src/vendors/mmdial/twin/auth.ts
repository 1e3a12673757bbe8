import { createHash } from 'node:crypto';
import type { TwinAnswer, TwinRequest } from '../../../core/twin.js';
import { page } from './answers.js';

/** The administrator's login. Invented: it opens nothing but this sandbox. */
export const username = 'sandbox';
export const password = 'sandbox-mmdial-password';

const realm = 'mmDial API';

/** How long a nonce is good, in virtual milliseconds; older ones are answered `stale=true`. */
const nonceLifeMs = 24 * 3_600_000;

const algorithms = new Map([
  ['MD5', 'md5'],
  ['SHA-256', 'sha256'],
]);

/**
 * Null for the right login, else the 401. "The API uses the standard HTTP authentication"
 * (docs/vendors/mmdial.md#login): both standard schemes are offered, Basic (RFC 7617) and Digest (RFC 7616) with
 * `qop=auth`.
 */
export function refuseLogin(request: TwinRequest, seed: number, now: number): TwinAnswer | null {
  const [, scheme = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(request.headers['authorization'] ?? '') ?? [];
  if (scheme.toLowerCase() === 'basic' && basicFits(rest)) return null;
  const digest = scheme.toLowerCase() === 'digest' ? digestCheck(rest, request, seed, now) : 'wrong';
  return digest === 'right' ? null : challenge(seed, now, digest === 'stale');
}

const basicFits = (credentials: string): boolean =>
  Buffer.from(credentials.trim(), 'base64').toString('utf8') === `${username}:${password}`;

function digestCheck(
  header: string,
  request: TwinRequest,
  seed: number,
  now: number,
): 'right' | 'wrong' | 'stale' {
  const fields = new Map(
    [...header.matchAll(/(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map((match) => [
      (match[1] ?? '').toLowerCase(),
      match[2] ?? match[3] ?? '',
    ]),
  );
  const field = (name: string): string => fields.get(name) ?? '';
  const hash = algorithms.get((fields.get('algorithm') ?? 'MD5').toUpperCase());
  if (!hash || field('username') !== username || field('realm') !== realm || field('qop') !== 'auth')
    return 'wrong';
  if (!/^[0-9a-f]{8}$/i.test(field('nc')) || field('cnonce') === '' || !isFor(field('uri'), request))
    return 'wrong';
  const of = (text: string): string => createHash(hash).update(text).digest('hex');
  const secret = of(`${username}:${realm}:${password}`);
  const asked = of(`${request.method}:${field('uri')}`);
  const right = of([secret, field('nonce'), field('nc'), field('cnonce'), 'auth', asked].join(':'));
  if (field('response').toLowerCase() !== right) return 'wrong';
  return isFresh(field('nonce'), seed, now) ? 'right' : 'stale';
}

/** Whether a digest's `uri` is the request it came with: a captured one must not open another function. */
function isFor(uri: string, request: TwinRequest): boolean {
  const [path = '', query = ''] = uri.split(/\?(.*)/s);
  return path.endsWith(request.path) && new URLSearchParams(query).toString() === request.query.toString();
}

function nonceAt(seed: number, at: number): string {
  const mark = createHash('sha256')
    .update(JSON.stringify(['nonce', seed, at]))
    .digest('hex');
  return `${at.toString(36)}-${mark.slice(0, 32)}`;
}

function isFresh(nonce: string, seed: number, now: number): boolean {
  const at = parseInt(nonce, 36);
  return at <= now && now - at <= nonceLifeMs && nonce === nonceAt(seed, at);
}

function challenge(seed: number, now: number, stale: boolean): TwinAnswer {
  const nonce = nonceAt(seed, now);
  const digests = ['SHA-256', 'MD5'].map(
    (algorithm) =>
      `Digest realm="${realm}", qop="auth", algorithm=${algorithm}, nonce="${nonce}"${stale ? ', stale=true' : ''}`,
  );
  const refused = page(401, 'Authorization Required');
  return {
    ...refused,
    headers: {
      ...refused.headers,
      'www-authenticate': [...digests, `Basic realm="${realm}", charset="UTF-8"`].join(', '),
    },
  };
}
