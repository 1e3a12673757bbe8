import { Exit, type ExitCode } from './errors.js';
import type { StateCounts } from './row-state.js';

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
