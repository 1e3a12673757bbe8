import { UserError } from '../../../core/errors.js';
import { plainText } from '../../../core/json.js';
import type { Json } from '../../../core/json.js';
import type { DoubtfulRow, ReadBack, Sighting } from '../../../core/read-back.js';
import { unclear } from '../../../core/read-back.js';
import type { OptionValues } from '../../../core/vendor.js';
import { Client } from '../http/client.js';
import { partsOf } from '../../../core/phone-key.js';
import { nationalParts, notationsOf } from '../notation.js';
import { findRowByRow } from '../read.js';
import { countryCodeOf } from '../settings.js';
import { numberOf, textIn, type LeadTexts } from './fields.js';
import type { LeadRecord } from './find.js';
import { findByExternal, findByPhone, isUnusable } from './find.js';

/**
 * After a lost answer to `addlead` (docs/vendors/mmdial.md#addlead): by our own key, then by phone. A lead that is in
 * neither may be added again, for the duplicate check catches one that comes late; where that check was off a person
 * decides.
 */
export const addReadBack: ReadBack<LeadTexts> = {
  about: 'leads are looked for by external id (both names of the function), then by phone',
  settleMs: 120_000,
  absentMeansReady: true,
  find: (context, rows, options) => {
    const client = new Client(context);
    return findRowByRow(context.signal, rows, (row) => look(client, row, options));
  },
};

async function look(client: Client, row: DoubtfulRow<LeadTexts>, options: OptionValues): Promise<Sighting> {
  const key = textIn(row.payload, 'leadid_external') ?? row.ref;
  const e164 = numberOf(row.payload, 'phone')?.e164() ?? '';
  const mine = await byKey(client, key);
  if (Array.isArray(mine) && mine.length > 0) return found(row, mine, 'external id');
  const there = await samePhone(client, e164);
  const own = there.filter(({ lead }) => keyOf(lead) === key);
  if (own.length > 0) return found(row, own, 'external id');
  if (there.length > 0) return byPhone(row, there);
  if (mine instanceof UserError) return unclear(row, mine.code, mine.message);
  if (options['doubletcheck_campaign'] !== 'yes') {
    const reason =
      'mmDial does not show the lead, but its duplicate check was off: it is not added again by itself';
    return unclear(row, 'vendor.no-duplicate-check', reason);
  }
  return {
    row: row.row,
    seen: 'absent',
    evidence: { asked: ['external id', 'phone'], answered: 'notfound' },
  };
}

/** The lead's own key as shown; null where mmDial does not show it. */
const keyOf = (lead: LeadRecord['lead']): string | null =>
  Object.hasOwn(lead, 'leadid_external') ? plainText(lead['leadid_external']) : null;

/** Leads of that key; the error where no name of the function gave a usable answer. */
async function byKey(client: Client, key: string): Promise<LeadRecord[] | UserError> {
  try {
    return (await findByExternal(client, key)).filter(({ lead }) => (keyOf(lead) ?? key) === key);
  } catch (error) {
    if (error instanceof UserError && isUnusable(error)) return error;
    throw error;
  }
}

/** Leads of the number in the first notation that has any, the one that was sent first; other countries' apart. */
async function samePhone(client: Client, e164: string): Promise<LeadRecord[]> {
  if (e164 === '') return [];
  const { phone } = await nationalParts(e164);
  const { code } = partsOf(e164);
  const home = countryCodeOf(client.context.settings);
  for (const number of new Set([phone, ...notationsOf(e164, home)])) {
    const leads = (await findByPhone(client, number)).filter(({ lead }) => isOf(code, lead));
    if (leads.length > 0) return leads;
  }
  return [];
}

function isOf(code: string, lead: LeadRecord['lead']): boolean {
  const theirs = plainText(lead['country_phone_code']).replace(/\D/g, '').replace(/^0+/, '');
  return theirs === '' || theirs === code;
}

/** A number that is there is never added again. Ours it is only where mmDial shows no keys at all. */
function byPhone(row: DoubtfulRow<LeadTexts>, there: readonly LeadRecord[]): Sighting {
  if (there.some(({ lead }) => keyOf(lead) !== null)) {
    const reason =
      'mmDial has this number in a lead with another external id: it was there by another way. Not sent again';
    return unclear(row, 'vendor.other-lead', reason);
  }
  if (there.length > 1)
    return unclear(
      row,
      'vendor.several-leads',
      'mmDial has several leads with this number; which is ours is not shown',
    );
  return found(row, there, 'phone');
}

function found({ row }: DoubtfulRow<LeadTexts>, leads: readonly LeadRecord[], by: string): Sighting {
  const ids = [...new Set(leads.map(({ lead }) => plainText(lead['leadid'])))].filter((id) => id !== '');
  const status: Json = plainText(leads[0]?.lead['status']) || null;
  const vendorId = ids.length === 1 ? (ids[0] ?? null) : null;
  return { row, seen: 'found', vendorId, evidence: { by, leads: leads.length, ids, status } };
}
