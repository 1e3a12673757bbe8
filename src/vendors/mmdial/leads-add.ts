import { UserError } from '../../core/errors.js';
import { shellWord } from '../../core/hint.js';
import { type Json, plainText } from '../../core/json.js';
import { type Cleared, OutgoingNumber, PhoneNumber } from '../../core/number.js';
import {
  type DoubtfulRow,
  type SendResult,
  type Sighting,
  resultForAll,
  unclear,
} from '../../core/outcome.js';
import { partsOf } from '../../core/phone-key.js';
import type { Problem } from '../../core/row.js';
import { type Type, specs } from '../../core/value.js';
import {
  type Compiled,
  type Lead,
  type OptionValues,
  type PushOperation,
  oneRow,
  type ReadBack,
} from '../../core/vendor.js';
import { readWritten } from './answers.js';
import { type Pair, Client, ordinaryTimeoutMs } from './client.js';
import { type LeadRecord, findByExternal, findByPhone, isUnusable } from './leads-get.js';
import {
  type LeadTexts,
  addFields,
  addParameters,
  checkFormField,
  dataOf,
  formOf,
  outgoingOf,
  readStats,
  sizeOf,
  twoCountries,
  unfit,
} from './leads.js';
import { nationalParts, notationsOf } from './notation.js';
import { findRowByRow } from './read.js';
import { campaignOption, countryCodeOf, id } from './settings.js';

/**
 * After a lost answer to `addlead` (docs/vendors/mmdial.md#addlead): by our own key, then by phone. A lead that is in
 * neither may be added again, for the duplicate check catches one that comes late; where that check was off a person
 * decides.
 */
const addReadBack: ReadBack<LeadTexts> = {
  about: 'leads are looked for by external id (both names of the function), then by phone',
  settleMs: 120_000,
  absentMeansReady: true,
  find: (context, rows, options) => findRowByRow(context, rows, (client, row) => look(client, row, options)),
};

async function look(client: Client, row: DoubtfulRow<LeadTexts>, options: OptionValues): Promise<Sighting> {
  const { leadid_external: external, phone } = row.payload.data;
  const key = typeof external === 'string' ? external : row.ref;
  const e164 = phone instanceof OutgoingNumber ? phone.e164() : '';
  const mine = await byKey(client, key);
  if (Array.isArray(mine) && mine.length > 0) return found(row, mine, 'external id');
  const there = await samePhone(client, e164);
  const own = there.filter(({ lead }) => keyOf(lead) === key);
  if (own.length > 0) return found(row, own, 'external id');
  if (there.length > 0) return byPhone(row, there);
  if (mine instanceof UserError) return unclear(row, mine.code, mine.message);
  if (options['doubletcheck_campaign'] !== 'yes') {
    const reason =
      'mmDial does not show the lead, but its duplicate check was off: it is not added again by itself';
    return unclear(row, 'vendor.no-duplicate-check', reason);
  }
  return {
    row: row.row,
    seen: 'absent',
    evidence: { asked: ['external id', 'phone'], answered: 'notfound' },
  };
}

/** The lead's own key as shown; null where mmDial does not show it. */
const keyOf = (lead: LeadRecord['lead']): string | null =>
  Object.hasOwn(lead, 'leadid_external') ? plainText(lead['leadid_external']) : null;

/** Leads of that key; the error where no name of the function gave a usable answer. */
async function byKey(client: Client, key: string): Promise<LeadRecord[] | UserError> {
  try {
    return (await findByExternal(client, key)).filter(({ lead }) => (keyOf(lead) ?? key) === key);
  } catch (error) {
    if (error instanceof UserError && isUnusable(error)) return error;
    throw error;
  }
}

/** Leads of the number in the first notation that has any, the one that was sent first; other countries' apart. */
async function samePhone(client: Client, e164: string): Promise<LeadRecord[]> {
  if (e164 === '') return [];
  const { phone } = await nationalParts(e164);
  const { code } = partsOf(e164);
  const home = countryCodeOf(client.context.settings);
  for (const number of new Set([phone, ...notationsOf(e164, home)])) {
    const leads = (await findByPhone(client, number)).filter(({ lead }) => isOf(code, lead));
    if (leads.length > 0) return leads;
  }
  return [];
}

function isOf(code: string, lead: LeadRecord['lead']): boolean {
  const theirs = plainText(lead['country_phone_code']).replace(/\D/g, '').replace(/^0+/, '');
  return theirs === '' || theirs === code;
}

/** A number that is there is never added again. Ours it is only where mmDial shows no keys at all. */
function byPhone(row: DoubtfulRow<LeadTexts>, there: readonly LeadRecord[]): Sighting {
  if (there.some(({ lead }) => keyOf(lead) !== null)) {
    const reason =
      'mmDial has this number in a lead with another external id: it was there by another way. Not sent again';
    return unclear(row, 'vendor.other-lead', reason);
  }
  if (there.length > 1)
    return unclear(
      row,
      'vendor.several-leads',
      'mmDial has several leads with this number; which is ours is not shown',
    );
  return found(row, there, 'phone');
}

function found({ row }: DoubtfulRow<LeadTexts>, leads: readonly LeadRecord[], by: string): Sighting {
  const ids = [...new Set(leads.map(({ lead }) => plainText(lead['leadid'])))].filter((id) => id !== '');
  const status: Json = plainText(leads[0]?.lead['status']) || null;
  const vendorId = ids.length === 1 ? (ids[0] ?? null) : null;
  return { row, seen: 'found', vendorId, evidence: { by, leads: leads.length, ids, status } };
}

/** A check of mmDial's, in its own words. */
const check: Type<string> = {
  kind: 'check',
  expects: 'yes or no',
  read: (raw) => ({ ok: true, value: raw === false ? 'no' : 'yes' }),
};

const keys = addFields.map(({ name }) => name);

/**
 * `addlead` (docs/vendors/mmdial.md#addlead): a lead mmDial will dial. The answer has no id, so each lead carries a key
 * of its own (`leadid_external`). All three checks are always sent, `yes` unless a flag says no: with them a second
 * identical lead is counted as `doubleterror`, not added.
 */
export const addLeads: PushOperation<LeadTexts> = {
  id: 'leads add',
  summary: 'add leads to a list, to be dialled',
  channel: 'call',
  reaches: () => 'by-number',
  scope: () => 'call',
  key: { field: 'phone' },
  fields: addFields,
  freeColumn: checkFormField,
  parameters: addParameters,
  limits: { items: 1, bytes: 60_000 },
  pace: { perSecond: 1, concurrency: 1, timeoutMs: ordinaryTimeoutMs },
  afterLoss: () => 'read-back',
  readBack: addReadBack,
  endedBy: ({ number }) => `salesq mmdial dnc add ${shellWord(number)}`,
  refField: 'leadid_external',
  options: specs({
    campaign: campaignOption('campaign to add to (default: of the profile)'),
    list: {
      flag: '--list <id>',
      about: 'list of that campaign (default: of the profile)',
      type: id,
      setting: 'list',
      required: true,
    },
    onlyCountry: {
      flag: '--country-code <code>',
      about: 'take only numbers of this country code (default: each number has its own)',
      type: id,
    },
    countryCode: {
      about: 'country code of national numbers in mmDial',
      type: id,
      setting: 'countryCode',
      default: '49',
    },
    doubletcheck_global: {
      flag: '--no-global-check',
      about: 'let mmDial add numbers another campaign has',
      type: check,
      default: 'yes',
    },
    doubletcheck_campaign: {
      flag: '--no-campaign-check',
      about: 'let mmDial add numbers this campaign has: a second call',
      type: check,
      default: 'yes',
    },
    invalidcheck: {
      flag: '--no-invalid-check',
      about: 'let mmDial add numbers it finds invalid',
      type: check,
      default: 'yes',
    },
  }),
  checkOptions: (options) => ({
    ...options,
    ...(options['onlyCountry'] === undefined ? {} : { countryCode: options['onlyCountry'] }),
  }),
  describe: (options) => [
    `campaign ${text(options, 'campaign')}, list ${text(options, 'list')}; checks: ${checks
      .map((name) => `${name} ${text(options, name)}`)
      .join(', ')}`,
  ],
  compile: compileLead,
  size: sizeOf,
  open(context, options) {
    const client = new Client(context);
    return Promise.resolve({ send: oneRow((row) => sendLead(client, row, options)) });
  },
};

const checks = ['invalidcheck', 'doubletcheck_global', 'doubletcheck_campaign'] as const;

const text = (options: OptionValues, name: string): string => plainText(options[name]);

function compileLead(lead: Lead, options: OptionValues): Compiled<LeadTexts> {
  const { form, problems } = formOf(lead);
  const all: Problem[] = [...problems, ...twoCountries(lead.fields)];
  const { phone } = lead.fields;
  if (!(phone instanceof PhoneNumber)) throw new Error('mmdial: a lead without a number was compiled');
  const only = options['onlyCountry'];
  if (typeof only === 'string' && phone.callingCode !== only) {
    const message = 'The phone number has another country code than --country-code says';
    all.push({ code: 'phone.other-country', message, column: 'phone' });
  }
  return { payload: { data: dataOf(lead, keys), form }, problems: all };
}

async function sendLead(client: Client, row: Cleared<LeadTexts>, options: OptionValues): Promise<SendResult> {
  const lead = await outgoingOf(row.payload);
  const form: Pair[] = [
    ['campaign_id', text(options, 'campaign')],
    ['list_id', text(options, 'list')],
    ['country_phone_code', lead.countryCode ?? text(options, 'countryCode')],
    ...checks.map((name): Pair => [name, text(options, name)]),
    ...lead.pairs,
  ];
  const wrong = unfit(client, form);
  if (wrong) return resultForAll([row], wrong);
  const answer = readWritten(await client.call({ name: 'addlead', form }), client.context.clock.now());
  return answer.kind === 'settled'
    ? resultForAll([row], answer.outcome, answer.stop)
    : resultForAll([row], readStats(answer.body));
}
