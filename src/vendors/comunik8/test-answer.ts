import type { JsonObject } from '../../core/json.js';
import type { Outcome, SendResult, StopCause } from '../../core/outcome.js';
import { forAll } from '../../core/outcome.js';
import type { Cleared } from '../../core/number.js';
import type { LeadPayload } from './fields.js';

/** True for a row that went out with the test flag. */
export const isTestSent = ({ payload }: Cleared<LeadPayload>): boolean => payload['test'] === true;

/**
 * A test passes on `{"test":"ok"}` alone (docs/vendors/comunik8.md#test). An answer with the flags of a real
 * `add` means that the flag was not seen: the lead is what the flags say, and the run stops before the next one.
 */
export function judgeTest(
  body: JsonObject,
  status: number,
  row: Cleared<LeadPayload>,
  outcome: Outcome,
): SendResult {
  if ('saved' in body || 'processed' in body) {
    const live: Outcome =
      outcome.kind === 'delivered'
        ? { ...outcome, note: 'the test flag was ignored: the lead is live' }
        : outcome;
    return { outcomes: forAll([row], live), stop: ignored(row) };
  }
  const passed = body['test'] === 'ok' && Object.keys(body).length === 1 && status < 300;
  const proven: Outcome = { kind: 'delivered', vendorId: null, note: 'test ok' };
  return { outcomes: forAll([row], passed ? proven : outcome), stop: null };
}

/** The hint is for the person at the terminal: it names the number, which the stored reasons never do. */
const ignored = ({ row, payload }: Cleared<LeadPayload>): StopCause => ({
  cause: 'alarm',
  code: 'vendor.test-ignored',
  message: `Comunik8 ignored the test flag: the lead of row ${row} is stored and may be called`,
  hint: `Take it back: salesq comunik8 cancel --mobile ${quoted(payload.mobile.written())} --type ${quoted(payload['type'])}`,
});

const quoted = (value: unknown): string => {
  const text = typeof value === 'string' ? value : '';
  return /^[\w+.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
};
