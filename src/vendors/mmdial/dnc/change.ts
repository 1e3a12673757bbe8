import { UserError } from '../../../core/errors.js';
import type { Outcome, SendResult, StopCause } from '../../../core/outcome.js';
import { forAll } from '../../../core/outcome.js';
import type { FieldSpec, Lead, Compiled, SendingRow } from '../../../core/vendor.js';
import { refusedLogin, statusOf, withWords, textOfJson } from '../answers.js';
import type { Written } from '../answers.js';
import type { Client } from '../http/client.js';
import { asSent, notationsOf } from '../notation.js';
import { countryCodeOf } from '../settings.js';
import { listedAmong } from './check.js';

/** The only field of `dnc add` and `dnc remove`: one number a call, so that every answer is about one number. */
export const numberField: FieldSpec = {
  name: 'number',
  kind: 'phone',
  required: true,
  concept: 'phone',
  about: 'the number, sent in the notation given (0…, 49…, 0049…, +49…) without blanks and marks',
};

/** One number a request: whether `doublet` means the others of a list were added is not documented. */
export const oneNumber = { items: 1, bytes: 1_500 } as const;

/** The number in the notation of the input, and as it was understood, to check the others. */
export function compileNumber(lead: Lead): Compiled {
  const e164 = textOfJson(lead.fields['number']);
  return { payload: { number: asSent(lead.raw?.['number'] ?? e164, e164), e164 }, problems: [] };
}

/** What is sent, and every notation to be looked at, the one sent first. */
export interface Target {
  readonly number: string;
  readonly notations: readonly string[];
}

export function targetOf(client: Client, { payload }: Pick<SendingRow, 'payload'>): Target {
  const number = textOfJson(payload['number']);
  const e164 = textOfJson(payload['e164']);
  return { number, notations: [number, ...notationsOf(e164, countryCodeOf(client.context.settings))] };
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

export const resultFor = (rows: readonly SendingRow[], { outcome, stop }: SendResultOf): SendResult => ({
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
