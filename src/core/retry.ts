import type { Json } from './json.js';
import type { RowState } from './life.js';

/** States `runs retry` plans again: refused, or surely never sent. What is ready is resumed, what is in doubt is not touched. */
export const retriedStates = ['rejected', 'invalid', 'held'] as const satisfies readonly RowState[];

/**
 * Codes of refusals that may pass by themselves: the same row may be sent again. Only what a vendor's document says of
 * itself; a refusal nothing is said of stays one until the row is mended.
 */
export const temporaryRefusals: ReadonlySet<string> = new Set([
  // docs/vendors/comunik8.md#cancel: "server error (save)".
  'vendor.save-failed',
]);

/** A row that was refused, and would leave again just as it was. */
export const unchangedCode = 'retry.unchanged';

/** The input column that tells which row of which run is tried again. */
export const retryColumn = '_salesq_retry_of';

const prefix = 'retry of ';

/** What a run that tries another's rows again is called. */
export const retryName = (run: string): string => `${prefix}${run}`;

/** Whether a source is the rows of another run. */
export const isRetry = (sourceName: string): boolean => sourceName.startsWith(prefix);

/** Where a row of such a run stood first, `<run>:<row>`; null for a row that is no retry. */
export function firstPlace(columns: readonly string[], source: Json): string | null {
  const cell = Array.isArray(source)
    ? (source as readonly Json[])[columns.indexOf(retryColumn)]
    : (source as Readonly<Record<string, Json>> | null)?.[retryColumn];
  return typeof cell === 'string' && cell !== '' ? cell : null;
}
