import { createHash, timingSafeEqual } from 'node:crypto';
import { type Json, type JsonObject, isObject, entriesOf, recordOf, wholeText } from '../../core/json.js';
import type { VendorSettings } from '../../core/secret.js';
import type { Webhook, WebhookDelivery } from '../../core/vendor.js';
import { leadRecord, readLead } from './update.js';

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/**
 * The token in the body is the only proof of origin (docs/vendors/sales-q.md#export). Digests make the comparison blind
 * to lengths too.
 */
function authentic(body: Json, settings: VendorSettings): boolean {
  const ours = settings.secrets['token']?.reveal() ?? '';
  const theirs = isObject(body) && typeof body['token'] === 'string' ? body['token'] : '';
  return timingSafeEqual(digest(theirs), digest(ours)) && ours !== '';
}

/**
 * `lead` and `chathistory` stand side by side (docs/vendors/sales-q.md#export). The text promises `id`, `state` and
 * `Comment` in `lead`, the sample has none of them: a lead is known by its id or its phone.
 */
function read({ lead, chathistory = [] }: JsonObject): WebhookDelivery | null {
  if (!isObject(lead) || !Array.isArray(chathistory)) return null;
  const given = lead['id'];
  const id = typeof given === 'string' && given !== '' ? given : wholeText(given);
  const known = readLead(id ?? '', { ...lead, chathistory: chathistory as readonly Json[] });
  if (id === null && known.phone === '') return null;
  const person = /^\+\d+$/.test(known.phone) ? known.phone : null;
  return { person, id, record: { ...leadRecord(known, true), id } };
}

/** `"token": "…"`, `token: '…'`, `token=…`: JSON, the notation of the document's samples, a form. Cut-off values too. */
const tokens =
  /(["']?\btoken["']?\s*[:=]\s*)("(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\]|\\[\s\S])*'?|[^\s"',;&}\]]+)/gi;

function without(body: Json): Json {
  if (typeof body === 'string') return body.replace(tokens, '$1"[secret]"');
  if (!isObject(body)) return body;
  return recordOf(entriesOf(body).filter(([name]) => name !== 'token'));
}

/** The export of qualified leads (docs/vendors/sales-q.md#export). */
export const webhook: Webhook = { authentic, read, without };
