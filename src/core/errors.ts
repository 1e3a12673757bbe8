import type { StateCounts } from './life.js';

/** Exit codes of the program, by name. The only place that knows the numbers (`salesq help exit-codes`). */
export const Exit = {
  ok: 0,
  bug: 1,
  usage: 2,
  partial: 3,
  credentials: 4,
  temporary: 5,
  unusable: 6,
  inDoubt: 7,
  stopped: 8,
  gate: 10,
  locked: 11,
  sigint: 130,
  sigterm: 143,
} as const;

export type ExitCode = (typeof Exit)[keyof typeof Exit];

export interface UserErrorDetails {
  /** Stable and dotted, `config.missing-secret`: scripts rely on it. */
  readonly code: string;
  /** What is wrong, in one sentence. Never holds a secret, a phone number or a cell's text. */
  readonly message: string;
  /**
   * What to do next, as something the reader can type or change. A command stands between backticks, without the flags
   * that say where: it gets them where the error is shown (`hintIn`).
   */
  readonly hint?: string | undefined;
  readonly exit: ExitCode;
}

/** An error its reader can act on. Anything thrown that is not one of these is a bug and exits with 1. */
export class UserError extends Error {
  readonly code: string;
  readonly hint: string | null;
  readonly exit: ExitCode;

  constructor(details: UserErrorDetails) {
    super(details.message);
    this.name = 'UserError';
    this.code = details.code;
    this.hint = details.hint ?? null;
    this.exit = details.exit;
  }
}

type Details = Omit<UserErrorDetails, 'exit'>;

/** Wrong usage, or an answer is missing and no prompt is possible (exit 2). */
export const usageError = (details: Details): UserError => new UserError({ ...details, exit: Exit.usage });

/** Input or configuration cannot be used; nothing was sent (exit 6). */
export const unusable = (details: Details): UserError => new UserError({ ...details, exit: Exit.unusable });

/** A safety gate refuses (exit 10). */
export const gateClosed = (details: Details): UserError => new UserError({ ...details, exit: Exit.gate });

/** A vendor refused the credentials (exit 4). */
export const credentialsRefused = (details: Details): UserError =>
  new UserError({ ...details, exit: Exit.credentials });

/** Trying again later makes sense (exit 5). */
export const temporary = (details: Details): UserError => new UserError({ ...details, exit: Exit.temporary });

/** The code of an error of the system (`EPIPE`, `ENOSPC`, `ERR_…`), empty where there is none. Its text is never shown. */
export function systemCode(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' ? code : '';
}

/**
 * Why a push ended before its rows did; null where it did not. `credentials`, `unavailable` and `alarm` (exit 10) come from a
 * vendor (StopCause), `limit` from `--limit` or a canary, `breaker` from too many rows in doubt in a row,
 * `interrupted` from a signal, a closed window or a lost lock.
 */
export type PushStop = 'credentials' | 'unavailable' | 'alarm' | 'interrupted' | 'limit' | 'breaker' | null;

export interface ExitFacts {
  /** The signal that stopped the program, if one did. */
  readonly signal?: 'SIGINT' | 'SIGTERM' | null | undefined;
  /** Nothing was meant to be sent: rows that are ready are the result, not a rest. */
  readonly dryRun?: boolean | undefined;
}

const signalExit = { SIGINT: Exit.sigint, SIGTERM: Exit.sigterm } as const;

/**
 * The exit code of a push. Where several apply: 4 (credentials), 7 (in doubt), 5 (temporary), 8 (rows still ready;
 * 130 or 143 where a signal is the reason), 3 (partial). `duplicate` and `already` alone are a success.
 */
export function exitOf(counts: StateCounts, stop: PushStop, facts: ExitFacts = {}): ExitCode {
  const left = facts.dryRun ? 0 : counts.ready + counts.sending;
  if (stop === 'credentials') return Exit.credentials;
  if (stop === 'alarm') return Exit.gate;
  if (counts['in-doubt'] > 0) return Exit.inDoubt;
  if (left > 0) {
    if (stop === 'unavailable') return Exit.temporary;
    return facts.signal ? signalExit[facts.signal] : Exit.stopped;
  }
  const refused = counts.invalid + counts.rejected + counts.blocked + counts.held;
  return refused > 0 ? Exit.partial : Exit.ok;
}
