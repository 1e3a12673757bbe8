import type { Outcome, SendResult, StopCause } from '../core/outcome.js';

/** Requests in doubt in a row that make a run pause. */
const breakerAfter = 3;

/** Why a run ended before its rows did. */
export interface RunStop {
  readonly kind:
    StopCause['cause'] | 'breaker' | 'interrupted' | 'limit' | 'window' | 'gate' | 'max-errors' | 'lock-lost';
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** What a request's answer means for the next one. */
export interface Verdict {
  readonly stop: RunStop | null;
  /** Milliseconds before anybody sends again. */
  readonly waitMs: number;
}

/** Longest wait a vendor may ask for before the run pauses instead. */
const longestWaitMs = 60_000;
const triesUnsent = 4;
const triesDeferred = 6;

/** Counts what goes wrong in a row and says when to slow down and when to stop. One for each run. */
export class Brakes {
  #inDoubt = 0;
  #unsent = 0;
  #deferred = 0;

  after(result: SendResult): Verdict {
    if (result.stop) return { stop: { ...result.stop, kind: result.stop.cause }, waitMs: 0 };
    const kinds = new Set(result.outcomes.map(({ outcome }) => outcome.kind));
    this.#inDoubt = result.outcomes.some(({ outcome }) => isDoubt(outcome)) ? this.#inDoubt + 1 : 0;
    this.#unsent = kinds.has('not-sent') ? this.#unsent + 1 : 0;
    // A request that settled some rows got somewhere: the deferred ones only wait for the next.
    this.#deferred = kinds.has('deferred') && kinds.size === 1 ? this.#deferred + 1 : 0;
    const first = result.outcomes.find(({ outcome }) => outcome.kind !== 'delivered')?.outcome;
    if (this.#inDoubt >= breakerAfter) return { stop: doubtful(first), waitMs: 0 };
    if (this.#unsent > 0) return this.#afterUnsent(first);
    if (this.#deferred > 0) return this.#afterDeferred(first);
    return { stop: null, waitMs: 0 };
  }

  #afterUnsent(outcome: Outcome | undefined): Verdict {
    if (this.#unsent >= triesUnsent) return { stop: unavailable(outcome), waitMs: 0 };
    return { stop: null, waitMs: 250 * 3 ** (this.#unsent - 1) };
  }

  #afterDeferred(outcome: Outcome | undefined): Verdict {
    const asked = outcome?.kind === 'deferred' ? outcome.retryAfterMs : null;
    const waitMs = asked ?? 1000 * 2 ** (this.#deferred - 1);
    if (this.#deferred >= triesDeferred || waitMs > longestWaitMs)
      return { stop: unavailable(outcome), waitMs: 0 };
    return { stop: null, waitMs };
  }
}

/** What the operator cut off says nothing about the vendor. */
const isDoubt = (outcome: Outcome): boolean => outcome.kind === 'in-doubt' && outcome.code !== 'net.aborted';

const reasonOf = (outcome: Outcome | undefined): string =>
  outcome && 'reason' in outcome ? `: ${outcome.reason}` : '';

const codeOf = (outcome: Outcome | undefined, otherwise: string): string =>
  outcome && 'code' in outcome ? outcome.code : otherwise;

const doubtful = (outcome: Outcome | undefined): RunStop => ({
  kind: 'breaker',
  code: 'run.breaker',
  message: `Paused: ${breakerAfter} requests in a row are in doubt${reasonOf(outcome)}`,
  hint: 'Ask the vendor what it has before you go on: `salesq runs reconcile <run>`',
});

const unavailable = (outcome: Outcome | undefined): RunStop => ({
  kind: 'unavailable',
  code: codeOf(outcome, 'vendor.unavailable'),
  message: `The vendor cannot be reached or takes no more for now${reasonOf(outcome)}`,
  hint: 'The rows are still ready; go on later',
});
