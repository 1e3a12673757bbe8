import { type JsonObject, recordOf } from '../../../core/json.js';
import type { TwinAnswer } from '../../../core/twin.js';
import { agentOf, campaignOf, type Lead, leadFields, localTime } from './model.js';
import { readText, readTexts } from './php.js';
import { type ApiFunction, type ApiRequest, withArgument } from './request.js';

const localTimeOrNull = (ms: number | null): string | null => (ms === null ? null : localTime(ms));

/** A lead's own columns. The document says "lead data" only; names are those of addlead and exportbystatus. */
export const leadData = (lead: Lead): JsonObject => ({
  leadid: lead.id,
  campaign_id: lead.campaign,
  list_id: lead.list,
  country_phone_code: lead.countryCode,
  ...Object.fromEntries(leadFields.map((name) => [name, lead.data[name] ?? ''])),
  status: lead.status,
  rotation: lead.rotation,
  imported_date: localTime(lead.importedAt),
  last_phone: localTimeOrNull(lead.lastPhone),
  last_edit: localTimeOrNull(lead.lastEdit),
});

/** Columns that `customerfield_` can name. */
export const customerFields: readonly string[] = [
  ...['leadid', 'campaign_id', 'list_id', 'country_phone_code'],
  ...leadFields,
  ...['status', 'rotation', 'imported_date', 'last_phone', 'last_edit'],
];

const formData = (lead: Lead): JsonObject => recordOf(lead.form);

/** A refusal no section describes; the key of the text is the one of the neighbouring functions. */
const refuse = (request: ApiRequest, reason: string): TwinAnswer => request.give({ status: 'error', reason });

export const getLeadById = withArgument('leadid', 'reason', (request, id) => {
  const lead = request.centre.lead(id);
  return lead
    ? request.give({ status: 'found', lead_data: leadData(lead), formdata: formData(lead) })
    : request.give({ status: 'notfound' });
});

/** Answers with both arrays in the same order, oldest lead first. */
function answerFound(request: ApiRequest, isMeant: (lead: Lead) => boolean): TwinAnswer {
  const leads = request.centre.leads.filter(isMeant);
  return leads.length > 0
    ? request.give({ status: 'found', lead_data: leads.map(leadData), formdata: leads.map(formData) })
    : request.give({ status: 'notfound' });
}

/** Finds by `phone` as it is written; other numbers of a lead are not looked at. */
export const getLeadByPhoneNumber = withArgument('number', 'reason', (request, number) =>
  answerFound(request, ({ data }) => data.phone === number),
);

/** Finds by the external id, which comes as `leadid`. */
export const getLeadByExternalId = withArgument('leadid', 'reason', (request, id) =>
  answerFound(request, ({ data }) => data.leadid_external === id),
);

/**
 * Changes the named fields and no others; unknown ones are ignored. `status` or `rotation` queue the lead
 * again, and it is called anew. Answers as the second block of getagentbyid, which has two, says.
 */
export const editLead: ApiFunction = (request) => {
  const campaign = readText(request.get, 'campaign_id');
  const lead = request.centre.lead(readText(request.get, 'leadid'));
  if (campaign === null) return refuse(request, 'campaign_id missing');
  if (!campaignOf(campaign)) return refuse(request, 'campaign unknown');
  if (!lead || String(lead.campaign) !== campaign) return refuse(request, 'lead not found');
  if (lead.data.phone?.endsWith('440')) return refuse(request, 'lead is locked');
  const fields = readTexts(request.post, 'leaddata') ?? new Map<string, string>();
  const form = readTexts(request.post, 'formfields') ?? new Map<string, string>();
  if (fields.size === 0 && form.size === 0) return refuse(request, 'leaddata missing');
  const rotation = fields.get('rotation');
  if (rotation !== undefined && !/^\d{1,4}$/.test(rotation))
    return refuse(request, 'rotation must be a number');
  for (const name of leadFields) {
    const value = fields.get(name);
    if (value !== undefined) lead.data[name] = value;
  }
  lead.form = [...new Map([...lead.form, ...form])];
  lead.lastEdit = request.centre.now;
  lead.status = fields.get('status') ?? lead.status;
  if (rotation !== undefined) lead.rotation = Number(rotation);
  if (rotation !== undefined || fields.has('status')) request.centre.dial(lead);
  return request.give({ status: 'ok' }, true);
};

/** `agent_info` is an array of one. */
export const getAgentById = withArgument('agentid', 'reason', (request, id) => {
  const agent = agentOf(id);
  if (!agent) return request.give({ status: 'notfound' });
  const { username, firstName, lastName, active } = agent;
  const info = { agentid: agent.id, username, first_name: firstName, last_name: lastName };
  return request.give({ status: 'found', agent_info: [{ ...info, active: active ? 'yes' : 'no' }] });
});

/** A campaign that answers with the error no section of addlead describes (see help). */
const brokenCampaign = '99';

export const addList: ApiFunction = (request) => {
  const campaign = readText(request.post, 'campaignID');
  const description = readText(request.post, 'description');
  if (campaign === null) return refuse(request, 'campaignID missing');
  if (description === null) return refuse(request, 'description missing');
  const known = campaignOf(campaign);
  if (!known || description.endsWith('440'))
    return refuse(request, known ? 'list refused' : 'campaign unknown');
  const { id } = request.centre.addList(known.id, description);
  return request.give({ status: 'ok', listid: id }, true);
};

/** The counters of `lead_stats`. */
type StatsCount = 'success' | 'error' | 'sqlerror' | 'formaterror' | 'doubleterror' | 'invaliderror';

/** `lead_stats` of one lead. No id: the document gives none back (docs/vendors/mmdial.md#addlead). */
function answerStats(
  request: ApiRequest,
  count: StatsCount | null,
  types: JsonObject = {},
  changed = false,
): TwinAnswer {
  const counts = { success: 0, error: 0, sqlerror: 0, formaterror: 0, doubleterror: 0, invaliderror: 0 };
  if (count) counts[count] = 1;
  return request.give({ lead_stats: { ...counts, formaterror_types: types } }, changed);
}

/** Checks formats, then the number, then duplicates: the first fault is counted, and nothing is added. */
export const addLead: ApiFunction = (request) => {
  if (readText(request.post, 'campaign_id') === brokenCampaign)
    return request.give({ status: 'error', message: 'campaign locked' });
  const lead = readNewLead(request);
  if (!lead) return answerStats(request, 'error');
  const formats = formatErrors(lead);
  if (Object.keys(formats).length > 0) return answerStats(request, 'formaterror', formats);
  const phone = lead.data.phone ?? '';
  if (asksFor(request, 'invalidcheck') && isInvalid(phone)) return answerStats(request, 'invaliderror');
  if (isDoublet(request, lead)) return answerStats(request, 'doubleterror');
  return addByEnding(request, lead, phone.slice(-3));
};

/** Adds the lead, or fails by the last digits of its phone (see help). With `sqlerror` it may be added all the same. */
function addByEnding(request: ApiRequest, lead: NewLead, ending: string): TwinAnswer {
  if (ending === '440') return answerStats(request, 'error');
  if (ending === '444') return answerStats(request, 'sqlerror');
  if (ending === '449') return answerStats(request, null);
  request.centre.addLead(lead);
  return answerStats(request, ending === '445' ? 'sqlerror' : 'success', {}, true);
}

type NewLead = Pick<Lead, 'campaign' | 'list' | 'countryCode' | 'data' | 'form'>;

const checkNames = ['invalidcheck', 'doubletcheck_global', 'doubletcheck_campaign'] as const;

const asksFor = (request: ApiRequest, check: (typeof checkNames)[number]): boolean =>
  readText(request.post, check) === 'yes';

/**
 * The lead of a request; null where something is missing or unknown: campaign, list of that campaign, country code, a
 * check, lead data.
 */
function readNewLead(request: ApiRequest): NewLead | null {
  const campaign = campaignOf(readText(request.post, 'campaign_id'));
  const listId = readText(request.post, 'list_id');
  const list = request.centre.lists.find(({ id }) => String(id) === listId);
  const countryCode = readText(request.post, 'country_phone_code');
  const given = readTexts(request.post, 'leaddata');
  if (!campaign || list?.campaign !== campaign.id || countryCode === null || !given) return null;
  if (checkNames.some((check) => !/^(yes|no)$/.test(readText(request.post, check) ?? ''))) return null;
  const data: NewLead['data'] = {};
  for (const name of leadFields) data[name] = given.get(name) ?? '';
  const form = [...(readTexts(request.post, 'formfields') ?? [])];
  return { campaign: campaign.id, list: list.id, countryCode, data, form };
}

/** Format errors by field. The document says neither what is checked nor what the types are called. */
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

/** Compares numbers as they are written: with and without `+49` they are different. */
function isDoublet(request: ApiRequest, { campaign, data }: NewLead): boolean {
  const [everywhere, here] = [
    asksFor(request, 'doubletcheck_global'),
    asksFor(request, 'doubletcheck_campaign'),
  ];
  return request.centre.leads.some(
    (lead) => lead.data.phone === data.phone && (everywhere || (here && lead.campaign === campaign)),
  );
}
