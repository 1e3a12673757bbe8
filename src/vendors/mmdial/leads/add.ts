import { plainText } from '../../../core/json.js';
import type { SendResult } from '../../../core/outcome.js';
import { forAll } from '../../../core/outcome.js';
import type { Problem } from '../../../core/row.js';
import { PhoneNumber, type Cleared } from '../../../core/number.js';
import { specs, type Type } from '../../../core/value.js';
import type { Compiled, Lead, OptionValues, PushOperation, Sender } from '../../../core/vendor.js';
import { readWritten } from '../answers.js';
import { Client, ordinaryTimeoutMs } from '../http/client.js';
import type { Pair } from '../http/encode.js';
import { campaignOption, id } from '../settings.js';
import { addReadBack } from './add-back.js';
import { addFields, checkFormField, dataOf, formOf, type LeadTexts } from './fields.js';
import { outgoingOf, sameCountry, sizeOf, unfit } from './outgoing.js';
import { readStats } from './stats.js';

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
  reaches: () => 'by-number',
  scope: () => 'call',
  key: { field: 'phone' },
  fields: addFields,
  freeColumn: checkFormField,
  limits: { items: 1, bytes: 60_000 },
  pace: { perSecond: 1, concurrency: 1, timeoutMs: ordinaryTimeoutMs },
  afterLoss: () => 'read-back',
  readBack: addReadBack,
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
  open: (context, options) => Promise.resolve(new AddSender(new Client(context), options)),
};

const checks = ['invalidcheck', 'doubletcheck_global', 'doubletcheck_campaign'] as const;

const text = (options: OptionValues, name: string): string => plainText(options[name]);

function compileLead(lead: Lead, options: OptionValues): Compiled<LeadTexts> {
  const { form, problems } = formOf(lead);
  const all: Problem[] = [...problems];
  if (!sameCountry(lead.fields['phone'], lead.fields['alt_phone'])) {
    const message = 'The two numbers are of different countries; mmDial takes one country code for both';
    all.push({ code: 'phone.two-countries', message, column: 'alt_phone' });
  }
  const only = options['onlyCountry'];
  const phone = lead.fields['phone'];
  if (typeof only === 'string' && phone instanceof PhoneNumber && phone.callingCode !== only) {
    const message = 'The phone number has another country code than --country-code says';
    all.push({ code: 'phone.other-country', message, column: 'phone' });
  }
  return { payload: { data: dataOf(lead, keys), form }, problems: all };
}

class AddSender implements Sender<LeadTexts> {
  constructor(
    private readonly client: Client,
    private readonly options: OptionValues,
  ) {}

  async send(rows: readonly Cleared<LeadTexts>[]): Promise<SendResult> {
    const [row] = rows;
    if (!row) return { outcomes: [], stop: null };
    const lead = await outgoingOf(row.payload);
    const form: Pair[] = [
      ['campaign_id', text(this.options, 'campaign')],
      ['list_id', text(this.options, 'list')],
      ['country_phone_code', lead.countryCode ?? text(this.options, 'countryCode')],
      ...checks.map((name): Pair => [name, text(this.options, name)]),
      ...lead.pairs,
    ];
    const wrong = unfit(this.client, form);
    if (wrong) return { outcomes: forAll(rows, wrong), stop: null };
    const result = await this.client.call({ name: 'addlead', form });
    const answer = readWritten(result, this.client.context.clock.now());
    if (answer.kind === 'settled') return { outcomes: forAll(rows, answer.outcome), stop: answer.stop };
    return { outcomes: forAll(rows, readStats(answer.body)), stop: null };
  }
}
