import { isObject } from '../../core/json.js';
import type { DoubtfulRow, ReadBack, Sighting } from '../../core/read-back.js';
import { unclear } from '../../core/read-back.js';
import type { OptionValues } from '../../core/vendor.js';
import type { SalesQLead } from './leads.js';
import { clockSkewMs, fetchLeads, unreliable } from './leads.js';

/** The id of a lead, as `import` returned it. */
export type RemovePayload = { readonly id: string };

/** The farewell of a run; null where it has none. */
export const messageOf = (options: OptionValues): string | null => {
  const message = options['message'];
  return typeof message === 'string' && message !== '' ? message : null;
};

/**
 * After a lost answer to `remove` (docs/vendors/sales-q.md#remove): is the lead gone from `update`? Only a lead that
 * was there before can be gone. One that is still there may be removed again, but never with a farewell: that may have
 * been sent.
 */
export const removeReadBack: ReadBack<RemovePayload> = {
  about: 'update is read once: the lead must be gone from it',
  settleMs: 120_000,
  absentMeansReady: true,
  looksAtKept: true,
  find: async (context, rows, options) => findRemoved(await fetchLeads(context), rows, messageOf(options)),
};

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
