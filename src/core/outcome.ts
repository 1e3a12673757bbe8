import type { Json } from './json.js';
import type { Opened, SealedObject } from './number.js';
import type { OptionValues, VendorContext } from './vendor.js';

/**
 * What became of one row of a request. Data, never an exception: exceptions are for what stops a run.
 *
 * - `delivered`: the vendor confirmed it
 * - `already`: the vendor says it had it before
 * - `rejected`: a documented refusal; the row can be mended and pushed again
 * - `deferred`: the vendor answered that it surely did not apply the request (429, wrong token); the row is ready again
 * - `not-sent`: no byte of the request was handed to a socket; the row is ready again
 * - `in-doubt`: anything else; the row is never sent again blindly
 */
export type Outcome =
  | {
      readonly kind: 'delivered';
      readonly vendorId: string | null;
      /** In words, what a person should see of a success (which fields changed). */
      readonly note?: string;
      readonly detail?: Json;
    }
  | {
      readonly kind: 'already';
      readonly code: string;
      readonly reason: string;
      readonly vendorId: string | null;
    }
  | { readonly kind: 'rejected'; readonly code: string; readonly reason: string }
  | {
      readonly kind: 'deferred';
      readonly code: string;
      readonly reason: string;
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'not-sent'; readonly code: string; readonly reason: string }
  | { readonly kind: 'in-doubt'; readonly code: string; readonly reason: string };

/** An outcome and the row it belongs to: results are joined by row, never by position. */
export interface RowOutcome {
  readonly row: number;
  readonly outcome: Outcome;
}

/** A reason to stop the whole run after the rows of this request are settled. */
export interface StopCause {
  readonly cause: 'credentials' | 'unavailable' | 'alarm';
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** The answer to one request, translated. */
export interface SendResult {
  readonly outcomes: readonly RowOutcome[];
  readonly stop: StopCause | null;
}

/** The same outcome for every row of a request. */
export const forAll = (rows: readonly { readonly row: number }[], outcome: Outcome): RowOutcome[] =>
  rows.map(({ row }) => ({ row, outcome }));

/** A row in doubt, as much of it as a vendor needs to look for it. */
export interface DoubtfulRow<P extends SealedObject = SealedObject> {
  readonly row: number;
  readonly ref: string;
  /** What was sent, its numbers opened to be looked for. */
  readonly payload: Opened<P>;
  /** When its request was about to leave (wall clock, ms). */
  readonly sentAt: number;
  /** The last copy of what the vendor had, stored before the request left (Keepsake); only where `looksAtKept` asks for it. */
  readonly kept?: Json;
}

/**
 * What reading a vendor back told of a row. Evidence is redacted and small: what was asked, and what of the answer decided.
 *
 * - `found`: positive match, the vendor has it
 * - `absent`: a whole, well-formed answer without it. Never proof by itself: the request may still be queued
 * - `taken-back`: it was there, and the probe took it back before anybody was contacted
 * - `unclear`: neither; the vendor could not be read, or what it shows fits more than one row
 */
export type Sighting =
  | {
      readonly row: number;
      readonly seen: 'found';
      readonly vendorId: string | null;
      readonly evidence: Json;
    }
  | { readonly row: number; readonly seen: 'absent'; readonly evidence: Json }
  | { readonly row: number; readonly seen: 'taken-back'; readonly evidence: Json }
  | { readonly row: number; readonly seen: 'unclear'; readonly code: string; readonly reason: string };

/** How an operation's rows are looked for after a lost answer. */
export interface ReadBack<P extends SealedObject = SealedObject> {
  /** In words, for people: what is asked. */
  readonly about: string;
  /** How long after its request left a row's absence begins to mean something, in ms. */
  readonly settleMs: number;
  /** Whether a row read absent twice after that may be sent again: only where a repeat could do no harm. */
  readonly absentMeansReady: boolean;
  /** True where looking changes something at the vendor: it is then done only if asked for (`runs reconcile --probe`). */
  readonly probe?: boolean;
  /** Whether `find` wants the copies that were stored before the requests left. */
  readonly looksAtKept?: boolean;
  /**
   * Looks for the rows. One sighting for each; a missing one counts as unclear. Throws UserError where the vendor cannot
   * be read at all (exit 4 or 5).
   */
  find(
    context: VendorContext,
    rows: readonly DoubtfulRow<P>[],
    options: OptionValues,
  ): Promise<readonly Sighting[]>;
}

/** A row of which reading back told nothing sure. `reason` holds no phone number and no secret. */
export const unclear = ({ row }: { readonly row: number }, code: string, reason: string): Sighting => ({
  row,
  seen: 'unclear',
  code,
  reason,
});
