import type { Ledger } from '../core/ledger.js';
import type { Place, VendorAccess } from '../core/place.js';
import type { Report } from '../core/report.js';
import type { Vendor, VendorContext } from '../core/vendor.js';
import { Exit, UserError, usageError, type ExitCode } from '../core/errors.js';
import type { App } from '../app.js';
import { emit } from '../output/formats.js';
import { missingLedger } from '../engine/witness.js';
import type { Specs, Values } from '../core/value.js';

export type { App } from '../app.js';

/** What the command line gave a command: its arguments, and each option read by its type. */
export interface Invocation<S extends Specs = Specs> {
  readonly args: readonly string[];
  readonly options: Values<S>;
}

/** A command: its options as data, and what it does. Loaded when it is called or its help is shown. */
export interface CommandDefinition<S extends Specs = Specs> {
  /** commander notation: `<file>`, `[name]`, `<id...>`. */
  readonly args?: string;
  readonly options: S;
  /** Lines below the options in `--help`: examples that run, notes. */
  readonly more?: readonly string[];
  run(app: App, invocation: Invocation<S>): Promise<ExitCode>;
}

/** Keeps the types of the options while a command is declared. */
export const defineCommand = <const S extends Specs>(definition: CommandDefinition<S>): CommandDefinition =>
  definition;

/** A name in the tree of commands: a group with children, or a command. */
export interface CommandNode {
  readonly name: string;
  readonly summary: string;
  readonly children?: () => Promise<readonly CommandNode[]>;
  readonly load?: () => Promise<CommandDefinition>;
}

/** A profile's part of one vendor, ready to be used. */
export interface Session extends VendorAccess {
  readonly place: Place;
  readonly context: VendorContext;
}

/** Resolves settings and secrets of one vendor; its warnings have been said. Throws UserError (exit 6). */
export async function openSession(app: App, place: Place, vendor: Vendor): Promise<Session> {
  const access = await place.access(vendor);
  const warn = (message: string): void => app.terminal.warn(message);
  for (const { message } of access.warnings) warn(message);
  const { http, clock, aborting: signal } = app;
  const { country } = place.reads;
  return { ...access, place, context: { settings: access.settings, http, clock, signal, warn, country } };
}

/** Prints a report as it is wanted. Returns its exit code. */
export async function print(app: App, report: Report): Promise<ExitCode> {
  await emit(report, app.format, app.terminal);
  return report.exit;
}

/** Says that there is no ledger yet, and where it would be; or that the one that was there is gone. */
async function sayNoLedger(app: App, place: Place): Promise<void> {
  const missing = await missingLedger(app.ports, place);
  if (missing === null) app.terminal.note(`no ledger yet: the first push makes one at ${place.ledger.shown}`);
  else app.terminal.warn(missing.message);
}

/** Looks at the ledger of a place and closes it; null where there is none yet, which is said. */
export async function lookAtLedger<T>(
  app: App,
  place: Place,
  work: (ledger: Ledger | null) => Promise<T>,
): Promise<T> {
  const ledger = await app.ports.ledger(place, 'look');
  if (!ledger) {
    await sayNoLedger(app, place);
    return work(null);
  }
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/**
 * The ledger of a place, made if it is not there, for some work; closed after it.
 * @param beforeMaking asked before a file is made; where it throws, none is
 */
export async function writeLedger<T>(
  app: App,
  place: Place,
  work: (ledger: Ledger) => Promise<T>,
  beforeMaking?: () => Promise<unknown>,
): Promise<T> {
  const ledger = await app.ports.ledger(place, 'write', beforeMaking);
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** Asks on the terminal. Ctrl-C at a question is a clean stop (exit 130), like Ctrl-C anywhere else. */
async function ask<T>(question: { type: 'confirm'; default: false } | { type: 'input' }, message: string) {
  try {
    const { default: inquirer } = await import('inquirer');
    return (await inquirer.prompt<{ answer: T }>([{ ...question, name: 'answer', message }])).answer;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExitPromptError')) throw error;
    throw new UserError({
      code: 'run.interrupted',
      message: 'Stopped at the question; nothing more was sent',
      hint: 'Run the same command again, or: `salesq runs resume last`',
      exit: Exit.sigint,
    });
  }
}

export const askForText = (message: string): Promise<string> => ask({ type: 'input' }, message);

export const confirm = (message: string): Promise<boolean> =>
  ask({ type: 'confirm', default: false }, message);

/**
 * A question ("take these numbers off the list?"): `--yes` answers it, a terminal is asked, and where
 * nobody can answer it is exit 2. A no is exit 8: nothing was sent.
 */
export async function askYes(app: App, question: string | null): Promise<void> {
  if (question === null || app.flags.yes) return;
  if (!app.interactive) {
    throw usageError({ code: 'usage.unanswered', message: question, hint: 'Answer with --yes' });
  }
  if (await confirm(question)) return;
  throw new UserError({ code: 'gate.declined', message: 'Declined; nothing was sent', exit: Exit.stopped });
}
