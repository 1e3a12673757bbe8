import { isoTime, lastMoment } from '../../core/clock.js';
import { credentialsRefused, Exit, temporary } from '../../core/errors.js';
import { type HttpResult, bodyText } from '../../core/http.js';
import {
  type Json,
  type JsonObject,
  isObject,
  parseShallow,
  plainText,
  writeJson,
  asNumber,
  entriesOf,
  recordOf,
  readableText,
} from '../../core/json.js';
import type { Report } from '../../core/report.js';
import { type Values, flag, specs, text } from '../../core/value.js';
import type { CommandInput, VendorCommand, VendorContext } from '../../core/vendor.js';
import { getUpdate, logText } from './client.js';

/**
 * Every status either table of the document names (docs/vendors/sales-q.md#status), in the order a lead goes through
 * them.
 */
const statuses = [
  'Not contacted',
  'Not on WhatsApp',
  'Open',
  'Engaged',
  'Callback',
  'Done',
  'Dead',
  'Archive',
] as const;

/** A message of a chat. `at` is RFC 3339, or null where the vendor's timestamp cannot be read. */
interface ChatMessage extends JsonObject {
  readonly at: string | null;
  readonly direction: string;
  readonly type: string;
  readonly body: string;
}

/** A lead as `update` shows it. Unknown statuses pass through. */
export interface SalesQLead {
  readonly id: string;
  /** E.164, or what the vendor has where that is no number. */
  readonly phone: string;
  readonly status: string;
  readonly state: string;
  readonly comment: string | null;
  readonly mappingId: string | null;
  readonly data: JsonObject;
  readonly chat: readonly ChatMessage[];
  /** The record as it came. */
  readonly raw: JsonObject;
}

/**
 * Keys of a lead that belong to Sales_Q itself (docs/vendors/sales-q.md#data-points): a data point of that name would
 * collide.
 */
export const systemKeys: ReadonlySet<string> = new Set([
  'id',
  'Phone',
  'phone',
  'Status',
  'state',
  'Comment',
  'chathistory',
  'mappingId',
  'script',
]);

/** A larger Unix timestamp is in milliseconds: in seconds it would lie beyond the year 5000. */
const mostSeconds = 100_000_000_000;

/** A chat's Unix timestamp as RFC 3339: seconds in every sample, milliseconds where it is too large for that. */
function chatTime(value: Json | undefined): string | null {
  const number =
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : (asNumber(value) ?? Number.NaN);
  const ms = number > mostSeconds ? number : number * 1000;
  return Number.isFinite(ms) && Math.abs(ms) <= lastMoment ? isoTime(ms) : null;
}

function readChat(history: Json | undefined): ChatMessage[] {
  if (!Array.isArray(history)) return [];
  return (history as readonly Json[]).filter(isObject).map((message) => ({
    at: chatTime(message['timestamp']),
    direction: plainText(message['direction']),
    type: plainText(message['type']),
    body: plainText(message['body']),
  }));
}

/** A lead as either call shows it. */
export function readLead(id: string, raw: JsonObject): SalesQLead {
  const phone = readableText(raw['Phone'] ?? raw['phone']).trim();
  const digits = phone.replace(/[\s()/+-]/g, '');
  return {
    id,
    phone: /^\d{6,15}$/.test(digits) ? `+${digits}` : phone,
    status: plainText(raw['Status']),
    state: plainText(raw['state']),
    comment: plainText(raw['Comment']) || null,
    mappingId: plainText(raw['mappingId']) || null,
    data: recordOf(entriesOf(raw).filter(([key]) => !systemKeys.has(key))),
    chat: readChat(raw['chathistory']),
    raw,
  };
}

/** A lead was imported with a number and has a status: what shows neither is something else. */
const isLead = (value: Json): value is JsonObject =>
  isObject(value) && plainText(value['Phone'] ?? value['phone'] ?? value['Status']) !== '';

/**
 * An object keyed by lead id; the table says `Object []`, so an entry that is a list and a list of leads are read too.
 * Null where anything in it is no lead: a message in place of leads must not look like "no leads".
 */
function readLeads(body: Json): SalesQLead[] | null {
  if (!Array.isArray(body) && (!isObject(body) || looksLikeRefusal(body))) return null;
  const entries: (readonly [string, Json])[] = Array.isArray(body)
    ? (body as readonly Json[]).map((lead) => ['', lead])
    : entriesOf(body).flatMap(([id, value]) => listOf(value).map((lead) => [id, lead] as const));
  if (!entries.every(([, lead]) => isLead(lead))) return null;
  return (entries as (readonly [string, JsonObject])[]).map(([id, lead]) =>
    readLead(plainText(lead['id']) || id, lead),
  );
}

/** An entry as a list; an empty list is no lead either. */
const listOf = (value: Json): readonly Json[] =>
  Array.isArray(value) && value.length > 0 ? (value as readonly Json[]) : [value];

/** A refusal is a plain object like the map of leads: told apart by its flag or `log` beside no lead. */
const looksLikeRefusal = (body: JsonObject): boolean =>
  (typeof body['response'] === 'boolean' ||
    typeof body['imported'] === 'boolean' ||
    typeof body['log'] === 'string') &&
  !Object.entries(body).some(([key, value]) => /^[0-9a-f]{24}$/i.test(key) && typeof value === 'object');

/** Reads `update`. A read may be repeated: up to three tries on a passing fault. Throws UserError (exit 4 or 5). */
export async function fetchLeads(context: VendorContext): Promise<SalesQLead[]> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = readUpdate(await getUpdate(context));
    if (Array.isArray(outcome)) return outcome;
    if (attempt === 3 || !outcome.again || context.signal.aborted) throw outcome.error;
    await context.clock.sleep(500 * 4 ** (attempt - 1), context.signal);
  }
}

type Failure = { readonly again: boolean; readonly error: Error };

const failure = (again: boolean, code: string, message: string): Failure => ({
  again,
  error: temporary({ code, message, hint: 'Nothing was changed; try again later' }),
});

/** Pure: the leads of an `update` answer, or why there are none. An answer that is not whole is never "no leads". */
export function readUpdate(result: HttpResult): SalesQLead[] | Failure {
  if (result.kind !== 'answer')
    return failure(result.code !== 'net.tls', result.code, `Sales_Q could not be read: ${result.reason}`);
  const { status } = result;
  if (status === 401 || status === 403) return tokenRefused();
  if (status === 429 || status >= 500)
    return failure(true, 'vendor.unavailable', `Sales_Q answered ${status}`);
  const body = parseShallow(bodyText(result.body));
  const leads = status < 300 && body !== undefined ? readLeads(body) : null;
  if (leads) return leads;
  const log = isObject(body) ? logText(body) : '';
  if (/token|unauthori[sz]ed/i.test(log)) return tokenRefused();
  return failure(
    false,
    'vendor.unreadable-answer',
    `Sales_Q answered ${status} with something that is not a map of leads${log ? `: ${log}` : ''}`,
  );
}

const tokenRefused = (): Failure => ({
  again: false,
  error: credentialsRefused({
    code: 'vendor.token-refused',
    message: 'Sales_Q refused the token',
    hint: 'Check the token of this profile: `salesq profiles show`',
  }),
});

/** How far the vendor's clock and ours may be apart, in ms. */
export const clockSkewMs = 5 * 60_000;

/**
 * Why an `update` answer cannot show that a lead is not there; null where it can. An empty one is never "all gone", and
 * leads without a phone number are not the documented ones.
 */
export function unreliable(
  leads: readonly SalesQLead[],
): { readonly code: string; readonly reason: string } | null {
  if (leads.length === 0)
    return { code: 'vendor.empty-answer', reason: 'Sales_Q showed no lead at all, which proves nothing' };
  if (leads.every(({ phone }) => phone.startsWith('+'))) return null;
  return {
    code: 'vendor.unreadable-answer',
    reason: 'Sales_Q showed leads without a phone number: the answer is not as documented',
  };
}

const options = specs({
  status: {
    flag: '--status <status>',
    about: 'only leads of this status (repeatable)',
    type: text(),
    many: true,
  },
  phone: { flag: '--phone <number>', about: 'only this number', type: text() },
  id: { flag: '--id <id>', about: 'only the lead of this id', type: text() },
  chat: { flag: '--no-chat', about: 'leave the chat histories out', type: flag, default: true },
});
type UpdateFlags = Values<typeof options>;

/** `GET /update` (docs/vendors/sales-q.md#update): the current status of the leads, with their chats. */
export const update: VendorCommand<typeof options> = {
  id: 'update',
  summary: 'show the leads with status, answers and chat',
  options,
  async run(input): Promise<Report> {
    const { context, options: flags } = input;
    warnOfUnknown(input);
    const leads = (await fetchLeads(context)).filter(wanted(flags));
    return leadReport(leads, flags.chat);
  },
};

/** Which leads the flags ask for. Statuses compare without case, phones by their digits. */
function wanted({ status: statuses, phone, id }: UpdateFlags): (lead: SalesQLead) => boolean {
  const asked = statuses.map((status) => status.toLowerCase());
  return (lead) =>
    (asked.length === 0 || asked.includes(lead.status.toLowerCase())) &&
    (phone === undefined || sameNumber(lead.phone, phone)) &&
    (id === undefined || lead.id === id);
}

/** A look-up may be generous: a national number finds the lead whose number ends so. */
function sameNumber(phone: string, wanted: string): boolean {
  const digits = wanted.replace(/\(0\)/g, '').replace(/\D/g, '').replace(/^00/, '');
  const theirs = phone.replace(/\D/g, '');
  return theirs === digits || (/^0\d{6,}$/.test(digits) && theirs.endsWith(digits.slice(1)));
}

/** A misspelt status would find nobody without a word. */
function warnOfUnknown({ context, options: { status: asked } }: CommandInput<typeof options>): void {
  const known = statuses.map((status) => status.toLowerCase());
  for (const status of asked) {
    if (!known.includes(status.toLowerCase()))
      context.warn(`"${status}" is no documented status; they are ${statuses.join(', ')}`);
  }
}

/** The record of a lead: `{id, phone, status, state, comment, data, chat}`. */
export const leadRecord = (lead: SalesQLead, withChat: boolean): JsonObject => ({
  id: lead.id,
  phone: lead.phone,
  status: lead.status,
  state: lead.state,
  comment: lead.comment,
  mappingId: lead.mappingId,
  data: lead.data,
  ...(withChat ? { chat: lead.chat } : {}),
});

function leadReport(leads: readonly SalesQLead[], withChat: boolean): Report {
  const counts: Record<string, number> = {};
  for (const { status } of leads) counts[status] = (counts[status] ?? 0) + 1;
  const records = leads.map((lead) => leadRecord(lead, withChat));
  const messages = (record: JsonObject): number =>
    Array.isArray(record['chat']) ? record['chat'].length : 0;
  return {
    document: () => ({
      schema: 'salesq/sales-q-update@1',
      counts: { leads: leads.length, ...counts },
      leads: records,
    }),
    records: () => records,
    columns: [
      { title: 'id', value: (record) => record['id'] },
      { title: 'phone', value: (record) => record['phone'], kind: 'phone' },
      { title: 'status', value: (record) => record['status'] },
      { title: 'state', value: (record) => record['state'], kind: 'number' },
      ...(withChat ? [{ title: 'messages', value: messages, kind: 'number' as const }] : []),
      { title: 'comment', value: (record) => record['comment'] },
      { title: 'data', value: (record) => dataText(record['data']) },
    ],
    footer: [
      Object.entries(counts)
        .map(([status, count]) => `${status} ${count}`)
        .join(' · '),
    ].filter((line) => line !== ''),
    empty: 'No leads.',
    exit: Exit.ok,
  };
}

const dataText = (data: Json | undefined): string =>
  entriesOf((data ?? {}) as JsonObject)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? writeJson(value) : String(value)}`)
    .join(', ');
