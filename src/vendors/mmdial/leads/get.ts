import { Exit, usageError } from '../../../core/errors.js';
import type { Json, JsonObject } from '../../../core/json.js';
import { specs, text, type Values } from '../../../core/value.js';
import type { VendorCommand } from '../../../core/vendor.js';
import { Client } from '../http/client.js';
import { reportOf } from '../read.js';
import type { LeadRecord } from './find.js';
import { findByExternal, findById, findByPhone } from './find.js';

const options = specs({
  id: { flag: '--id <leadid>', about: "mmDial's own id", type: text() },
  phone: {
    flag: '--phone <number>',
    about: 'phone number, in the notation mmDial has it',
    type: text(),
  },
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
    const [way, value] = wayOf(flags);
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

function wayOf(flags: Values<typeof options>): readonly [(typeof ways)[number], string] {
  const given = ways.flatMap((way) => {
    const value = flags[way];
    return value === undefined ? [] : [[way, value] as const];
  });
  const [one] = given;
  if (one && given.length === 1) return one;
  throw usageError({
    code: 'usage.one-of',
    message: 'Give one of --id, --phone and --external-id',
    hint: 'salesq mmdial leads get --id 4711',
  });
}

/** One flat record, as a push takes it: a form field that is called like a field of the lead gets `form.` before it. */
export function flatRecord({ lead, form }: LeadRecord): JsonObject {
  const flat = Object.create(null) as Record<string, Json>;
  Object.assign(flat, lead);
  for (const [name, value] of Object.entries(form))
    flat[Object.hasOwn(lead, name) ? `form.${name}` : name] = value;
  return flat;
}
