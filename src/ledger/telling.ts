import type { ExitCode } from '../core/errors.js';

/** When an error came up: while the ledger was opened nothing was sent, in use something may have been. */
export type Phase = 'open' | 'use';

/** What a reader is told of an error. */
export interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exit: ExitCode;
}

export type Telling = (where: string, phase: Phase) => Told;
