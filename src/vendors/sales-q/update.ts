import type { Json, JsonObject } from '../../core/json.js';
import type { Report } from '../../core/report.js';
import { Exit } from '../../core/errors.js';
import { flag, specs, text, type Values } from '../../core/value.js';
import type { CommandInput, VendorCommand } from '../../core/vendor.js';
import type { SalesQLead } from './leads.js';
import { fetchLeads, statuses } from './leads.js';

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

const statusCounts = (leads: readonly SalesQLead[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status } of leads) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

function leadReport(leads: readonly SalesQLead[], withChat: boolean): Report {
  const counts = statusCounts(leads);
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
  Object.entries((data ?? {}) as JsonObject)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ');
