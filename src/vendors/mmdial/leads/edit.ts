import { plainText } from '../../../core/json.js';
import type { Json } from '../../../core/json.js';
import type { Problem } from '../../../core/row.js';
import { flag, specs } from '../../../core/value.js';
import type { Compiled, Lead, OptionValues, PushOperation } from '../../../core/vendor.js';
import { Client, ordinaryTimeoutMs } from '../http/client.js';
import { campaignOption } from '../settings.js';
import { editReadBack } from './edit-back.js';
import { EditSender } from './edit-sender.js';
import { checkFormField, dataOf, editFields, formOf, leadKeys, redialFields } from './fields.js';
import type { EditPayload } from './edit-sender.js';
import { sizeOf } from './outgoing.js';

const isRedial = (options: OptionValues): boolean => options['redial'] === true;

/**
 * `editlead` (docs/vendors/mmdial.md#editlead): changes a lead found by its `leadid`; only the columns named are sent.
 * `status` and `rotation` may start dialling anew (an inference), so a table with such a column is taken as reaching
 * the person: the do-not-call gate applies, a lead is edited once, a lost answer is never repeated. Rows that bring
 * their own keys (JSON) need `--redial` to carry them.
 */
export const editLeads: PushOperation<EditPayload> = {
  id: 'leads edit',
  summary: 'change leads, found by their leadid column; reads each before and after',
  reaches: (options) => (isRedial(options) ? 'by-id' : 'nobody'),
  scope: (options) => (isRedial(options) ? 'redial' : 'edit'),
  key: (options) => (isRedial(options) ? { field: 'leadid' } : 'content'),
  fields: editFields,
  freeColumn: checkFormField,
  limits: { items: 1, bytes: 60_000 },
  pace: { perSecond: 1, concurrency: 1, timeoutMs: ordinaryTimeoutMs },
  afterLoss: (options) => (isRedial(options) ? 'never' : 'repeat-is-safe'),
  readBack: editReadBack,
  options: specs({
    campaign: campaignOption('campaign of the leads (default: of the profile)'),
    redial: {
      flag: '--redial',
      about: 'JSON rows may carry status or rotation, which may start dialling anew',
      type: flag,
      default: false,
    },
  }),
  withFields: (options, fields) => ({
    ...options,
    redial: isRedial(options) || redialFields.some((name) => fields?.includes(name)),
  }),
  describe: (options) =>
    isRedial(options)
      ? ['status or rotation is changed: these people may be dialled anew, so the do-not-call list applies']
      : [],
  compile: compileEdit,
  size: sizeOf,
  open: (context, options) =>
    Promise.resolve(new EditSender(new Client(context), plainText(options['campaign']), isRedial(options))),
};

function compileEdit(lead: Lead, options: OptionValues): Compiled<EditPayload> {
  const { form, problems } = formOf(lead);
  const data = dataOf(lead, leadKeys);
  const all: Problem[] = [...problems];
  const redial = redialFields.find((name) => data[name] !== undefined);
  if (redial !== undefined && !isRedial(options)) {
    const message = `"${redial}" may start dialling anew, which a JSON row may only with --redial`;
    all.push({ code: 'field.needs-redial', message, column: redial });
  }
  if (Object.keys(data).length + Object.keys(form).length === 0)
    all.push({ code: 'field.nothing-to-change', message: 'The row names no value to change' });
  const leadid = plainText(lead.fields['leadid'] as Json | undefined);
  return { payload: { leadid, data, form }, problems: all };
}
