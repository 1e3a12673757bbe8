import { createHash } from 'node:crypto';
import { usageError, UserError } from '../core/errors.js';
import type { InputSource, SourceFacts } from '../core/row.js';
import type { PushOperation } from '../core/vendor.js';
import { idSource } from '../engine/id-list.js';
import { interruptedWhilePlanning } from '../engine/job.js';
import type { Telling } from '../engine/number-list.js';
import { argumentSource, leadRecords } from '../engine/rows.js';
import { path as filePath, type Values } from '../core/value.js';
import type { App, Invocation, Session } from './command.js';
import { entriesOf, refuseDash } from './numbers.js';
import type { PlanFlags, SendFlags } from './push-flags.js';

/** Where the rows of a push come from. */

export const fromOption = {
  from: { flag: '--from <file>', about: 'read the rows from this file, or - for stdin', type: filePath },
} as const;
/** Options of every push, beside those of its operation. */
export type PushFlags = PlanFlags & SendFlags & Partial<Values<typeof fromOption>>;
export interface OpenedRows {
  readonly source: InputSource;
  /** Null for stdin and arguments. */
  readonly path: string | null;
  /** Every entry of the do-not-call list that a list of opt-outs means. */
  readonly optOuts?: readonly string[];
}

/** Opens where the rows come from: a file, arguments or an option. Throws UserError (exit 2 or 6). */
export async function openRows(
  app: App,
  operation: PushOperation,
  flags: PushFlags,
  { args, options }: Invocation,
  { place }: Session,
): Promise<OpenedRows> {
  const { from } = flags;
  if (operation.optionField !== undefined) {
    const source = rowsOfOption(operation.optionField, args[0], options);
    if (source) return { source, path: null };
  }
  if (operation.argumentField === undefined) return openFile(app, flags, args[0] ?? '-');
  if (from !== undefined && args.length > 0)
    throw usageError({
      code: 'usage.two-sources',
      message: 'Give the rows as arguments or with --from, not both',
    });
  const field = operation.argumentField;
  refuseDash(args);
  if (operation.doNotCall !== undefined && (from !== undefined || args.length > 0))
    return openNumbers(app, flags, args, { field, how: operation.doNotCall, reads: place.reads });
  if (from !== undefined) {
    const source = await openInput(app, from, { ...flags, skipInvalid: true }, true);
    return { source: idSource(source, field), path: from === '-' ? null : from };
  }
  if (args.length === 0) {
    throw usageError({
      code: 'usage.no-rows',
      message: `Nothing to do: give at least one ${operation.argumentField}, or --from a file`,
    });
  }
  return { source: argumentSource(operation.argumentField, args), path: null };
}

/** Whether rows could not be opened because stdin, which was named or meant, holds nothing. */
export function isEmptyPipe(
  error: unknown,
  operation: PushOperation,
  { from }: PushFlags,
  { args }: Invocation,
): boolean {
  const path = operation.argumentField === undefined ? (args[0] ?? '-') : from;
  return path === '-' && error instanceof UserError && error.code === 'input.empty';
}

/** An input without a byte. */
export const emptyPipe: Pick<SourceFacts, 'name' | 'sha256' | 'format' | 'encoding' | 'delimiter'> = {
  name: 'stdin',
  sha256: createHash('sha256').digest('hex'),
  format: 'csv',
  encoding: 'utf-8',
  delimiter: null,
};

/** Numbers that are put on a list or taken off it, read as such lists are. Throws UserError (exit 6) where there is none. */
async function openNumbers(
  app: App,
  flags: PushFlags,
  args: readonly string[],
  telling: Telling,
): Promise<OpenedRows> {
  const { numberSource, readNumberList, readNumbers, withoutColumns } =
    await import('../engine/number-list.js');
  const { from } = flags;
  refuseMap(app, flags, telling);
  const file =
    from === undefined
      ? argumentSource(telling.field, args)
      : await openInput(app, from, { ...flags, skipInvalid: true }, true);
  try {
    const list =
      from === undefined
        ? readNumbers(args, [telling.reads])
        : await readNumberList(withoutColumns(file, flags.ignore), [telling.reads]);
    for (const note of list.notes) app.terminal.note(note);
    const optOuts = telling.how === 'add' ? entriesOf(list) : [];
    const path = from === undefined || from === '-' ? null : from;
    return { source: numberSource(file.facts, list, telling), path, optOuts };
  } finally {
    await file.close();
  }
}

/** In a list every phone column counts. Throws UserError (exit 2) where a map file would have numbers taken off by one column. */
function refuseMap(app: App, { map }: PlanFlags, { how }: Telling): void {
  if (map === undefined) return;
  const message = 'In a list of numbers every phone column counts, and --map does not change that';
  if (how === 'remove')
    throw usageError({
      code: 'usage.map-of-list',
      message,
      hint: 'Leave the columns out that are not meant: --ignore <column>',
    });
  app.terminal.warn(`${message}.`);
}

/** Rows an option gives; null where a file is named instead. Throws UserError (exit 2) for both or neither. */
function rowsOfOption(
  field: string,
  file: string | undefined,
  options: Invocation['options'],
): InputSource | null {
  const values = options[field] as readonly string[];
  if (file === undefined && values.length === 0) {
    throw usageError({
      code: 'usage.no-rows',
      message: 'Nothing to do: no rows are given',
      hint: `Name a file (- for stdin), or give --${field}`,
    });
  }
  if (file !== undefined && values.length > 0) {
    throw usageError({
      code: 'usage.two-sources',
      message: `Give the rows in a file or with --${field}, not both`,
    });
  }
  return file === undefined ? argumentSource(field, values) : null;
}

async function openFile(app: App, flags: PlanFlags, path: string): Promise<OpenedRows> {
  const source = await openInput(app, path, flags);
  return { source: leadRecords(source), path: path === '-' ? null : path };
}

/** Opens an input (or a `list` that may be no table) and says its warnings. It is read to its end, which for a pipe may be never: a signal ends the wait. */
export async function openInput(
  app: App,
  path: string,
  flags: PlanFlags,
  list = false,
): Promise<InputSource> {
  const { skipInvalid, format, encoding, delimiter } = flags;
  const stop = (): void => {
    if (path === '-') app.stdin.destroy();
  };
  if (app.stopping.aborted) throw interruptedWhilePlanning(app);
  app.stopping.addEventListener('abort', stop, { once: true });
  try {
    const source = await app.ports.input({ path, skipInvalid, list, format, encoding, delimiter });
    for (const warning of source.warnings) app.terminal.warn(warning);
    return source;
  } catch (error) {
    throw app.stopping.aborted ? interruptedWhilePlanning(app) : error;
  } finally {
    app.stopping.removeEventListener('abort', stop);
  }
}
