import { phoneDigits } from '../../core/phone-key.js';
import type { ImportPayload } from './import.js';
import type { DoubtfulRow, ReadBack, Sighting } from '../../core/read-back.js';
import { unclear } from '../../core/read-back.js';
import type { SalesQLead } from './leads.js';
import { clockSkewMs, fetchLeads, unreliable } from './leads.js';

/**
 * After a lost answer to `import`: is the lead in `update` (docs/vendors/sales-q.md#update)? That it shows `mappingId`
 * is an inference. It shows "active leads", so that absence proves nothing and never makes a row ready.
 */
export const importReadBack: ReadBack<ImportPayload> = {
  about: 'update is read once; leads are matched by mappingId, then by the digits of their phone',
  settleMs: 120_000,
  absentMeansReady: false,
  find: async (context, rows) => findImported(await fetchLeads(context), rows),
};

/** Pure: which rows the leads of an `update` answer show. A phone that is there is never absent, whoever imported it. */
export function findImported(
  leads: readonly SalesQLead[],
  rows: readonly DoubtfulRow<ImportPayload>[],
): Sighting[] {
  const byKey = grouped(leads, ({ mappingId }) => mappingId ?? '');
  const byPhone = grouped(leads, ({ phone }) => phoneDigits(phone));
  const sharers = grouped(rows, digitsOf);
  const shown: Shown = { leads, showsKeys: leads.some(({ mappingId }) => mappingId !== null) };
  return rows.map((row) => {
    const own = byKey.get(row.ref) ?? [];
    if (own.length > 0) return ownLead(row, own);
    const digits = digitsOf(row);
    const there = byPhone.get(digits) ?? [];
    if (there.length === 0) return absent(row, shown);
    return samePhone(row, there, shown, (sharers.get(digits) ?? []).length);
  });
}

interface Shown {
  readonly leads: readonly SalesQLead[];
  /** Whether any lead of the answer shows a mappingId: then ours would show its own. */
  readonly showsKeys: boolean;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

const digitsOf = ({ payload }: DoubtfulRow<ImportPayload>): string => payload.Phone.digits();

function ownLead(row: DoubtfulRow<ImportPayload>, own: readonly SalesQLead[]): Sighting {
  const digits = digitsOf(row);
  const others = own.filter(({ phone }) => phone !== '' && phoneDigits(phone) !== digits);
  if (others.length > 0)
    return unclear(row, 'vendor.foreign-phone', 'Sales_Q has this mappingId with another phone number');
  const ids = [...new Set(own.map(({ id }) => id))];
  return found(row, own[0], 'mappingId', ids);
}

/** The person is there; whether by our request or by another is the question. */
function samePhone(
  row: DoubtfulRow<ImportPayload>,
  there: readonly SalesQLead[],
  { showsKeys }: Shown,
  rowsOfPhone: number,
): Sighting {
  const present = 'Sales_Q has a lead with this phone number';
  if (showsKeys) {
    const reason = `${present}, but not with this row's mappingId: it came by another import. Not sent again`;
    return unclear(row, 'vendor.other-lead', reason);
  }
  if (there.length > 1 || rowsOfPhone > 1)
    return unclear(row, 'vendor.several-leads', `${present} more than once, or several rows have the number`);
  const [lead] = there;
  const began = lead?.chat.map(({ at }) => (at === null ? NaN : Date.parse(at))) ?? [];
  if (began.some((at) => at < row.sentAt - clockSkewMs)) {
    const reason = `${present} whose chat began before this row was sent: it came by another import. Not sent again`;
    return unclear(row, 'vendor.earlier-lead', reason);
  }
  return found(row, lead, 'phone', lead ? [lead.id] : []);
}

const found = (
  { row }: DoubtfulRow<ImportPayload>,
  lead: SalesQLead | undefined,
  by: string,
  ids: readonly string[],
): Sighting => ({
  row,
  seen: 'found',
  vendorId: ids.length === 1 ? (ids[0] ?? null) : null,
  evidence: { asked: 'update', by, ids, status: lead?.status ?? null, state: lead?.state ?? null },
});

function absent(row: DoubtfulRow<ImportPayload>, { leads, showsKeys }: Shown): Sighting {
  const doubtful = unreliable(leads);
  if (doubtful !== null) return unclear(row, doubtful.code, doubtful.reason);
  return { row: row.row, seen: 'absent', evidence: { asked: 'update', leads: leads.length, showsKeys } };
}
