import { type HttpResult, bodyText } from '../../core/http.js';
import type { Withdrawal } from '../../core/ledger.js';
import { bytesOf } from '../../core/number.js';
import { type Outcome, type SendResult, rejected, resultForAll, unreadable } from '../../core/outcome.js';
import { specs, verbatim } from '../../core/value.js';
import { type PushOperation, type ReadyRow, oneRow } from '../../core/vendor.js';
import {
  type LeadPayload,
  type ReadBody,
  bodyOf,
  compilePair,
  contradiction,
  firstLook,
  flagOf,
  limits,
  number,
  pace,
  post,
  readBody,
  refusalOf,
  typeField,
  typeOption,
  withoutFlags,
  withReason,
} from './client.js';

/**
 * `POST /lead/cancel` (docs/vendors/comunik8.md#cancel): takes a lead back before it is called. A lead is a number and
 * a type together, so that a row is recognised by both. Repeating it after a lost answer harms nobody.
 */
export const cancelLeads: PushOperation<LeadPayload> = {
  id: 'cancel',
  summary: 'take leads back before they are called',
  channel: null,
  reaches: () => 'nobody',
  stops: () => true,
  scope: () => 'cancel',
  key: 'content',
  fields: [{ ...number, dials: false }, typeField],
  limits,
  pace,
  afterLoss: () => 'repeat-is-safe',
  withdraws: takenBack,
  optionField: 'mobile',
  options: specs({
    mobile: {
      flag: '--mobile <number>',
      about: 'cancel this number instead of a file (repeatable)',
      type: verbatim,
      many: true,
    },
    type: typeOption,
  }),
  compile: compilePair,
  size: bytesOf,
  open: (context) =>
    Promise.resolve({
      send: oneRow(async (row) => {
        const result = await post(context, 'lead/cancel', bodyOf(row.payload));
        return readCancel(result, row, context.clock.now());
      }),
    }),
};

/**
 * `cancelled: true` is said before the call only: afterwards it is `already processed`
 * (docs/vendors/comunik8.md#cancel). A lead is a number, as it was written, and a type: one person may have been added
 * under several.
 */
function takenBack({ payload }: ReadyRow<LeadPayload>): Withdrawal {
  const { mobile, type = null } = payload;
  return { operation: 'add', by: 'key', value: mobile.key, payload: { mobile, type }, contacted: false };
}

/**
 * Pure: what an answer to `cancel` means for the row. A whole answer that says `cancelled: false` is taken at any
 * status: two of the documented ones call themselves a server error.
 */
export function readCancel(result: HttpResult, row: { readonly row: number }, nowMs: number): SendResult {
  const first = firstLook(result, nowMs);
  if (first.kind === 'body') {
    const read = readBody(first.text);
    return resultForAll([row], judge(read, first.status));
  }
  const said = result.kind === 'answer' && result.status >= 500 ? refusalIn(result) : null;
  return resultForAll([row], said ?? first.outcome, first.stop);
}

function refusalIn(result: Extract<HttpResult, { kind: 'answer' }>): Outcome | null {
  const read = readBody(bodyText(result.body));
  return read && flagOf(read.body, 'cancelled') === false ? refusal(read) : null;
}

function judge(read: ReadBody | null, status: number): Outcome {
  if (!read) return unreadable(status).outcome;
  const cancelled = flagOf(read.body, 'cancelled');
  if (cancelled === true) {
    const whole = status < 300 && refusalOf(read.body) === '';
    return whole ? { kind: 'delivered', vendorId: null } : contradiction(status);
  }
  return cancelled === false ? refusal(read) : withoutFlags(read.body, status);
}

/** The refusals of docs/vendors/comunik8.md#cancel. */
const refusals = new Map<string, readonly [code: string, reason: string]>([
  ['not found', ['vendor.not-found', 'Comunik8 knows no such lead']],
  ['already processed', ['vendor.already-processed', 'Too late: Comunik8 called this lead already']],
  ['server error (call group)', ['vendor.unknown-type', 'Comunik8 does not know the lead type']],
  ['server error (save)', ['vendor.save-failed', 'Comunik8 could not cancel the lead: server error (save)']],
  ['unknown type', ['vendor.unknown-type', 'Comunik8 does not know the lead type']],
]);

function refusal({ body, repaired }: ReadBody): Outcome {
  const text = refusalOf(body);
  const [code, reason] = refusals.get(text.toLowerCase()) ?? [
    'vendor.not-cancelled',
    withReason('Comunik8 did not cancel the lead', text),
  ];
  const mark = repaired ? ' (the answer was no JSON and was repaired)' : '';
  return rejected(code, `${reason}${mark}`);
}
