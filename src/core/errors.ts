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
  /** What to do next, as something the reader can type or change. */
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
