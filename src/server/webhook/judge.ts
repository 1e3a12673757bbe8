import { createHash } from 'node:crypto';
import type { Delivery, QuarantineCode } from '../../core/delivery.js';
import { canonicalJson, isObject, parseJson, type Json, type JsonObject } from '../../core/json.js';
import { withoutSecrets } from '../../core/redact.js';
import type { Secret, VendorSettings } from '../../core/settings.js';
import type { Webhook } from '../../core/vendor.js';
import { headBytes, type ReceivedBody } from './body.js';

/** Kept of a delivery in quarantine, in bytes. */
const keptBytes = 64 * 1024;

/** Whose webhook it is. */
export interface Addressee {
  readonly webhook: Webhook;
  readonly settings: VendorSettings;
  /** The account in the ledger. */
  readonly account: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** What a body is worth: a delivery to store, or one for the quarantine. Never throws. No secret in what it returns. */
export function judge(body: ReceivedBody, to: Addressee, at: number): Delivery {
  if (body.oversize) return quarantined('webhook.oversize', body, to, at);
  try {
    return read(body, to, at);
  } catch {
    // Nested deeper than the stack: parsed, but nothing can be done with it.
    return quarantined('webhook.broken', body, to, at);
  }
}

function read(body: ReceivedBody, to: Addressee, at: number): Delivery {
  const value = parseStrictly(body.bytes);
  if (!isObject(value)) return quarantined('webhook.broken', body, to, at);
  if (!to.webhook.authentic(value, to.settings)) return quarantined('webhook.forged', body, to, at);
  const said = to.webhook.read(value);
  if (!said) return quarantined('webhook.broken', body, to, at);
  const secrets = secretsOf(to.settings);
  const content = withoutSecrets(to.webhook.without(value), secrets);
  const { person, id, record } = withoutSecrets<JsonObject>({ ...said }, secrets) as unknown as typeof said;
  return {
    account: to.account,
    at,
    digest: sha256(canonicalJson(content)),
    state: 'stored',
    code: null,
    phone: person,
    vendorId: id,
    record,
    body: content,
    bytes: body.size,
  };
}

/** JSON in UTF-8, a byte order mark allowed; undefined for anything else. */
function parseStrictly(bytes: Buffer): Json | undefined {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function quarantined(code: QuarantineCode, body: ReceivedBody, to: Addressee, at: number): Delivery {
  const kept = beginning(body.bytes, to);
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
 * The beginning as text. Blotted out before it is cut, so that no secret on the edge is kept in part. NULs are left
 * out: with them go the gaps of UTF-16, in which a secret would be missed.
 */
function beginning(bytes: Buffer, { webhook, settings }: Addressee): string {
  const text = bytes.subarray(0, headBytes).toString('utf8').replaceAll('\0', '');
  const blotted = webhook.without(text);
  const clean = withoutSecrets(typeof blotted === 'string' ? blotted : '', secretsOf(settings));
  return Buffer.from(clean, 'utf8').subarray(0, keptBytes).toString('utf8');
}

const secretsOf = (settings: VendorSettings): Secret[] => Object.values(settings.secrets);
