import { randomBytes } from 'node:crypto';
import type { Run } from '../../core/ledger.js';
import type { Push } from './push.js';

/**
 * True for an operation nobody hears of and that may be asked for again: a cancel, a number put on the do-not-call list or
 * taken off it (it may have come on it again since).
 */
const repeatable = ({ operation, options }: Push): boolean =>
  operation.reaches(options) === 'nobody' &&
  (operation.afterLoss(options) === 'repeat-is-safe' || operation.doNotCall !== undefined);

/**
 * The history a new run of this push is planned against. What may be repeated gets one of its own: a number that was
 * cancelled last week is cancelled again today, and never passed over as a duplicate.
 */
export function historyFor(push: Push): string {
  const scope = push.operation.scope(push.options);
  return repeatable(push) ? `${scope} ${randomBytes(6).toString('hex')}` : scope;
}

/** Whether a run was planned for the same kind of push. */
export const sameScope = (run: Run, push: Push): boolean =>
  run.scope.split(' ')[0] === push.operation.scope(push.options).split(' ')[0];

/** Given on the command line, what may be repeated is meant to be: a finished run is no reason to do nothing. */
export const meantAgain = (push: Push): boolean =>
  push.input.source.facts.name === 'arguments' && repeatable(push);
