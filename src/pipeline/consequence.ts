import type { Consequence, LedgerRow, Run } from '../core/ledger.js';
import type { Outcome } from '../core/outcome.js';
import type { OptionValues, PushOperation } from '../core/vendor.js';

interface Planned {
  readonly run: Run;
  readonly operation: PushOperation;
  readonly options: OptionValues;
}

/**
 * What else is true when the vendor confirms a row. Only what it did just now takes an earlier delivery back (T11); a
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
export const becauseOf = ({ vendor, operation, id }: Run): string => `${vendor} ${operation}, run ${id}`;
