import type { Json, JsonObject } from '../../../core/json.js';
import { isObject } from '../../../core/json.js';
import { mapOf, statusOf } from '../answers.js';

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
  const inner = Object.values(value);
  return inner.length > 0 && inner.every((one) => typeof one === 'object' && one !== null) ? inner : [value];
}

/** True for a list of records each of which tells something: what `found` promises. */
export const areRecords = (list: readonly Json[]): list is JsonObject[] =>
  list.length > 0 && list.every((one) => isObject(one) && Object.keys(one).length > 0);

/**
 * Pure: the leads of an answer, each with its form (`formdata[i]` belongs to `lead_data[i]`: an inference); null where
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
