import { UserError } from '../../../core/errors.js';
import type { Client } from '../http/client.js';
import { readObject, unusableAnswer } from '../read.js';
import type { LeadRecord } from './record.js';
import { readLeads } from './record.js';

type By = 'getleadbyid' | 'getleadbyphonenumber' | 'getleadbyexternalid' | 'getleadbypexternalid';

async function find(client: Client, name: By, argument: string, value: string): Promise<LeadRecord[]> {
  const found = readLeads(await readObject(client, { name, query: [[argument, value]] }));
  if (!found) throw unusableAnswer(`${name} said neither found, with a lead, nor notfound`);
  if (found.odd) client.context.warn(`${name}: not as many forms as leads; they are paired in order`);
  return found.leads;
}

/** `getleadbyid`. Null where there is none. Throws UserError where that cannot be known. */
export const findById = async (client: Client, leadid: string): Promise<LeadRecord | null> =>
  (await find(client, 'getleadbyid', 'leadid', leadid))[0] ?? null;

/** `getleadbyphonenumber`: the number as given. */
export const findByPhone = (client: Client, number: string): Promise<LeadRecord[]> =>
  find(client, 'getleadbyphonenumber', 'number', number);

/** Answers that say the function is not there, or not usable; `notfound` is none of them. */
const unusable = new Set(['vendor.unknown-function', 'vendor.unreadable-answer', 'vendor.refused']);

export const isUnusable = ({ code }: UserError): boolean => unusable.has(code);

/**
 * By our own key, the argument being called `leadid` all the same. The document writes `getleadbypexternalid`; a later
 * revision of the vendor's page corrected the name: the new one first, the old one where the new one is not usable.
 */
export async function findByExternal(client: Client, key: string): Promise<LeadRecord[]> {
  try {
    return await find(client, 'getleadbyexternalid', 'leadid', key);
  } catch (error) {
    if (!(error instanceof UserError) || !isUnusable(error)) throw error;
    return find(client, 'getleadbypexternalid', 'leadid', key);
  }
}
