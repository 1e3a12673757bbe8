import type { Clock } from '../core/clock.js';
import { Exit, UserError } from '../core/errors.js';
import type { Ledger, Lock, Owner } from '../core/ledger.js';
import { interruption, type World } from './job.js';

/** A lock this process holds; the others are told that the holder lives until it is released. */
export interface HeldLock {
  readonly lock: Lock;
  /** Aborts when another process has taken the lock over. */
  readonly lost: AbortSignal;
  /** Asks the ledger whether the lock is still ours; throws UserError `run.lock-lost` (exit 11) where it is not. */
  check(): Promise<void>;
  /** Frees the lock, if it is still ours. */
  release(): Promise<void>;
}

/** One push at a time for an account and operation; going on with a run takes the same lock. */
export const lockName = (account: string, operation: string): string => `push ${account} ${operation}`;

/** How often a taken lock is tried again. */
const againMs = 250;

/**
 * Takes a lock, waiting up to `waitMs` for a holder that lives; a dead one is replaced at once. Who holds it is said
 * once. Throws UserError: `run.locked` (exit 11) when the time is over, `run.interrupted` (130, 143) on a signal.
 */
export async function takeLock(
  world: World,
  ledger: Ledger,
  name: string,
  waitMs: number,
  say: (text: string) => void,
): Promise<HeldLock> {
  const { clock, stopping } = world;
  const owner = await world.owner();
  const until = clock.monotonic() + waitMs;
  for (let said = false; ; said = true) {
    const refused = await tryLock(ledger, name, owner);
    if (!(refused instanceof UserError)) return keepLock(clock, ledger, refused);
    const left = until - clock.monotonic();
    if (left <= 0) throw refused;
    if (!said) say(`${refused.message} Waiting for it.`);
    await clock.sleep(Math.min(againMs, left), stopping);
    if (stopping.aborted)
      throw interruption(world, 'Stopped while another salesq was waited for; nothing was sent');
  }
}

/** The lock, or why it cannot be had now. */
async function tryLock(ledger: Ledger, name: string, owner: Owner): Promise<Lock | UserError> {
  try {
    return await ledger.lock(name, owner);
  } catch (error) {
    if (error instanceof UserError && error.code === 'run.locked') return error;
    throw error;
  }
}

/** Keeps a lock that was just taken, by whatever call of the ledger. */
export function keepLock(clock: Clock, ledger: Ledger, lock: Lock): HeldLock {
  const lease = keepLease(ledger, lock, clock);
  return {
    lock,
    lost: lease.lost,
    check: async () => {
      if (lease.lost.aborted || !(await ledger.heartbeat(lock))) throw lockLost();
    },
    release: async () => {
      await lease.end();
      await ledger.unlock(lock);
    },
  };
}

const lockLost = (): UserError =>
  new UserError({
    code: 'run.lock-lost',
    message: 'Another process has taken this run over.',
    hint: 'Let it finish; `salesq runs list` shows what became of the run.',
    exit: Exit.locked,
  });

/** A lock whose holder tells the others that it lives, from taking it to `end`: while planning, asking and sending. */
export interface Lease {
  /** Aborts when another process has taken the lock over: nothing may be planned or sent with it any more. */
  readonly lost: AbortSignal;
  /** Stops telling; resolves when nothing of it is under way any more. The lock itself stays taken. */
  end(): Promise<void>;
}

/** How often a holder tells that it lives; a holder who cannot be asked counts as dead after a minute of silence. */
const heartbeatMs = 5_000;

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
