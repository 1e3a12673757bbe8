import { Exit, usageError } from '../../core/errors.js';
import type { Json } from '../../core/json.js';
import { isObject, plainText } from '../../core/json.js';
import { specs } from '../../core/value.js';
import type { VendorCommand } from '../../core/vendor.js';
import { statusOf } from './answers.js';
import { Client } from './http/client.js';
import { areRecords, listOf } from './leads/find.js';
import { readObject, reportOf, unusableAnswer } from './read.js';
import { campaignOption } from './settings.js';

/** Names of the order form's fields of a campaign (docs/vendors/mmdial.md#getfieldsbycampaign). Throws UserError. */
export async function fetchFields(client: Client, campaign: string): Promise<string[]> {
  const body = await readObject(client, { name: 'getfieldsbycampaign', query: [['campaign_id', campaign]] });
  const { fields } = body;
  if (typeof fields !== 'object' || fields === null)
    throw unusableAnswer('getfieldsbycampaign gave no list of fields');
  const names = Object.values(fields as Readonly<Record<string, Json>>).map((field) =>
    plainText(isObject(field) ? field['name'] : field),
  );
  if (names.includes('')) throw unusableAnswer('getfieldsbycampaign gave a field without a name');
  return names;
}

const options = specs({ campaign: campaignOption('the campaign (default: of the profile)') });

export const fields: VendorCommand<typeof options> = {
  id: 'fields',
  summary: "list the order form's fields of a campaign: the columns a lead may bring beside its own",
  options,
  async run({ context, options: { campaign } }) {
    const records = (await fetchFields(new Client(context), campaign)).map((name) => ({ name }));
    const empty = 'The campaign has no form fields.';
    return reportOf({ schema: 'fields', document: { campaign, fields: records }, records, empty });
  },
};

/**
 * `getagentbyid` (docs/vendors/mmdial.md#getagentbyid). What an agent's record holds is not documented: it is shown as
 * it comes.
 */
export const getAgent: VendorCommand = {
  id: 'agents get',
  summary: 'show an agent',
  args: '<id>',
  options: {},
  async run({ context, args }) {
    const [id = ''] = args;
    if (id.trim() === '') throw usageError({ code: 'usage.bad-value', message: 'The agent id is empty' });
    const body = await readObject(new Client(context), { name: 'getagentbyid', query: [['agentid', id]] });
    const status = statusOf(body);
    const known = listOf(body['agent_info']);
    if (status !== 'notfound' && !(status === 'found' && areRecords(known)))
      throw unusableAnswer('getagentbyid said neither found, with an agent, nor notfound');
    const agents = status === 'found' ? known.filter(isObject) : [];
    return reportOf({
      schema: 'agents',
      document: { found: agents.length > 0, agents },
      records: agents,
      empty: 'No such agent.',
      exit: agents.length > 0 ? Exit.ok : Exit.partial,
    });
  },
};
