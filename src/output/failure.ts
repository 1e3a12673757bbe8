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

/**
 * What the language itself says of a bug where its text names code alone. Others of its texts quote a value (`Cannot
 * create property 'x' on string '…'`, `Invalid time zone specified: …`), as those of node: do.
 */
const namesCodeAlone = [
  /^Cannot (?:read|set) properties of (?:undefined|null)(?: \((?:reading|setting) '[\w$]{1,60}'\))?$/,
  /^[\w$.()[\]\s]{1,80} is not (?:a function|defined|iterable|a constructor)$/,
  /^(?:Maximum call stack size exceeded|Invalid (?:array|string) length|Assignment to constant variable\.)$/,
];

const named = ({ message }: Error): boolean => namesCodeAlone.some((text) => text.test(message));

/** A frame without what may stand behind the place: only the name of a function, a file and a position. */
const isFrame = (line: string): boolean => /^\s+at .*(?::\d+:\d+|<anonymous>|native)\)?$/.test(line);

/** Where a bug happened, without foreign text: name and call frames. */
function trace(error: unknown): string {
  if (!(error instanceof Error)) return 'A value that is no error was thrown.';
  // The stack repeats the message, which may have lines that look like frames.
  const stack = (error.stack ?? '').replace(error.message, '');
  const name = /^[A-Z]\w{0,60}$/.test(error.name) ? error.name : 'Error';
  return [named(error) ? `${name}: ${error.message}` : name, ...stack.split('\n').filter(isFrame)].join('\n');
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
