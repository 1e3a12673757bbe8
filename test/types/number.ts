/**
 * What does not compile, checked by `npm run typecheck`: each `@ts-expect-error` is a mistake that would let a number out
 * which nobody asked the gate about. A mistake that compiles makes its line an error.
 */
/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call -- a mistake has no type */
import type { Json, JsonObject } from '../../src/core/json.js';
import { OutgoingNumber, PhoneNumber, type Cleared, type PhoneKey } from '../../src/core/number.js';
import type { PushOperation, Sender } from '../../src/core/vendor.js';

type LeadPayload = { readonly phone: PhoneNumber; readonly other: PhoneNumber | null; readonly name: string };

declare const one: PhoneNumber;
declare const payload: LeadPayload;
declare const row: Cleared<LeadPayload>;
declare const anyRow: Cleared;
declare const post: (body: JsonObject) => void;

// A number before the gate.

// @ts-expect-error it is no text
export const text: string = one;
// @ts-expect-error it has no method that gives one
export const e164 = one.e164();
// @ts-expect-error nor another
export const written = one.written();
// @ts-expect-error its digits cannot be reached
export const hidden = one.#text;
// @ts-expect-error its key is no text
export const keyText: string = one.key;
// @ts-expect-error and has no methods of a text
export const keyEnd = one.key.slice(-4);
// @ts-expect-error a text is no key
export const madeKey: PhoneKey = '+491713920001';
// @ts-expect-error it is no JSON
export const json: Json = one;
// @ts-expect-error an object shaped like one is none
export const shaped: PhoneNumber = {
  key: one.key,
  dials: true,
  masked: () => '',
  toString: () => '[number]',
};

// A number that may leave.

// @ts-expect-error nobody makes one of a number
export const cast: OutgoingNumber = one;
// @ts-expect-error nobody has the token
export const made = new OutgoingNumber(Symbol('a number the gate has let pass'), one);
// @ts-expect-error an object shaped like one is none
export const forged: OutgoingNumber = {
  e164: () => '+491713920001',
  digits: () => '491713920001',
  written: () => '01713920001',
  parts: () => ({ code: '49', national: '1713920001' }),
  toJSON: () => {
    throw new TypeError();
  },
};

export function use(): void {
  post({
    phone: row.payload.phone.e164(),
    other: row.payload.other?.written() ?? null,
    name: row.payload.name,
  });
  // @ts-expect-error it is sent in a notation
  post({ phone: row.payload.phone });
  // @ts-expect-error a whole payload is no body where it holds numbers
  post(row.payload);
  // @ts-expect-error nor where it may hold some
  post(anyRow.payload);
  // @ts-expect-error a second number may be missing
  post({ other: row.payload.other.e164() });
}

// Rows.

// @ts-expect-error a payload before the gate is none after it
export const uncleared: Cleared<LeadPayload> = { row: 1, ref: 'r', payload };

export const sender: Sender<LeadPayload> = {
  async *before(rows) {
    for await (const ready of rows) {
      // @ts-expect-error before the gate there is nothing to be sent
      post({ phone: ready.payload.phone.e164() });
      yield { row: ready.row, record: null, phones: [ready.payload.phone] };
    }
  },
  send([cleared]) {
    // @ts-expect-error after the gate there is nothing that could be judged anew
    const again: LeadPayload | undefined = cleared?.payload;
    return Promise.resolve({ outcomes: [], stop: null, again });
  },
};

export const compile: PushOperation<LeadPayload>['compile'] = ({ fields }) => {
  const { phone } = fields;
  if (!(phone instanceof PhoneNumber)) throw new TypeError('no number');
  // @ts-expect-error a vendor cannot put a number into a text
  const name: string = phone;
  // @ts-expect-error nor a text where a number belongs
  const wrong: LeadPayload = { phone: '+491713920001', other: null, name };
  return { payload: { ...wrong, phone }, problems: [] };
};
