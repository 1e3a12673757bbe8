import { sharedNumber, type Reaches, type Ruling } from './gate.js';
import type { PlannedRow } from './ledger.js';
import { numbersIn, textOfKey, withoutNumbers, type PhoneKey } from './number.js';

/** The dialled numbers of a row beside its main one; none where the row is not recognised by the person's number. */
export function secondNumbers(
  reaches: Reaches,
  { key, payload }: Pick<PlannedRow, 'key' | 'payload'>,
): PhoneKey[] {
  if (reaches !== 'by-number' || payload === null) return [];
  const keys = numbersIn(payload).flatMap(({ key: own, dials }) =>
    dials && textOfKey(own) !== key ? [own] : [],
  );
  return [...new Set(keys)];
}

/**
 * The row without those second numbers that were handed over before: nobody is called twice because two rows share a number.
 * @param second of the row, as `secondNumbers` finds them
 * @param before why a number may not be handed over; null where it may
 */
export function withoutShared<R extends PlannedRow>(
  row: R,
  second: readonly PhoneKey[],
  before: (number: PhoneKey) => Ruling | null,
): R {
  const shared = new Map(
    second.flatMap((number) => {
      const ruling = before(number);
      return ruling ? [[number, ruling] as const] : [];
    }),
  );
  if (shared.size === 0) return row;
  const why = [...shared.values()].map(({ reason }) => reason);
  const reason = `Goes without its second number, which was handed over before: ${why.join(' ')}`;
  return { ...row, payload: withoutNumbers(row.payload, new Set(shared.keys())), code: sharedNumber, reason };
}
