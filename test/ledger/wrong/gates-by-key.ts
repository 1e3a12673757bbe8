import type { Ledger } from '../../../src/core/ledger.js';
import { PhoneNumber, textOfKey, type Sealed, type SealedObject } from '../../../src/core/number.js';
import { instead } from './instead.js';

/** Deliberately wrong: the do-not-call list is asked for the key of a row, and for no other number that leaves with it. */
export const gatesByKey = (ledger: Ledger): Ledger =>
  instead(ledger, {
    addRows: (run, rows, policy) =>
      ledger.addRows(
        run,
        rows.map((row) => ({ ...row, payload: row.payload && (undialled(row.payload) as SealedObject) })),
        policy,
      ),
    keep: (run, row, record, phone) => ledger.keep(run, row, record, phone),
  });

function undialled(value: Sealed): Sealed {
  if (value instanceof PhoneNumber) {
    const text = textOfKey(value.key);
    return new PhoneNumber(text, text, false);
  }
  if (Array.isArray(value)) return (value as readonly Sealed[]).map(undialled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as SealedObject).map(([key, inner]) => [key, undialled(inner)]),
  );
}
