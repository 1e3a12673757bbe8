import type { JsonObject } from '../../../core/json.js';
import type { TwinAnswer } from '../../../core/twin.js';
import type { ApiFunction, Ask } from './ask.js';
import type { Lead } from './model.js';
import { campaignOf, leadFields } from './model.js';
import { text, texts } from './php.js';

/** A campaign that answers with the error no section of addlead describes (see help). */
const brokenCampaign = '99';

export const addList: ApiFunction = (ask) => {
  const refuse = (reason: string): TwinAnswer => ask.give({ status: 'error', reason });
  const campaign = text(ask.post, 'campaignID');
  const description = text(ask.post, 'description');
  if (campaign === null) return refuse('campaignID missing');
  if (description === null) return refuse('description missing');
  const known = campaignOf(campaign);
  if (!known || description.endsWith('440')) return refuse(known ? 'list refused' : 'campaign unknown');
  const { id } = ask.centre.addList(known.id, description);
  return ask.give({ status: 'ok', listid: id }, true);
};

/** What `lead_stats` counts. */
type Count = 'success' | 'error' | 'sqlerror' | 'formaterror' | 'doubleterror' | 'invaliderror';

/** `lead_stats` of one lead. No id: the document gives none back (docs/vendors/mmdial.md#addlead). */
function stats(ask: Ask, count: Count | null, types: JsonObject = {}, changed = false): TwinAnswer {
  const counts = { success: 0, error: 0, sqlerror: 0, formaterror: 0, doubleterror: 0, invaliderror: 0 };
  if (count) counts[count] = 1;
  return ask.give({ lead_stats: { ...counts, formaterror_types: types } }, changed);
}

/** Formats, then invalid number, then duplicate: the first that is found is counted, and nothing is added. */
export const addLead: ApiFunction = (ask) => {
  if (text(ask.post, 'campaign_id') === brokenCampaign)
    return ask.give({ status: 'error', message: 'campaign locked' });
  const lead = leadOf(ask);
  if (!lead) return stats(ask, 'error');
  const formats = formatErrors(lead);
  if (Object.keys(formats).length > 0) return stats(ask, 'formaterror', formats);
  const phone = lead.data.phone ?? '';
  if (wants(ask, 'invalidcheck') && isInvalid(phone)) return stats(ask, 'invaliderror');
  if (isDoublet(ask, lead)) return stats(ask, 'doubleterror');
  return add(ask, lead, phone.slice(-3));
};

/** By the last digits of the phone (see help). What says `sqlerror` may have been added all the same. */
function add(ask: Ask, lead: NewLead, ending: string): TwinAnswer {
  if (ending === '440') return stats(ask, 'error');
  if (ending === '444') return stats(ask, 'sqlerror');
  if (ending === '449') return stats(ask, null);
  ask.centre.addLead(lead);
  return stats(ask, ending === '445' ? 'sqlerror' : 'success', {}, true);
}

type NewLead = Pick<Lead, 'campaign' | 'list' | 'countryCode' | 'data' | 'form'>;

const checks = ['invalidcheck', 'doubletcheck_global', 'doubletcheck_campaign'] as const;

const wants = (ask: Ask, check: (typeof checks)[number]): boolean => text(ask.post, check) === 'yes';

/** Null where something is missing or unknown: campaign, list of that campaign, country code, a check, lead data. */
function leadOf(ask: Ask): NewLead | null {
  const campaign = campaignOf(text(ask.post, 'campaign_id'));
  const listId = text(ask.post, 'list_id');
  const list = ask.centre.lists.find(({ id }) => String(id) === listId);
  const countryCode = text(ask.post, 'country_phone_code');
  const given = texts(ask.post, 'leaddata');
  if (!campaign || list?.campaign !== campaign.id || countryCode === null || !given) return null;
  if (checks.some((check) => !/^(yes|no)$/.test(text(ask.post, check) ?? ''))) return null;
  const data: NewLead['data'] = {};
  for (const name of leadFields) data[name] = given.get(name) ?? '';
  const form = [...(texts(ask.post, 'formfields') ?? [])];
  return { campaign: campaign.id, list: list.id, countryCode, data, form };
}

/** By field. The document says neither what is checked nor what the types are called. */
function formatErrors({ data, countryCode }: NewLead): JsonObject {
  const wrong: string[] = [];
  if (!/^\+?\d[\d /()-]*$/.test(data.phone ?? '')) wrong.push('phone');
  if (data.alt_phone && !/^\+?\d[\d /()-]*$/.test(data.alt_phone)) wrong.push('alt_phone');
  if (data.birthdate && !/^(\d{4}-\d\d-\d\d|\d\d?\.\d\d?\.\d{4})$/.test(data.birthdate))
    wrong.push('birthdate');
  if (!/^\d{1,4}$/.test(countryCode)) wrong.push('country_phone_code');
  return Object.fromEntries(wrong.map((name) => [name, 1]));
}

function isInvalid(phone: string): boolean {
  const digits = phone.replace(/\D/g, '');
  return digits.length < 6 || digits.length > 15 || digits.endsWith('000');
}

/** Numbers are compared as they are written, with and without `+49` they are different. */
function isDoublet(ask: Ask, { campaign, data }: NewLead): boolean {
  const [everywhere, here] = [wants(ask, 'doubletcheck_global'), wants(ask, 'doubletcheck_campaign')];
  return ask.centre.leads.some(
    (lead) => lead.data.phone === data.phone && (everywhere || (here && lead.campaign === campaign)),
  );
}
