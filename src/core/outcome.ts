import type { Json } from './json.js';

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
