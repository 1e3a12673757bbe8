import type { Json, JsonObject } from '../../../core/json.js';
import { isObject } from '../../../core/json.js';
import { isGoodName } from './names.js';

/** A lead that may be imported. */
export interface NewLead {
  /** All data points as sent, `Phone` and `mappingId` among them, `script` not. */
  readonly parameters: JsonObject;
  /** The lead's own script, unread; null where the campaign script is meant. */
  readonly script: Json | null;
}

/** Why a request is refused, in the words of the answer's `log`. Names places and parameters, never values. */
export class Refusal extends Error {}

/** Digits of a phone as the vendor sees them; the document defines no format, its samples are bare digits. */
export const phoneDigits = (phone: string): string => phone.replace(/\D/g, '');

/**
 * Checks `leads` of an import (docs/vendors/sales-q.md#import) and gives them back, or throws Refusal: one bad lead
 * refuses the whole request, for the document knows no partial success (`ids` only come with `response: true`).
 */
export function readLeads(leads: Json | undefined): NewLead[] {
  if (leads === undefined) throw new Refusal('leads is missing');
  if (!Array.isArray(leads)) throw new Refusal('leads must be an array');
  if (leads.length === 0) throw new Refusal('leads must contain at least one lead');
  return (leads as readonly Json[]).map((lead, index) => readLead(lead, `leads[${index}]`));
}

function readLead(lead: Json, where: string): NewLead {
  if (!isObject(lead)) throw new Refusal(`${where} must be an object`);
  const { Phone, script, mappingId } = lead;
  if (Phone === undefined) throw new Refusal(`${where}.Phone is missing`);
  if (typeof Phone !== 'string') throw new Refusal(`${where}.Phone must be a string`);
  if (!looksLikePhone(Phone)) throw new Refusal(`${where}.Phone is no phone number`);
  if (mappingId !== undefined && typeof mappingId !== 'string') {
    throw new Refusal(`${where}.mappingId must be a string`);
  }
  const own = Object.entries(lead).filter(([name]) => name !== 'script');
  for (const [name, value] of own) checkParameter(name, value, where);
  return { parameters: Object.fromEntries(own), script: script ?? null };
}

function looksLikePhone(phone: string): boolean {
  const count = phoneDigits(phone).length;
  return /^[\d\s()+/.-]+$/.test(phone) && count >= 6 && count <= 17;
}

function checkParameter(name: string, value: Json, where: string): void {
  if (!isGoodName(name)) {
    throw new Refusal(`${where} has a parameter name with dots or other special characters`);
  }
  if (typeof value === 'object' && value !== null)
    throw new Refusal(`${where}.${name} must be a plain value`);
}
