import type { HttpResult } from '../../../src/core/http.js';
import { isObject, parseJson, plainText, type Json } from '../../../src/core/json.js';
import { bytesOf, PhoneNumber, type Cleared } from '../../../src/core/number.js';
import {
  forAll,
  type SendResult,
  type StopCause,
  inDoubt,
  settled,
  triage,
  unreadable,
  vendorText,
} from '../../../src/core/outcome.js';
import { phone, text } from '../../../src/core/value.js';
import type { PushOperation } from '../../../src/core/vendor.js';
import { ask } from './client.js';

export type CallPayload = {
  readonly name: string;
  readonly phone: PhoneNumber;
  readonly second: PhoneNumber | null;
};

/** `POST /calls`: a person to be called, on the second number where nobody answers on the first. */
export const callLeads: PushOperation<CallPayload> = {
  id: 'call',
  summary: 'have people called',
  channel: 'call',
  reaches: () => 'by-number',
  scope: () => 'call',
  key: { field: 'phone' },
  fields: [
    {
      name: 'phone',
      type: phone,
      column: { concept: 'phone' },
      required: true,
      dials: true,
      about: 'number to call',
    },
    {
      name: 'second',
      type: phone,
      column: { concept: 'other-phone' },
      dials: true,
      about: 'number to call where nobody answers',
    },
    {
      name: 'name',
      type: text(),
      column: { concept: 'last-name' },
      required: true,
      about: 'whom to ask for',
    },
  ],
  limits: { items: 1, bytes: 10_000 },
  pace: { perSecond: 1, concurrency: 1, timeoutMs: 30_000 },
  afterLoss: () => 'never',
  options: {},
  compile: ({ fields }) => {
    const { phone, second, name } = fields;
    if (!(phone instanceof PhoneNumber)) throw new Error('ringtail: a lead without a number was compiled');
    return {
      payload: {
        name: plainText(name as Json),
        phone,
        second: second instanceof PhoneNumber ? second : null,
      },
      problems: [],
    };
  },
  size: bytesOf,
  open: (context) =>
    Promise.resolve({
      async send(rows: readonly Cleared<CallPayload>[]): Promise<SendResult> {
        const [row] = rows;
        if (!row) return { outcomes: [], stop: null };
        const { name, phone, second } = row.payload;
        const body = { name, phone: phone.e164(), ...(second ? { second: second.e164() } : {}) };
        return readCall(await ask(context, 'POST', 'calls', body), row, context.clock.now());
      },
    }),
};

const keyRefused: StopCause = {
  cause: 'credentials',
  code: 'vendor.key-refused',
  message: 'Ringtail refused the key',
  hint: 'Check the key of this profile: `salesq profiles show`',
};

const isYes = (body: Json | undefined): boolean => isObject(body) && body['accepted'] === true;

/** Pure: what an answer means for the row. */
export function readCall(result: HttpResult, row: { readonly row: number }, nowMs: number): SendResult {
  const claimsSuccess = (text: string): boolean => isYes(parseJson(text));
  const first = triage(result, { title: 'Ringtail', refused: keyRefused, claimsSuccess, nowMs });
  const { outcome, stop } = first.kind === 'settled' ? first : judge(first.text, first.status);
  return { outcomes: forAll([row], outcome), stop };
}

function judge(text: string, status: number) {
  const body = parseJson(text);
  if (!isObject(body)) return unreadable(status);
  if (isYes(body)) return settled({ kind: 'delivered', vendorId: plainText(body['id']) || null });
  if (body['accepted'] !== false)
    return inDoubt('vendor.unknown-answer', 'Ringtail did not say whether it will call');
  const reason = `Ringtail will not call: ${vendorText(body['reason'] ?? '')}`;
  return settled({ kind: 'rejected', code: 'vendor.refused', reason });
}
