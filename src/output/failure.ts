import { Exit, UserError, type ExitCode } from '../core/errors.js';
import type { OutputFormat } from './formats.js';
import { jsonLine } from './printable.js';
import type { Terminal } from './terminal.js';

/** The document of an error: `salesq/error@1`. */
export interface ErrorDocument {
  readonly schema: 'salesq/error@1';
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null };
}

/**
 * Any thrown value as a document. Only a UserError's own words are repeated: the text of another error may hold a
 * URL with its secret, or a cell.
 */
export function errorDocument(error: unknown): ErrorDocument {
  if (error instanceof UserError) {
    const { code, message, hint } = error;
    return { schema: 'salesq/error@1', error: { code, message, hint } };
  }
  return {
    schema: 'salesq/error@1',
    error: {
      code: 'internal.unexpected',
      message: 'Something failed that should not: this is a bug of salesq.',
      hint: 'Run the command again with -v to see where; what was done so far is in the ledger.',
    },
  };
}

/** The exit code of a thrown value: a UserError's own, else 1. */
export const exitOfError = (error: unknown): ExitCode => (error instanceof UserError ? error.exit : Exit.bug);

/** Errors of the language itself, whose text names code and no data; those of node: carry a code and quote values. */
const named = (error: Error): boolean =>
  ['TypeError', 'RangeError', 'ReferenceError'].includes(error.name) && !('code' in error);

/** Where a bug happened, without foreign text: name and call frames. */
function trace(error: unknown): string {
  if (!(error instanceof Error)) return 'A value that is no error was thrown.';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [named(error) ? `${error.name}: ${error.message}` : error.name, ...frames].join('\n');
}

/**
 * Tells the user: `error:` and `hint:` on stderr, and with `json` or `ndjson` the document on stdout. With --verbose a
 * bug shows its stack. Returns the exit code.
 */
export async function showError(error: unknown, format: OutputFormat, terminal: Terminal): Promise<ExitCode> {
  const document = errorDocument(error);
  terminal.error(document.error.message);
  if (document.error.hint) terminal.hint(document.error.hint);
  if (!(error instanceof UserError)) terminal.detail(trace(error));
  if (format === 'json' || format === 'ndjson') await terminal.write(jsonLine(document));
  return exitOfError(error);
}
