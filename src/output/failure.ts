import { Exit, type ExitCode, UserError } from '../core/errors.js';
import { hintIn } from '../core/hint.js';
import type { Place } from '../core/place.js';
import type { OutputFormat } from './formats.js';
import type { Terminal } from './terminal.js';
import { jsonLine } from './text.js';

/** The document of an error: `salesq/error@1`. */
interface ErrorDocument {
  readonly schema: 'salesq/error@1';
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null };
}

/**
 * Returns any thrown value as a document. Only a UserError's own words are repeated: the text of another error may hold a
 * URL with its secret, or a cell.
 */
function makeErrorDocument(error: unknown, place: Place | null): ErrorDocument {
  if (error instanceof UserError) {
    const { code, message, hint } = error;
    const placed = hint !== null && place ? hintIn(place, hint) : hint;
    return { schema: 'salesq/error@1', error: { code, message, hint: placed } };
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

/** Returns the exit code of a thrown value: a UserError's own, else 1. */
const findExitCode = (error: unknown): ExitCode => (error instanceof UserError ? error.exit : Exit.bug);

/**
 * Messages of the language about a bug that name code alone. Its other messages quote a value (`Cannot
 * create property 'x' on string '…'`, `Invalid time zone specified: …`), as those of node: do.
 */
const messagesAboutCode = [
  /^Cannot (?:read|set) properties of (?:undefined|null)(?: \((?:reading|setting) '[\w$]{1,60}'\))?$/,
  /^[\w$.()[\]\s]{1,80} is not (?:a function|defined|iterable|a constructor)$/,
  /^(?:Maximum call stack size exceeded|Invalid (?:array|string) length|Assignment to constant variable\.)$/,
];

const namesCodeOnly = ({ message }: Error): boolean => messagesAboutCode.some((text) => text.test(message));

/** Whether a line is a call frame: a function, a file and a position, nothing after them. */
const isFrame = (line: string): boolean => /^\s+at .*(?::\d+:\d+|<anonymous>|native)\)?$/.test(line);

/** Returns where a bug happened, without foreign text: its name and call frames. */
function describeTrace(error: unknown): string {
  if (!(error instanceof Error)) return 'A value that is no error was thrown.';
  // The stack repeats the message, which may have lines that look like frames.
  const stack = (error.stack ?? '').replace(error.message, '');
  const name = /^[A-Z]\w{0,60}$/.test(error.name) ? error.name : 'Error';
  return [
    namesCodeOnly(error) ? `${name}: ${error.message}` : name,
    ...stack.split('\n').filter(isFrame),
  ].join('\n');
}

/**
 * Prints an error: `error:` and `hint:` on stderr, and with `json` or `ndjson` the document on stdout. With --verbose a
 * bug shows its stack. Returns the exit code.
 * @param place what the commands of a hint are to mean; null where the command came to none
 */
export async function showError(
  error: unknown,
  format: OutputFormat,
  terminal: Terminal,
  place: Place | null = null,
): Promise<ExitCode> {
  const document = makeErrorDocument(error, place);
  terminal.error(document.error.message, document.error.hint);
  if (error instanceof UserError && document.error.hint !== error.hint && place?.commandNeeds)
    terminal.hint(place.commandNeeds);
  if (!(error instanceof UserError)) terminal.detail(describeTrace(error));
  if (format === 'json' || format === 'ndjson') await terminal.write(jsonLine(document));
  return findExitCode(error);
}
