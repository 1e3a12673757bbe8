import type { HttpResult } from '../../core/http.js';
import { type Json, isObject, plainText } from '../../core/json.js';
import { type Cleared, bytesOf, PhoneNumber } from '../../core/number.js';
import {
  type Outcome,
  type SendResult,
  type DoubtfulRow,
  type Sighting,
  doubtful,
  rejected,
  resultForAll,
  unclear,
} from '../../core/outcome.js';
import { specs, text, verbatim } from '../../core/value.js';
import {
  type Keepsake,
  type OptionValues,
  type PushOperation,
  type ReadyRow,
  type VendorContext,
  oneRow,
  type ReadBack,
} from '../../core/vendor.js';
import { pace, post, readAnswer } from './client.js';
import { type SalesQLead, clockSkewMs, fetchLeads, unreliable } from './update.js';

/** The id of a lead, as `import` returned it. */
export type RemovePayload = { readonly id: string };

/** The farewell of a run; null where it has none. */
const messageOf = (options: OptionValues): string | null => {
  const message = options['message'];
  return typeof message === 'string' && message !== '' ? message : null;
};

/**
 * After a lost answer to `remove` (docs/vendors/sales-q.md#remove): is the lead gone from `update`? Only a lead that
 * was there before can be gone. One that is still there may be removed again, but never with a farewell: that may have
 * been sent.
 */
const removeReadBack: ReadBack<RemovePayload> = {
  about: 'update is read once: the lead must be gone from it',
  settleMs: 120_000,
  absentMeansReady: true,
  looksAtKept: true,
  find: async (context, rows, options) => findRemoved(await fetchLeads(context), rows, messageOf(options)),
};

/**
 * `POST /remove` (docs/vendors/sales-q.md#remove): stops one lead. With a message the person is written to first, so a
 * lost answer is not repeated; without one it may be. The lead is stored before: the answer is its only other copy.
 */
export const removeLeads: PushOperation<RemovePayload> = {
  id: 'remove',
  summary: 'stop leads, with or without a farewell message',
  channel: 'message',
  reaches: (options) => (messageOf(options) === null ? 'nobody' : 'by-id'),
  stops: (options) => messageOf(options) === null,
  scope: () => 'remove',
  key: { field: 'id' },
  fields: [
    {
      name: 'id',
      type: text({ max: 200 }),
      column: { concept: 'vendor-id' },
      required: true,
      about: 'id of the lead as import returned it',
    },
  ],
  parameters: { message: '--message', token: 'the profile' },
  limits: { items: 1, bytes: 90_000 },
  pace,
  afterLoss: (options) => (messageOf(options) === null ? 'repeat-is-safe' : 'never'),
  // `import` starts the chat (docs/vendors/sales-q.md#import): whoever is removed had been written to, or may have been.
  withdraws: ({ payload }) => ({
    operation: 'import',
    by: 'vendor-id',
    value: payload.id,
    contacted: true,
  }),
  readBack: removeReadBack,
  options: specs({
    message: {
      flag: '--message <text>',
      about: 'farewell message sent to the person before the lead is removed',
      type: verbatim,
      freeText: true,
    },
  }),
  argumentField: 'id',
  compile: ({ fields }) => ({ payload: { id: plainText(fields['id'] as Json | undefined) }, problems: [] }),
  size: (payload, options) => bytesOf({ ...payload, ...options }),
  open: (context, options) =>
    Promise.resolve({
      before: (rows) => keepLeads(context, rows),
      send: oneRow(async (row) => {
        const message = messageOf(options);
        const body = { id: row.payload.id, ...(message === null ? {} : { message }) };
        const result = await post(context, 'remove', body);
        return readRemove(result, [row], context.clock.now());
      }),
    }),
};

/** Every lead about to be removed, as `update` shows it. */
async function* keepLeads(
  context: VendorContext,
  rows: AsyncIterable<ReadyRow<RemovePayload>>,
): AsyncIterable<Keepsake> {
  const leads = new Map((await fetchLeads(context)).map((lead) => [lead.id, lead]));
  for await (const row of rows) {
    const lead = leads.get(row.payload.id);
    if (!lead) continue;
    const { phone } = lead;
    const phones = phone.startsWith('+') ? [new PhoneNumber(phone, phone, true)] : [];
    yield { row: row.row, record: lead.raw, phones };
  }
}

/** Pure: what an answer to `remove` means. `obj` is an object in the sample, a list in the table: both are read. */
export function readRemove(
  result: HttpResult,
  rows: readonly Cleared<RemovePayload>[],
  nowMs: number,
): SendResult {
  const answer = readAnswer(result, nowMs);
  if (answer.kind === 'settled') return resultForAll(rows, answer.outcome, answer.stop);
  if (answer.kind === 'yes')
    return resultForAll(rows, removed(answer.body['obj'], rows[0]?.payload.id ?? ''));
  const reason =
    answer.log === '' ? 'Sales_Q did not remove the lead' : `Sales_Q did not remove the lead: ${answer.log}`;
  return resultForAll(rows, rejected('vendor.refused', reason));
}

function removed(obj: Json | undefined, id: string): Outcome {
  const record = Array.isArray(obj) ? (obj as readonly Json[])[0] : obj;
  const theirs = isObject(record) ? record['id'] : undefined;
  if (theirs !== undefined && plainText(theirs) !== id)
    return doubtful('vendor.foreign-id', 'Sales_Q says it removed a lead with another id');
  return { kind: 'delivered', vendorId: id, ...(record === undefined ? {} : { detail: record }) };
}

/** Pure. `absent` here means that the removal did not happen: the lead is there. */
export function findRemoved(
  leads: readonly SalesQLead[],
  rows: readonly DoubtfulRow<RemovePayload>[],
  message: string | null,
): Sighting[] {
  const byId = new Map(leads.map((lead) => [lead.id, lead]));
  const doubtful = unreliable(leads);
  return rows.map((row) => {
    const lead = byId.get(row.payload.id);
    if (lead) return message === null ? stillThere(row, lead) : farewell(row, lead, message);
    if (doubtful) return unclear(row, doubtful.code, doubtful.reason);
    if (!isObject(row.kept)) {
      const reason = 'Sales_Q does not show the lead, but it did not before the removal either';
      return unclear(row, 'vendor.unknown-before', reason);
    }
    const evidence = { asked: 'update', leads: leads.length, shownBefore: true };
    return { row: row.row, seen: 'found', vendorId: row.payload.id, evidence };
  });
}

function stillThere(row: DoubtfulRow<RemovePayload>, { status, state }: SalesQLead): Sighting {
  if (status === 'Archive') {
    const reason =
      'Sales_Q shows the lead as Archive, which comes after qualification as well as after deletion';
    return unclear(row, 'vendor.archived', reason);
  }
  return { row: row.row, seen: 'absent', evidence: { asked: 'update', stillThere: true, status, state } };
}

/** Whether the person has read the farewell already decides nothing here, but a person must know. */
function farewell(row: DoubtfulRow<RemovePayload>, { chat }: SalesQLead, message: string): Sighting {
  const sent = chat.some(
    ({ at, direction, body }) =>
      direction === 'outgoing' &&
      body.trim() === message.trim() &&
      at !== null &&
      Date.parse(at) >= row.sentAt - clockSkewMs,
  );
  const reason = sent
    ? 'Sales_Q shows the lead, and the farewell in its chat: the person was told, but the lead is not removed'
    : 'Sales_Q still shows the lead; whether the farewell is under way cannot be seen';
  return unclear(row, sent ? 'vendor.farewell-sent' : 'vendor.still-there', reason);
}
