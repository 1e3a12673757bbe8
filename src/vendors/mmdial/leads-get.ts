import { Exit, UserError } from '../../core/errors.js';
import {
  type Json,
  type JsonObject,
  isObject,
  entriesOf,
  isNested,
  recordOf,
  valuesOf,
} from '../../core/json.js';
import { specs, text } from '../../core/value.js';
import type { VendorCommand } from '../../core/vendor.js';
import { mapOf, statusOf } from './answers.js';
import { Client } from './client.js';
import { readObject, reportOf, unusableAnswer } from './read.js';
import { givenOf, phoneOption } from './settings.js';

/** A lead and the last order form that was filled in for it, as mmDial has them. */
export interface LeadRecord {
  readonly lead: JsonObject;
  readonly form: JsonObject;
}

/**
 * A single object, a list of objects, or a map of objects: read as a list (the document has the first two:
 * docs/vendors/mmdial.md#getleadbyid).
 */
export function listOf(value: Json | undefined): Json[] {
  if (Array.isArray(value)) return [...(value as readonly Json[])];
  if (!isObject(value)) return [];
  const inner = valuesOf(value);
  return inner.length > 0 && inner.every(isNested) ? inner : [value];
}

/** True for a list of records none of which is empty, as `found` promises. */
export const areRecords = (list: readonly Json[]): list is JsonObject[] =>
  list.length > 0 && list.every((one) => isObject(one) && Object.keys(one).length > 0);

/**
 * The leads of an answer, each with its form (`formdata[i]` belongs to `lead_data[i]`: an inference); null where
 * the answer says neither found, with leads, nor notfound, without any. `odd`: there are not as many forms as leads.
 */
export function readLeads(body: JsonObject): { readonly leads: LeadRecord[]; readonly odd: boolean } | null {
  const status = statusOf(body);
  const leads = listOf(body['lead_data']);
  if (status === 'notfound') return areRecords(leads) ? null : { leads: [], odd: false };
  if (status !== 'found' || !areRecords(leads)) return null;
  const forms = listOf(body['formdata']);
  const single = isObject(body['formdata']) && leads.length === 1;
  const formAt = (index: number): JsonObject =>
    (single ? mapOf(body['formdata']) : mapOf(forms[index])) ?? {};
  return {
    leads: leads.map((lead, index) => ({ lead, form: formAt(index) })),
    odd: !single && forms.length > 0 && forms.length !== leads.length,
  };
}

type By = 'getleadbyid' | 'getleadbyphonenumber' | 'getleadbyexternalid' | 'getleadbypexternalid';

async function find(client: Client, name: By, argument: string, value: string): Promise<LeadRecord[]> {
  const found = readLeads(await readObject(client, { name, query: [[argument, value]] }));
  if (!found) throw unusableAnswer(`${name} said neither found, with a lead, nor notfound`);
  if (found.odd) client.context.warn(`${name}: not as many forms as leads; they are paired in order`);
  return found.leads;
}

/** The lead by `getleadbyid`; null where there is none. Throws UserError where mmDial does not say. */
export const findById = async (client: Client, leadid: string): Promise<LeadRecord | null> =>
  (await find(client, 'getleadbyid', 'leadid', leadid))[0] ?? null;

/** Leads by `getleadbyphonenumber`, which compares the number as written. */
export const findByPhone = (client: Client, number: string): Promise<LeadRecord[]> =>
  find(client, 'getleadbyphonenumber', 'number', number);

/** Codes of answers that say the function is missing or unusable; `notfound` is not among them. */
const unusable = new Set(['vendor.unknown-function', 'vendor.unreadable-answer', 'vendor.refused']);

export const isUnusable = ({ code }: UserError): boolean => unusable.has(code);

/**
 * Finds leads by our own key, though the argument is called `leadid`. The document writes `getleadbypexternalid`; a
 * later revision of the vendor's page corrected the name: the new one first, the old one where the new one is not
 * usable.
 */
export async function findByExternal(client: Client, key: string): Promise<LeadRecord[]> {
  try {
    return await find(client, 'getleadbyexternalid', 'leadid', key);
  } catch (error) {
    if (!(error instanceof UserError) || !isUnusable(error)) throw error;
    return find(client, 'getleadbypexternalid', 'leadid', key);
  }
}

const options = specs({
  id: { flag: '--id <leadid>', about: "mmDial's own id", type: text() },
  phone: phoneOption,
  externalId: { flag: '--external-id <key>', about: 'your own key (leadid_external)', type: text() },
});

const ways = ['id', 'phone', 'externalId'] as const;

/**
 * `getleadbyid`, `getleadbyphonenumber`, `getleadbyexternalid` (docs/vendors/mmdial.md#getleadbyid): leads with their
 * last form.
 */
export const getLead: VendorCommand<typeof options> = {
  id: 'leads get',
  summary: "show a lead and its last order form, by mmDial's id, phone or your own key",
  options,
  async run({ context, options: flags }) {
    const [way, value] = givenOf(flags, ways, {
      message: 'Give one of --id, --phone and --external-id',
      hint: '`salesq mmdial leads get --id 4711`',
    });
    const leads = await findLeads(new Client(context), way, value);
    return reportOf({
      schema: 'leads',
      document: { found: leads.length > 0, leads: leads.map(({ lead, form }) => ({ lead, form })) },
      records: leads.map(flatRecord),
      empty: 'No such lead.',
      exit: leads.length > 0 ? Exit.ok : Exit.partial,
    });
  },
};

async function findLeads(client: Client, way: (typeof ways)[number], value: string): Promise<LeadRecord[]> {
  if (way === 'phone') return findByPhone(client, value);
  if (way === 'externalId') return findByExternal(client, value);
  const lead = await findById(client, value);
  return lead ? [lead] : [];
}

/** One flat record, as a push takes it: a form field that is called like a field of the lead gets `form.` before it. */
function flatRecord({ lead, form }: LeadRecord): JsonObject {
  const named = entriesOf(form).map(
    ([name, value]) => [Object.hasOwn(lead, name) ? `form.${name}` : name, value] as const,
  );
  return recordOf([...entriesOf(lead), ...named]);
}
