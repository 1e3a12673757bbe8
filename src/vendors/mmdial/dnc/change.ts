import { UserError } from '../../../core/errors.js';
import type { Outcome, SendResult, StopCause } from '../../../core/outcome.js';
import { forAll } from '../../../core/outcome.js';
import { PhoneNumber, type Opened } from '../../../core/number.js';
import type { Lead, Compiled } from '../../../core/vendor.js';
import { refusedLogin, statusOf, withWords } from '../answers.js';
import type { Written } from '../answers.js';
import type { Client } from '../http/client.js';
import { notationsOf } from '../notation.js';
import { countryCodeOf } from '../settings.js';
import { listedAmong } from './check.js';
import { phone, type Field } from '../../../core/value.js';

/** The only field of `dnc add` and `dnc remove`: one number a call, so that every answer is about one number. */
export const numberField: Field = {
  name: 'number',
  type: phone,
  column: { concept: 'phone' },
  required: true,
  about: 'the number, sent in the notation given (0…, 49…, 0049…, +49…) without blanks and marks',
};

/** One number a request: whether `doublet` means the others of a list were added is not documented. */
export const oneNumber = { items: 1, bytes: 1_500 } as const;

/** The number in the notation of the input: which one mmDial wants is not documented, so none is made up. */
export type NumberPayload = { readonly number: PhoneNumber };

export function compileNumber({ fields }: Lead): Compiled<NumberPayload> {
  const { number } = fields;
  if (!(number instanceof PhoneNumber)) throw new Error('mmdial: a row without a number was compiled');
  return { payload: { number: number.bare() }, problems: [] };
}

/** What is sent, and every notation to be looked at, the one sent first. */
export interface Target {
  readonly number: string;
  readonly notations: readonly string[];
}

export function targetOf(client: Client, { payload }: { readonly payload: Opened<NumberPayload> }): Target {
  const number = payload.number.written();
  const others = notationsOf(payload.number.e164(), countryCodeOf(client.context.settings));
  return { number, notations: [number, ...others] };
}

/** What an answer to `dncadd` or `dncdel` says: `ok`, `doublet`, or an outcome. */
export function readChange(answer: Written, what: string): 'ok' | 'doublet' | SendResultOf {
  if (answer.kind === 'settled') return { outcome: answer.outcome, stop: answer.stop };
  const status = statusOf(answer.body);
  if (status === 'ok' || status === 'doublet') return status;
  if (status === 'error') {
    const reason = withWords(`mmDial refused ${what}`, answer.body);
    return { outcome: { kind: 'rejected', code: 'vendor.refused', reason }, stop: null };
  }
  const reason = `mmDial did not say whether ${what} succeeded`;
  return { outcome: { kind: 'in-doubt', code: 'vendor.unknown-answer', reason }, stop: null };
}

export interface SendResultOf {
  readonly outcome: Outcome;
  readonly stop: StopCause | null;
}

export const resultFor = (
  rows: readonly { readonly row: number }[],
  { outcome, stop }: SendResultOf,
): SendResult => ({
  outcomes: forAll(rows, outcome),
  stop,
});

/** Which notations are listed now; an outcome where `dnccheck` could not say. */
export async function verify(client: Client, { notations }: Target): Promise<string[] | SendResultOf> {
  try {
    return await listedAmong(client, notations);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const reason = `mmDial answered the change, but dnccheck could not confirm it: ${error.message}`;
    const stop = error.code === refusedLogin.code ? refusedLogin : null;
    return { outcome: { kind: 'in-doubt', code: 'vendor.not-verified', reason }, stop };
  }
}
