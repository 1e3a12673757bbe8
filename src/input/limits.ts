/** Bytes read from a file at a time. */
export const chunkBytes = 64 * 1024;

/** Bytes at the start of a file from which format and delimiter are found out. */
export const headBytes = 64 * 1024;

/**
 * Largest record (CSV record, JSON array element, NDJSON line), in UTF-8 bytes for CSV and in characters for JSON.
 * No more than this plus one chunk is ever held, whatever the file does.
 */
export const maxRecordSize = 1024 * 1024;

/** Deepest nesting of a JSON row; deeper ones would overflow the stack of whoever walks them. */
export const maxJsonDepth = 32;
