import type { Ledger, Reached } from '../core/ledger.js';
import { lookUp, shownNumbers } from '../core/number.js';
import type { PushOperation, Vendor } from '../core/vendor.js';

/** What is still under way at a vendor for somebody who is not to be contacted any more. */
export interface StillOpen extends Omit<Reached, 'payload'> {
  /** Ends it; without the flags of a place. */
  readonly command: string | null;
  /** Whether the command shows a number of the person, in whichever notation. */
  readonly namesNumber: boolean;
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
    if (!operation?.endedBy) continue;
    const command = commandFor(operation, { payload, ...row });
    const numbers = [row.phone, ...shownNumbers(payload)];
    found.push({ ...row, command, namesNumber: command !== null && namesAny(command, numbers) });
  }
  return found;
}

const namesAny = (command: string, numbers: readonly string[]): boolean => {
  const digits = command.replace(/\D/g, '');
  return numbers.some((number) => digits.includes(number.slice(-7)));
};

/** A contact whose answer was lost may have to be looked for before it can be ended. */
function commandFor(operation: PushOperation, row: Reached): string | null {
  const { payload, vendorId, phone, state, run } = row;
  const ends = payload && operation.endedBy?.({ payload: lookUp(payload), vendorId, number: phone });
  if (typeof ends === 'string') return ends;
  return state === 'in-doubt' ? `salesq runs reconcile ${run}` : null;
}
