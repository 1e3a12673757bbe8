import type { Clock } from '../core/clock.js';
import type { Ledger, Lock } from '../core/ledger.js';

/** A lock whose holder tells the others that it lives, from taking it to `end`: while planning, asking and sending. */
export interface Lease {
  /** Aborts when another process has taken the lock over: nothing may be planned or sent with it any more. */
  readonly lost: AbortSignal;
  /** Stops telling; resolves when nothing of it is under way any more. The lock itself stays taken. */
  end(): Promise<void>;
}

/** How often a holder tells that it lives; a holder who cannot be asked counts as dead after a minute of silence. */
export const heartbeatMs = 5_000;

/**
 * Keeps a lock that was just taken. A ledger that cannot be written for a while is no reason to stop: who takes the lock
 * over is found out with the next beat, and every statement repeats the lock anyway.
 */
export function keepLease(ledger: Pick<Ledger, 'heartbeat'>, lock: Lock, clock: Clock): Lease {
  const lost = new AbortController();
  const over = new AbortController();
  const beat = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(heartbeatMs, over.signal);
      if (over.signal.aborted) return;
      if (await ledger.heartbeat(lock).catch(() => true)) continue;
      lost.abort();
      return;
    }
  };
  const beating = beat();
  return {
    lost: lost.signal,
    end: async () => {
      over.abort();
      await beating;
    },
  };
}
