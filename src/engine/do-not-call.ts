import type { Clock } from '../core/clock.js';
import type { Consequence, Ledger, LedgerRow, Run, UnderWay } from '../core/ledger.js';
import type { Outcome } from '../core/outcome.js';
import type { OptionValues, PushOperation } from '../core/vendor.js';

/** Longest a request can take from its claim to its answer, and a little: the slowest operation waits a minute. */
const patienceMs = 90_000;
const lookMs = 50;

/** What blocking numbers came to. */
export interface Blocking {
  readonly added: number;
  readonly blockedRows: number;
  /** Rows whose number a rounded entry of the list may mean. */
  readonly heldRows: number;
  /**
   * Rows whose request had left before the numbers were blocked, and whose answer is still out (or will never be known,
   * because its sender died): these people may hear of it once more. Empty in all but rare cases.
   */
  readonly underWay: readonly UnderWay[];
}

/**
 * Blocks numbers. When this resolves nobody of these numbers is contacted any more: ready rows are blocked, and
 * requests that had left before are over, but for those named in the result. `waiting` is told once, if there is something to wait for.
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

interface Planned {
  readonly run: Run;
  readonly operation: PushOperation;
  readonly options: OptionValues;
}

/**
 * What else is true when the vendor confirms a row. Only what it did just now withdraws an earlier delivery; a
 * number leaves the do-not-call list also where the vendor did not have it any more.
 */
export function consequenceOf(
  { run, operation, options }: Planned,
  { row, phone, payload }: Pick<LedgerRow, 'row' | 'phone' | 'payload'>,
  kind: Outcome['kind'],
): Consequence | null {
  if (kind !== 'delivered' && kind !== 'already') return null;
  const withdraws =
    kind === 'delivered' && payload ? (operation.withdraws?.({ row, payload }, options) ?? null) : null;
  const leaves = operation.doNotCall === 'remove' && phone !== null;
  const unblocks = leaves ? { phone, reason: becauseOf(run) } : null;
  return withdraws || unblocks ? { withdraws, unblocks } : null;
}

/** Why a run changes the do-not-call list; stored with the number. */
const becauseOf = ({ vendor, operation, id }: Run): string => `${vendor} ${operation}, run ${id}`;

/** The entries of the do-not-call list that a run's ready rows put on it. */
export async function entriesOfRun(ledger: Ledger, run: Run): Promise<{ phone: string; reason: string }[]> {
  const reason = becauseOf(run);
  const entries: { phone: string; reason: string }[] = [];
  for await (const { phone } of ledger.rows(run.id, { states: ['ready'] }))
    if (phone !== null) entries.push({ phone, reason });
  return entries;
}

/** A row that had left before its number was blocked, for people. */
export const mayHaveHeard = ({ run, row }: UnderWay): string =>
  `row ${row} of run ${run} had left before its number was blocked: it may have been contacted`;
