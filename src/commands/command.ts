import type { AccountRef, Ledger } from '../core/ledger.js';
import type { ChosenProfile, Place } from '../core/place.js';
import type { VendorSettings } from '../core/secret.js';
import type { Vendor, VendorContext } from '../core/vendor.js';
import { Exit, UserError, usageError, type ExitCode } from '../core/errors.js';
import type { App } from '../app.js';
import { missingLedger } from '../engine/witness.js';
import type { Specs, Values } from '../core/value.js';

export type { App, InputOptions } from '../app.js';

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
export interface Session {
  readonly place: Place;
  readonly profile: ChosenProfile;
  readonly settings: VendorSettings;
  readonly context: VendorContext;
  readonly keyMark: string | null;
  /** Throws UserError `account.unnamed` (exit 10). */
  readonly account: () => AccountRef;
}

/** Resolves settings and secrets of one vendor; its warnings have been said. Throws UserError (exit 6). */
export async function openSession(app: App, place: Place, vendor: Vendor): Promise<Session> {
  const { profile, settings, warnings, keyMark, account } = await place.access(vendor);
  for (const { message } of warnings) app.terminal.warn(message);
  const context: VendorContext = {
    settings,
    http: app.http,
    clock: app.clock,
    signal: app.aborting,
    warn: (message) => app.terminal.warn(message),
  };
  return { place, profile, settings, context, keyMark, account };
}

/** Says that there is no ledger yet, and where it would be; or that the one that was there is gone. */
export async function sayNoLedger(app: App, place: Place): Promise<void> {
  const missing = await missingLedger(app.ports, place);
  if (missing === null) app.terminal.note(`no ledger yet: the first push makes one at ${place.ledger.shown}`);
  else app.terminal.warn(missing);
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

/** Runs a question; Ctrl-C at it is a clean stop (exit 130), like Ctrl-C anywhere else. */
export async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExitPromptError')) throw error;
    throw new UserError({
      code: 'run.interrupted',
      message: 'Stopped at the question; nothing more was sent',
      hint: 'Run the same command again, or: salesq runs resume last',
      exit: Exit.sigint,
    });
  }
}

/**
 * A question ("take these numbers off the list?"): `--yes` answers it, a terminal is asked, and where
 * nobody can answer it is exit 2. A no is exit 8: nothing was sent.
 */
export async function askYes(app: App, question: string | null): Promise<void> {
  if (question === null || app.flags.yes) return;
  if (!app.interactive) {
    throw usageError({ code: 'usage.unanswered', message: question, hint: 'Answer with --yes' });
  }
  const { default: inquirer } = await import('inquirer');
  const { yes } = await ask(() =>
    inquirer.prompt<{ yes: boolean }>([{ type: 'confirm', name: 'yes', default: false, message: question }]),
  );
  if (yes) return;
  throw new UserError({ code: 'gate.declined', message: 'Declined; nothing was sent', exit: Exit.stopped });
}
