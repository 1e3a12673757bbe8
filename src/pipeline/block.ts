import type { Clock } from '../core/clock.js';
import type { Ledger, UnderWay } from '../core/ledger.js';

/** Longest a request can take from its claim to its answer, and a little: the slowest operation waits a minute. */
const patienceMs = 90_000;
const lookMs = 50;

/** What blocking numbers came to. */
export interface Blocking {
  readonly added: number;
  readonly blockedRows: number;
  /**
   * Rows whose request had left before the numbers were blocked, and whose answer is still out (or will never be known,
   * because its sender died): these people may hear of it once more. Empty in all but rare cases.
   */
  readonly underWay: readonly UnderWay[];
}

/**
 * T10. When this resolves nobody of these numbers is contacted any more: ready rows are blocked, and requests that had
 * left before are over, but for those named in the result. `waiting` is told once, if there is something to wait for.
 */
export async function blockForGood(
  ledger: Ledger,
  clock: Clock,
  entries: readonly { readonly phone: string; readonly reason: string }[],
  signal: AbortSignal,
  waiting: (rows: number) => void = () => undefined,
): Promise<Blocking> {
  const done = await ledger.block(entries);
  const phones = [...new Set(entries.map(({ phone }) => phone))];
  const until = clock.monotonic() + patienceMs;
  for (let told = false; ; told = true) {
    const underWay = await ledger.underWay(phones);
    const over = clock.monotonic() >= until || signal.aborted;
    if (over || !underWay.some(({ alive }) => alive)) return { ...done, underWay };
    if (!told) waiting(underWay.length);
    await clock.sleep(lookMs, signal);
  }
}
