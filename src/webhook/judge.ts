import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Delivery, QuarantineCode } from '../core/ledger.js';
import { isObject, type JsonObject, parseJson, repeatsKey, textOfBytes, writeJson } from '../core/json.js';
import { withoutSecrets, type Secret, type VendorSettings } from '../core/secret.js';
import type { Webhook } from '../core/vendor.js';

/** Kept of a delivery in quarantine, in bytes. */
const keptBytes = 64 * 1024;

/** The vendor account a webhook belongs to. */
export interface WebhookOwner {
  readonly webhook: Webhook;
  readonly settings: VendorSettings;
  /** The account in the ledger. */
  readonly account: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** Returns a delivery to store, or one for the quarantine, without any secret. Never throws. */
export function judgeBody(body: ReceivedBody, to: WebhookOwner, at: number): Delivery {
  if (body.oversize) return makeQuarantined('webhook.oversize', body, to, at);
  try {
    return read(body, to, at);
  } catch {
    // Nested deeper than the stack: parsed, but of no use.
    return makeQuarantined('webhook.broken', body, to, at);
  }
}

function read(body: ReceivedBody, to: WebhookOwner, at: number): Delivery {
  const text = textOfBytes(body.bytes);
  const value = text === null ? undefined : parseJson(text);
  if (text === null || !isObject(value)) return makeQuarantined('webhook.broken', body, to, at);
  if (!to.webhook.authentic(value, to.settings)) return makeQuarantined('webhook.forged', body, to, at);
  const said = repeatsKey(text) ? null : to.webhook.read(value);
  if (!said) return makeQuarantined('webhook.broken', body, to, at);
  const secrets = secretsOf(to.settings);
  const content = withoutSecrets(to.webhook.without(value), secrets);
  const { person, id, record } = withoutSecrets<JsonObject>({ ...said }, secrets) as unknown as typeof said;
  return {
    account: to.account,
    at,
    digest: sha256(writeJson(content)),
    state: 'stored',
    code: null,
    phone: person,
    vendorId: id,
    record,
    body: content,
    bytes: body.size,
  };
}

function makeQuarantined(code: QuarantineCode, body: ReceivedBody, to: WebhookOwner, at: number): Delivery {
  const kept = keepBeginning(body.bytes, to);
  return {
    account: to.account,
    at,
    digest: sha256(`${code}\n${kept}`),
    state: 'quarantined',
    code,
    phone: null,
    vendorId: null,
    record: null,
    body: kept,
    bytes: body.size,
  };
}

/**
 * Returns the beginning of a body as text. Redacted before it is cut, so that no secret on the edge is kept in part.
 * NULs are left out, so that a secret in UTF-16 is found too.
 */
function keepBeginning(bytes: Buffer, { webhook, settings }: WebhookOwner): string {
  const text = bytes.subarray(0, headBytes).toString('utf8').replaceAll('\0', '');
  const blotted = webhook.without(text);
  const clean = withoutSecrets(typeof blotted === 'string' ? blotted : '', secretsOf(settings));
  return Buffer.from(clean, 'utf8').subarray(0, keptBytes).toString('utf8');
}

const secretsOf = (settings: VendorSettings): Secret[] => Object.values(settings.secrets);

/** The part of a body that is kept. */
export interface ReceivedBody {
  /** All of it, or of an oversize one the beginning. */
  readonly bytes: Buffer;
  /** How much came in; of an oversize one at least this much. */
  readonly size: number;
  readonly oversize: boolean;
}

/** Bytes kept of a body that is too large, before secrets are redacted. */
const headBytes = 128 * 1024;

/** An oversize body is read to its end, so that its sender can read the answer, but to this many times the limit at most. */
const readOnFactor = 4;

/** The sender went away, or was cut off for being slow, before the end of the body. */
class SenderGone extends Error {
  readonly statusCode = 400;
}

/**
 * Reads a body into memory, `limit` bytes at most; of a larger one it keeps the beginning.
 * Rejects with SenderGone.
 */
export function readBody(stream: Readable, limit: number): Promise<ReceivedBody> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let oversize = false;
    const finish = (): void => resolve({ bytes: Buffer.concat(chunks), size, oversize });
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (!oversize) chunks.push(chunk);
      if (size > limit && !oversize) {
        oversize = true;
        chunks = [Buffer.from(Buffer.concat(chunks).subarray(0, headBytes))];
      }
      if (size > limit * readOnFactor) finish();
    });
    stream.on('end', finish);
    stream.on('error', () => reject(new SenderGone()));
    stream.on('close', () => reject(new SenderGone()));
  });
}
