import { createHash } from 'node:crypto';
import { type JsonObject, writeJson } from '../../../core/json.js';
import { type Random, seeded, type TwinAnswer, type TwinRequest } from '../../../core/twin.js';
import type { Centre } from './centre.js';
import { type PhpArray, answerJson, readForm, readQuery, readText, webPage } from './php.js';

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
  const digest = scheme.toLowerCase() === 'digest' ? checkDigest(rest, request, seed, now) : 'wrong';
  return digest === 'right' ? null : askForLogin(seed, now, digest === 'stale');
}

const basicFits = (credentials: string): boolean =>
  Buffer.from(credentials.trim(), 'base64').toString('utf8') === `${username}:${password}`;

function checkDigest(
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
  if (!/^[0-9a-f]{8}$/i.test(field('nc')) || field('cnonce') === '' || !belongsTo(field('uri'), request))
    return 'wrong';
  const of = (text: string): string => createHash(hash).update(text).digest('hex');
  const secret = of(`${username}:${realm}:${password}`);
  const asked = of(`${request.method}:${field('uri')}`);
  const right = of([secret, field('nonce'), field('nc'), field('cnonce'), 'auth', asked].join(':'));
  if (field('response').toLowerCase() !== right) return 'wrong';
  return isFresh(field('nonce'), seed, now) ? 'right' : 'stale';
}

/** Whether a digest's `uri` is the request it came with: a captured login must not open another function. */
function belongsTo(uri: string, request: TwinRequest): boolean {
  const [path = '', query = ''] = uri.split(/\?(.*)/s);
  return path.endsWith(request.path) && new URLSearchParams(query).toString() === request.query.toString();
}

function makeNonce(seed: number, at: number): string {
  const mark = createHash('sha256')
    .update(writeJson(['nonce', seed, at]))
    .digest('hex');
  return `${at.toString(36)}-${mark.slice(0, 32)}`;
}

function isFresh(nonce: string, seed: number, now: number): boolean {
  const at = parseInt(nonce, 36);
  return at <= now && now - at <= nonceLifeMs && nonce === makeNonce(seed, at);
}

function askForLogin(seed: number, now: number, stale: boolean): TwinAnswer {
  const nonce = makeNonce(seed, now);
  const digests = ['SHA-256', 'MD5'].map(
    (algorithm) =>
      `Digest realm="${realm}", qop="auth", algorithm=${algorithm}, nonce="${nonce}"${stale ? ', stale=true' : ''}`,
  );
  const refused = webPage(401, 'Authorization Required');
  return {
    ...refused,
    headers: {
      ...refused.headers,
      'www-authenticate': [...digests, `Basic realm="${realm}", charset="UTF-8"`].join(', '),
    },
  };
}

/** A request to a function: its arguments by where they stood, and the means to answer. */
export interface ApiRequest {
  readonly centre: Centre;
  readonly get: PhpArray;
  readonly post: PhpArray;
  /** Decides what the document leaves open: equal requests get answers of equal form. */
  readonly random: Random;
  /** Answers with JSON. */
  give(value: JsonObject, changed?: boolean): TwinAnswer;
  /** The address of a file: a whole URL, or one without a host. */
  fileUrl(path: string): string;
}

/** A function of the API. */
export type ApiFunction = (request: ApiRequest) => TwinAnswer;

/** A function of the API that needs an argument in the query; `key` names what says that it is missing. */
export const withArgument =
  (
    name: string,
    key: 'reason' | 'msg',
    call: (request: ApiRequest, value: string) => TwinAnswer,
  ): ApiFunction =>
  (request) => {
    const value = readText(request.get, name);
    return value === null
      ? request.give({ status: 'error', [key]: `${name} missing` })
      : call(request, value);
  };

export function readRequest(centre: Centre, request: TwinRequest): ApiRequest {
  const body = Buffer.from(request.body).toString('latin1');
  const random = seeded('mmdial form', centre.seed, request.path, request.query.toString(), body);
  const host = request.headers['host'];
  return {
    centre,
    get: readQuery(request),
    post: readForm(request),
    random,
    give: (value, changed = false) => answerJson(random, value, changed),
    fileUrl: (path) =>
      host === undefined || random.next() < 0.2 ? `/mmdial${path}` : `http://${host}/mmdial${path}`,
  };
}
