import type { JsonObject } from '../../../core/json.js';
import type { TwinAnswer } from '../../../core/twin.js';
import type { ApiFunction, Ask } from './ask.js';
import { localTime } from './berlin.js';
import { agentOf } from './centre.js';
import type { Lead } from './model.js';
import { campaignOf, leadFields } from './model.js';
import { text, texts } from './php.js';

const local = (ms: number | null): string | null => (ms === null ? null : localTime(ms));

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
  last_phone: local(lead.lastPhone),
  last_edit: local(lead.lastEdit),
});

/** Columns that `customerfield_` can name. */
export const customerFields: readonly string[] = [
  ...['leadid', 'campaign_id', 'list_id', 'country_phone_code'],
  ...leadFields,
  ...['status', 'rotation', 'imported_date', 'last_phone', 'last_edit'],
];

export const formData = (lead: Lead): JsonObject => Object.fromEntries(lead.form);

/** An answer no section describes; the key of the text is the one of the neighbouring functions. */
const refuse = (ask: Ask, reason: string): TwinAnswer => ask.give({ status: 'error', reason });

export const getLeadById: ApiFunction = (ask) => {
  const id = text(ask.get, 'leadid');
  if (id === null) return refuse(ask, 'leadid missing');
  const lead = ask.centre.lead(id);
  return lead
    ? ask.give({ status: 'found', lead_data: leadData(lead), formdata: formData(lead) })
    : ask.give({ status: 'notfound' });
};

/** Both arrays in the same order, oldest lead first. */
const found = (ask: Ask, leads: readonly Lead[]): TwinAnswer =>
  leads.length > 0
    ? ask.give({ status: 'found', lead_data: leads.map(leadData), formdata: leads.map(formData) })
    : ask.give({ status: 'notfound' });

/** By `phone` as it is written; other numbers of a lead are not looked at. */
export const getLeadByPhoneNumber: ApiFunction = (ask) => {
  const number = text(ask.get, 'number');
  if (number === null) return refuse(ask, 'number missing');
  return found(
    ask,
    ask.centre.leads.filter((lead) => lead.data.phone === number),
  );
};

/** `leadid` carries the external id. */
export const getLeadByExternalId: ApiFunction = (ask) => {
  const id = text(ask.get, 'leadid');
  if (id === null) return refuse(ask, 'leadid missing');
  return found(
    ask,
    ask.centre.leads.filter((lead) => lead.data.leadid_external === id),
  );
};

/**
 * Changes the named fields and no others; unknown ones are ignored. `status` or `rotation` put the lead in front of
 * the dialler again, and it is called anew. Answers as the second block of getagentbyid, which has two, says.
 */
export const editLead: ApiFunction = (ask) => {
  const campaign = text(ask.get, 'campaign_id');
  const lead = ask.centre.lead(text(ask.get, 'leadid'));
  if (campaign === null) return refuse(ask, 'campaign_id missing');
  if (!campaignOf(campaign)) return refuse(ask, 'campaign unknown');
  if (!lead || String(lead.campaign) !== campaign) return refuse(ask, 'lead not found');
  if (lead.data.phone?.endsWith('440')) return refuse(ask, 'lead is locked');
  const fields = texts(ask.post, 'leaddata') ?? new Map<string, string>();
  const form = texts(ask.post, 'formfields') ?? new Map<string, string>();
  if (fields.size === 0 && form.size === 0) return refuse(ask, 'leaddata missing');
  const rotation = fields.get('rotation');
  if (rotation !== undefined && !/^\d{1,4}$/.test(rotation)) return refuse(ask, 'rotation must be a number');
  for (const name of leadFields) {
    const value = fields.get(name);
    if (value !== undefined) lead.data[name] = value;
  }
  lead.form = [...new Map([...lead.form, ...form])];
  lead.lastEdit = ask.centre.now;
  lead.status = fields.get('status') ?? lead.status;
  if (rotation !== undefined) lead.rotation = Number(rotation);
  if (rotation !== undefined || fields.has('status')) ask.centre.dial(lead);
  return ask.give({ status: 'ok' }, true);
};

/** `agent_info` is an array of one. */
export const getAgentById: ApiFunction = (ask) => {
  const id = text(ask.get, 'agentid');
  if (id === null) return refuse(ask, 'agentid missing');
  const agent = agentOf(id);
  if (!agent) return ask.give({ status: 'notfound' });
  const { username, firstName, lastName, active } = agent;
  const info = { agentid: agent.id, username, first_name: firstName, last_name: lastName };
  return ask.give({ status: 'found', agent_info: [{ ...info, active: active ? 'yes' : 'no' }] });
};
