/** Largest cell an input may hold, in characters. Larger ones are a broken file, not a lead. */
export const maxCellLength = 64 * 1024;

/** Most columns an input may have. */
export const maxColumns = 1_000;

/** Rows a plan commits at a time. */
export const planChunk = 1_000;

/** A claim older than this is not sent any more, it is given back. */
export const claimMaxAgeMs = 5_000;

/** Requests in doubt in a row that make a run pause. */
export const breakerAfter = 3;
