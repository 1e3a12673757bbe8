import type { Json } from './json.js';
import type { Opened, SealedObject } from './number.js';
import { type HttpResult, bodyText, retryAfterMs } from './http.js';

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
  /** As the hint of a `UserError`: a command stands between backticks. */
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

/** The same outcome for every row of a request, and why the run stops after it. */
export const resultForAll = (
  rows: readonly { readonly row: number }[],
  outcome: Outcome,
  stop: StopCause | null = null,
): SendResult => ({ outcomes: forAll(rows, outcome), stop });

export const rejected = (code: string, reason: string): Outcome => ({ kind: 'rejected', code, reason });

export const doubtful = (code: string, reason: string): Outcome => ({ kind: 'in-doubt', code, reason });

export const already = (code: string, reason: string): Outcome => ({
  kind: 'already',
  code,
  reason,
  vendorId: null,
});

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

/** A row of which reading back told nothing sure. `reason` holds no phone number and no secret. */
export const unclear = ({ row }: { readonly row: number }, code: string, reason: string): Sighting => ({
  row,
  seen: 'unclear',
  code,
  reason,
});

/** What an answer comes to before its body is read: settled for every row of the request, or a body to judge. */
export type Triage =
  | { readonly kind: 'settled'; readonly outcome: Outcome; readonly stop: StopCause | null }
  | { readonly kind: 'body'; readonly status: number; readonly text: string };

export type Settled = Extract<Triage, { kind: 'settled' }>;

export interface TriageRule {
  /** The vendor's name, for people. */
  readonly title: string;
  /** What 401 and 403 mean, by the body's text where that tells them apart: the run stops, the rows stay ready. */
  readonly refused: StopCause | ((text: string) => StopCause);
  /** Whether a body says that the request was applied: beside a 401, 403 or 429 nobody knows then. */
  readonly claimsSuccess?: (text: string) => boolean;
  readonly nowMs: number;
}

/** One outcome for every row of a request. */
export const settled = (outcome: Outcome, stop: StopCause | null = null): Settled => ({
  kind: 'settled',
  outcome,
  stop,
});

export const inDoubt = (code: string, reason: string): Settled => settled(doubtful(code, reason));

/** Refused credentials: the vendor applied nothing, so the rows stay ready while the run stops. */
export const credentialsStop = (stop: StopCause): Settled =>
  settled({ kind: 'deferred', code: stop.code, reason: stop.message, retryAfterMs: null }, stop);

/**
 * What every vendor's answer means alike, whatever its body says: no answer, refused credentials, a rate limit, a
 * redirect (never followed), a server error. Only a status of 2xx, or another 4xx, leaves the body to be judged.
 */
export function triage(result: HttpResult, { title, refused, claimsSuccess, nowMs }: TriageRule): Triage {
  if (result.kind === 'not-sent')
    return settled({ kind: 'not-sent', code: result.code, reason: result.reason });
  if (result.kind === 'lost') return inDoubt(result.code, result.reason);
  const { status } = result;
  const saysNo = status === 401 || status === 403 || status === 429;
  if (saysNo && claimsSuccess?.(bodyText(result.body)))
    return inDoubt('vendor.contradictory-answer', `the answer says success with status ${status}`);
  if (status === 401 || status === 403)
    return credentialsStop(typeof refused === 'function' ? refused(bodyText(result.body)) : refused);
  if (status === 429) {
    return settled({
      kind: 'deferred',
      code: 'vendor.rate-limited',
      reason: `${title} asked to slow down`,
      retryAfterMs: retryAfterMs(result.headers, nowMs),
    });
  }
  if (status >= 300 && status < 400)
    return inDoubt('net.redirect', `answered with a redirect (${status}), which is never followed`);
  if (status >= 500) return inDoubt('vendor.server-error', `answered with server error ${status}`);
  if (status < 200)
    return inDoubt('vendor.unreadable-answer', `answered with status ${status}, which is no answer`);
  return { kind: 'body', status, text: bodyText(result.body) };
}

/** A body that is not the JSON object every documented answer is. */
export const unreadable = (status: number): Settled =>
  inDoubt('vendor.unreadable-answer', `answered ${status} with something that is not a JSON object`);

/** Longest vendor text that goes into a reason, in characters. */
const longest = 300;

/** Seven or more digits however they are parted: a phone number, or something as private. */
const numberLike = /\+?\d(?:[\s()./-]{0,3}\d){6,}/g;

const addressLike = /[^\s@<>"'(),;:]+@[^\s@<>"'(),;:]+/g;

/**
 * A vendor's own words, made fit to be stored and shown: one line, numbers and e-mail addresses masked (vendors repeat
 * what they were sent), cut. Empty for anything that is not text.
 */
export function vendorText(value: unknown): string {
  if (typeof value !== 'string') return '';
  const text = value
    .slice(0, 10 * longest)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(numberLike, '…')
    .replace(/\d{4,}/g, '…')
    .replace(addressLike, '…')
    .replace(/\s+/g, ' ')
    .trim();
  return [...text].slice(0, longest).join('');
}
