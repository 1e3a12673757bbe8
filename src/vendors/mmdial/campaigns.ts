import { Exit, temporary, unusable, usageError, UserError } from '../../core/errors.js';
import { type Json, isObject, plainText, isNested, valuesOf } from '../../core/json.js';
import type { Outcome } from '../../core/outcome.js';
import { specs, text } from '../../core/value.js';
import type { VendorCommand } from '../../core/vendor.js';
import { readWritten, refusedLogin, statusOf } from './answers.js';
import { Client, fitsCharset } from './client.js';
import { areRecords, listOf } from './leads-get.js';
import { loginRefused, readObject, refusedBy, reportOf, unusableAnswer } from './read.js';
import { campaignOption } from './settings.js';

const listOptions = specs({
  campaign: campaignOption('campaign of the list (default: of the profile)'),
  description: {
    flag: '--description <text>',
    about: 'what the list is called; choose one that is not there yet',
    type: text(),
  },
});

/**
 * `addlist` (docs/vendors/mmdial.md#addlist): a new list in a campaign. Nothing says that descriptions are unique and
 * nothing lists the lists, so it is sent at most once; a lost answer is exit 7 and for a person to look up.
 */
export const addList: VendorCommand<typeof listOptions> = {
  id: 'lists add',
  summary: 'make a new list in a campaign (sent at most once)',
  options: listOptions,
  async run({ context, options: { campaign, description } }) {
    if (description === undefined) {
      throw usageError({
        code: 'usage.no-description',
        message: 'A list needs a description',
        hint: '--description "March 2026, A"',
      });
    }
    const client = new Client(context);
    checkCharset(client, description);
    const result = await client.call({
      name: 'addlist',
      form: [
        ['campaignID', campaign],
        ['description', description],
      ],
    });
    const answer = readWritten(result, context.clock.now());
    if (answer.kind === 'settled') throw notMade(answer.outcome);
    const status = statusOf(answer.body);
    if (status === 'error')
      throw refusedBy(client, answer.body, 'to make the list', { hint: 'No list was made' });
    const given = answer.body['listid'];
    const listid = isNested(given) ? '' : plainText(given);
    if (status !== 'ok' || listid === '') throw doubtful('mmDial did not say whether it made the list');
    const record = { listid, campaign, description };
    return reportOf({ schema: 'list', document: record, records: [record], empty: '' });
  },
};

function checkCharset(client: Client, description: string): void {
  if (fitsCharset(description, client.settings.charset)) return;
  throw unusable({
    code: 'field.not-in-charset',
    message: `The description has characters that ${client.settings.charset} does not know`,
    hint: 'Write it without them, or set charset: utf-8 in the profile',
  });
}

const doubtful = (what: string): UserError =>
  new UserError({
    code: 'vendor.in-doubt',
    message: `In doubt: ${what}. The list may be there`,
    hint: "Look in mmDial's list administration before trying again: a second try can make a second, empty list",
    exit: Exit.inDoubt,
  });

/** No list for sure, or nobody knows. */
function notMade(outcome: Outcome): UserError {
  if (outcome.kind === 'deferred' && outcome.code === refusedLogin.code) return loginRefused();
  if (outcome.kind === 'deferred' || outcome.kind === 'not-sent') {
    const { code, reason } = outcome;
    return temporary({ code, message: `mmDial: ${reason}`, hint: 'No list was made; try again later' });
  }
  return doubtful('reason' in outcome ? `mmDial ${outcome.reason}` : 'no answer');
}

/** Names of the order form's fields of a campaign (docs/vendors/mmdial.md#getfieldsbycampaign). Throws UserError. */
export async function fetchFields(client: Client, campaign: string): Promise<string[]> {
  const body = await readObject(client, { name: 'getfieldsbycampaign', query: [['campaign_id', campaign]] });
  const { fields } = body;
  if (typeof fields !== 'object' || fields === null)
    throw unusableAnswer('getfieldsbycampaign gave no list of fields');
  const names = valuesOf(fields as Readonly<Record<string, Json>>).map((field) =>
    plainText(isObject(field) ? field['name'] : field),
  );
  if (names.includes('')) throw unusableAnswer('getfieldsbycampaign gave a field without a name');
  return names;
}

const fieldOptions = specs({ campaign: campaignOption('the campaign (default: of the profile)') });

export const fields: VendorCommand<typeof fieldOptions> = {
  id: 'fields',
  summary: "list the order form's fields of a campaign: the columns a lead may bring beside its own",
  options: fieldOptions,
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
