import { Exit, UserError } from '../core/errors.js';
import type { Ledger, Lock } from '../core/ledger.js';
import { keepLease } from '../pipeline/lease.js';
import type { App } from './app.js';

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

/** How often a taken lock is tried again. */
const againMs = 250;

/**
 * Takes a lock, waiting up to `waitMs` for a holder that lives; a dead one is replaced at once. Who holds it is said
 * once. Throws UserError: `run.locked` (exit 11) when the time is over, `run.interrupted` (130, 143) on a signal.
 */
export async function takeLock(app: App, ledger: Ledger, name: string, waitMs: number): Promise<HeldLock> {
  const owner = await app.ports.owner();
  const until = app.clock.monotonic() + waitMs;
  for (let said = false; ; said = true) {
    const refused = await tryLock(ledger, name, owner);
    if (!(refused instanceof UserError)) return keepLock(app, ledger, refused);
    const left = until - app.clock.monotonic();
    if (left <= 0) throw refused;
    if (!said) app.terminal.note(`${refused.message} Waiting for it.`);
    await app.clock.sleep(Math.min(againMs, left), app.stopping);
    if (app.stopping.aborted) throw interrupted(app);
  }
}

/** The lock, or why it cannot be had now. */
async function tryLock(ledger: Ledger, name: string, owner: Lock['owner']): Promise<Lock | UserError> {
  try {
    return await ledger.lock(name, owner);
  } catch (error) {
    if (error instanceof UserError && error.code === 'run.locked') return error;
    throw error;
  }
}

/** Keeps a lock that was just taken, by whatever call of the ledger. */
export function keepLock(app: App, ledger: Ledger, lock: Lock): HeldLock {
  const lease = keepLease(ledger, lock, app.clock);
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

const interrupted = (app: App): UserError =>
  new UserError({
    code: 'run.interrupted',
    message: 'Stopped while another salesq was waited for; nothing was sent',
    hint: 'Run the same command again',
    exit: app.signal() === 'SIGTERM' ? Exit.sigterm : Exit.sigint,
  });
