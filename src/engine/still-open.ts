import type { Ledger, Reached } from '../core/ledger.js';
import { lookUp } from '../core/number.js';
import type { PushOperation, Vendor } from '../core/vendor.js';

/** What is still under way at a vendor for somebody who is not to be contacted any more. */
export interface StillOpen extends Omit<Reached, 'payload'> {
  /** Ends it; without the flags of a place. */
  readonly command: string | null;
}

/**
 * What earlier contacts of these numbers (entries of the do-not-call list) may still come to, and the command that ends
 * each. Nothing is asked of a vendor, and nothing ended.
 */
export async function findStillOpen(
  ledger: Ledger,
  phones: readonly string[],
  vendorOf: (id: string) => Promise<Vendor | null>,
): Promise<StillOpen[]> {
  const found: StillOpen[] = [];
  for (const { payload, ...row } of await ledger.reached(phones)) {
    const vendor = await vendorOf(row.vendor);
    const operation = vendor?.operations.find(({ id }) => id === row.operation);
    if (operation?.endedBy) found.push({ ...row, command: commandFor(operation, { payload, ...row }) });
  }
  return found;
}

/** A contact whose answer was lost may have to be looked for before it can be ended. */
function commandFor(operation: PushOperation, row: Reached): string | null {
  const { payload, vendorId, phone, state, run } = row;
  const ends = payload && operation.endedBy?.({ payload: lookUp(payload), vendorId, number: phone });
  if (typeof ends === 'string') return ends;
  return state === 'in-doubt' ? `salesq runs reconcile ${run}` : null;
}
