import type { HttpResult } from '../../core/http.js';
import type { Json, JsonObject } from '../../core/json.js';
import type { Outcome, SendResult } from '../../core/outcome.js';
import { forAll } from '../../core/outcome.js';
import type { Problem } from '../../core/row.js';
import { unreadable } from '../../core/triage.js';
import { PhoneNumber, type Cleared, type Sealed } from '../../core/number.js';
import { flag, integer, specs, text } from '../../core/value.js';
import type {
  Compiled,
  Lead,
  OptionValues,
  PushOperation,
  Sender,
  VendorContext,
} from '../../core/vendor.js';
import {
  contradiction,
  firstLook,
  flagOf,
  readBody,
  refusalOf,
  withoutFlags,
  withReason,
} from './answers.js';
import { addReadBack } from './add-back.js';
import { addFields } from './add-fields.js';
import { limits, pace, post, size } from './client.js';
import { dataText } from './data.js';
import { bodyOf, identity, isBritish, typeOption } from './fields.js';
import type { LeadPayload } from './fields.js';
import { isTestSent, judgeTest } from './test-answer.js';

const isTest = (options: OptionValues): boolean => options['test'] === true;

/**
 * `POST /lead/add` (docs/vendors/comunik8.md#add): gives the dialler a person to call. A repeat is answered with
 * `Existing Contact`, but nothing says for how long, so a lost answer is never repeated.
 */
export const addLeads: PushOperation<LeadPayload> = {
  id: 'add',
  summary: 'give leads to the dialler, which calls them',
  reaches: (options) => (isTest(options) ? 'nobody' : 'by-number'),
  scope: (options) => (isTest(options) ? 'test' : 'call'),
  // A test is of the row as it stands: a mended one is tested anew.
  key: (options) => (options['test'] === true ? 'content' : { field: 'mobile' }),
  fields: addFields,
  freeColumn: () => null,
  limits,
  pace,
  afterLoss: () => 'never',
  readBack: addReadBack,
  options: specs({
    type: typeOption,
    subtype: {
      flag: '--subtype <subtype>',
      about: 'lead sub-type of rows that name none',
      type: text(),
    },
    delays: {
      flag: '--delay <seconds>',
      about: 'wait so many seconds before the call, for rows that name no delays',
      type: { ...integer({ min: 0, max: 999_999_999 }), expects: 'a whole number of seconds from 0' },
    },
    test: {
      flag: '--test',
      about: 'have the leads checked by the vendor; nothing is stored and nobody is called',
      type: flag,
    },
  }),
  describe: (options) => [
    ...(isTest(options) ? ['test: the vendor checks the leads and stores nothing'] : []),
    ...(typeof options['type'] === 'string' ? [`type of rows that name none: ${options['type']}`] : []),
  ],
  compile: compileLead,
  size,
  open: (context) => Promise.resolve(new AddSender(context)),
};

/** Empty fields are left out; `test` is the boolean of the sample, and never sent as anything but true. */
function compileLead(lead: Lead, options: OptionValues): Compiled<LeadPayload> {
  const { fields } = lead;
  const { fields: pair, problems } = identity(lead, options);
  const data = dataText(fields['data'] as Json | undefined, lead.free);
  const delays = (fields['delays'] as Json | undefined) ?? options['delays'];
  const payload: Record<string, Sealed> = {};
  for (const name of ['email', 'first_name', 'surname']) payload[name] = fields[name] ?? '';
  Object.assign(payload, pair);
  const optional = {
    subtype: fields['subtype'] ?? options['subtype'],
    other_phone: fields['other_phone'] instanceof PhoneNumber ? fields['other_phone'] : undefined,
    delays,
    data: data.text ?? undefined,
    test: isTest(options) ? true : undefined,
  };
  for (const [name, value] of Object.entries(optional)) if (value !== undefined) payload[name] = value;
  return {
    payload: payload as LeadPayload,
    problems: [...problems, ...data.problems, ...delayProblems(delays)],
  };
}

const delayProblems = (delays: Json | undefined): Problem[] =>
  typeof delays === 'number' && delays < 0
    ? [{ code: 'field.bad-delays', message: '"delays" is below zero', column: 'delays' }]
    : [];

class AddSender implements Sender<LeadPayload> {
  #warned = false;

  constructor(private readonly context: VendorContext) {}

  async send(rows: readonly Cleared<LeadPayload>[]): Promise<SendResult> {
    const [row] = rows;
    if (!row) return { outcomes: [], stop: null };
    if (!this.#warned && !isBritish(row.payload.mobile.e164())) {
      this.#warned = true;
      this.context.warn(`row ${row.row}: the vendor's document shows British numbers only, and this is none`);
    }
    const result = await post(this.context, 'lead/add', bodyOf(row.payload));
    return readAdd(result, row, this.context.clock.now());
  }
}

/** Pure: what an answer to `add` means for the row. Decided by the body; the status of refusals is not documented. */
export function readAdd(result: HttpResult, row: Cleared<LeadPayload>, nowMs: number): SendResult {
  const first = firstLook(result, nowMs);
  if (first.kind === 'settled') return { outcomes: forAll([row], first.outcome), stop: first.stop };
  const read = readBody(first.text);
  if (!read || read.repaired)
    return { outcomes: forAll([row], unreadable(first.status).outcome), stop: null };
  const outcome = judge(read.body, first.status);
  return isTestSent(row)
    ? judgeTest(read.body, first.status, row, outcome)
    : { outcomes: forAll([row], outcome), stop: null };
}

/**
 * Success only if `processed` is true: even an unknown type is answered with `saved: true`
 * (docs/vendors/comunik8.md#add).
 */
function judge(body: JsonObject, status: number): Outcome {
  const [saved, processed] = [flagOf(body, 'saved'), flagOf(body, 'processed')];
  const text = refusalOf(body);
  if (processed === true) {
    const whole = status < 300 && saved !== false && text === '';
    return whole ? { kind: 'delivered', vendorId: null } : contradiction(status);
  }
  return (
    knownRefusal(text) ?? (processed === false ? refused(saved === true, text) : withoutFlags(body, status))
  );
}

/** The refusals of docs/vendors/comunik8.md#add. */
function knownRefusal(text: string): Outcome | null {
  switch (text.toLowerCase()) {
    case 'existing contact':
      return {
        kind: 'already',
        code: 'vendor.existing-contact',
        reason: 'Comunik8 has this contact already',
        vendorId: null,
      };
    case 'another call is already scheduled':
      return {
        kind: 'already',
        code: 'vendor.call-scheduled',
        reason: 'Comunik8 has a call to this contact planned already',
        vendorId: null,
      };
    case 'unknown type':
      return {
        kind: 'rejected',
        code: 'vendor.unknown-type',
        reason: 'Comunik8 does not know the lead type',
      };
    default:
      return null;
  }
}

const refused = (saved: boolean, text: string): Outcome =>
  saved
    ? {
        kind: 'rejected',
        code: 'vendor.stored-but-refused',
        reason: withReason('Comunik8 stored the lead but did not accept it', text),
      }
    : { kind: 'rejected', code: 'vendor.refused', reason: withReason('Comunik8 refused the lead', text) };
