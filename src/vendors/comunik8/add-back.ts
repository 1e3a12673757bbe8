import { credentialsRefused, temporary } from '../../core/errors.js';
import type { Outcome, SendResult } from '../../core/outcome.js';
import type { DoubtfulRow, ReadBack, Sighting } from '../../core/read-back.js';
import { unclear } from '../../core/read-back.js';
import type { VendorContext } from '../../core/vendor.js';
import { readCancel } from './cancel.js';
import { post } from './client.js';
import { bodyOf, type LeadPayload } from './fields.js';

/** Shortest delay in which a call can be taken back before anybody is called, in seconds. */
const leastDelay = 600;

/**
 * After a lost answer to `add` there is no read, and a second `add` would call somebody: only `cancel` tells whether
 * the lead is there, by taking it back (docs/vendors/comunik8.md#cancel). That is done when it is asked for, and only
 * while the row's own `delays` has not run out. A lead of the same number and type that came by another way is taken
 * back too.
 */
export const addReadBack: ReadBack<LeadPayload> = {
  about: 'the call is cancelled while its delay runs: what can be cancelled was there',
  settleMs: 60_000,
  absentMeansReady: false,
  probe: true,
  async find(context, rows) {
    const sightings: Sighting[] = [];
    for (const row of rows) sightings.push(unfit(row, context.clock.now()) ?? (await probe(context, row)));
    return sightings;
  },
};

/** Why this row cannot be asked for; null where it can. */
function unfit(row: DoubtfulRow<LeadPayload>, now: number): Sighting | null {
  const { payload, sentAt } = row;
  const delays = typeof payload['delays'] === 'number' ? payload['delays'] : 0;
  if (payload['test'] === true)
    return unclear(row, 'probe.test', 'a test stores nothing, and a cancel would take back a real lead');
  if (delays < leastDelay) {
    const reason = `the lead was to be called within ${leastDelay} seconds, too soon to be taken back`;
    return unclear(row, 'probe.no-delay', reason);
  }
  if (now < sentAt || now >= sentAt + delays * 1_000)
    return unclear(row, 'probe.too-late', 'the delay of the call is over: it may have been called');
  return null;
}

/** One cancel, once: a repeat that heard `not found` would prove nothing. */
async function probe(context: VendorContext, row: DoubtfulRow<LeadPayload>): Promise<Sighting> {
  const { mobile = '', type = '' } = bodyOf(row.payload);
  const result = await post(context, 'lead/cancel', { mobile, type });
  if (result.kind === 'answer' && result.status >= 500)
    return unclear(row, 'vendor.server-error', `the cancel was answered with server error ${result.status}`);
  const answer = readCancel(result, row, context.clock.now());
  const outcome = answer.outcomes[0]?.outcome;
  if (!outcome) return unclear(row, 'vendor.unknown-answer', 'the cancel was answered with nothing');
  stopIfRefused(answer, outcome);
  return sighting(context, row, outcome);
}

/** Throws UserError where the next row would fare no better (exit 4 or 5). */
function stopIfRefused({ stop }: SendResult, outcome: Outcome): void {
  if (stop?.cause === 'credentials') {
    const { code, message, hint } = stop;
    throw credentialsRefused({ code, message, hint });
  }
  if (outcome.kind !== 'not-sent' && outcome.kind !== 'deferred') return;
  const { code, reason } = outcome;
  throw temporary({
    code,
    message: `Comunik8 could not be asked: ${reason}`,
    hint: 'Nothing was changed; try again before the delay of the calls runs out',
  });
}

function sighting(context: VendorContext, row: DoubtfulRow<LeadPayload>, outcome: Outcome): Sighting {
  const evidence = (answered: string) => ({ asked: 'cancel', answered });
  if (outcome.kind === 'delivered')
    return { row: row.row, seen: 'taken-back', evidence: evidence('cancelled') };
  if (outcome.kind === 'rejected' && outcome.code === 'vendor.not-found')
    return { row: row.row, seen: 'absent', evidence: evidence('not found') };
  if (outcome.kind === 'rejected' && outcome.code === 'vendor.already-processed') {
    context.warn(
      `row ${row.row}: Comunik8 has called this person already, although the delay of the call is not over`,
    );
    return { row: row.row, seen: 'found', vendorId: null, evidence: evidence('already processed') };
  }
  const { code, reason } =
    'reason' in outcome
      ? outcome
      : { code: 'vendor.unknown-answer', reason: 'the cancel was not understood' };
  return unclear(row, code, `the lead could not be taken back: ${reason}`);
}
