import type { Json } from '../../src/core/json.js';
import {
  lookUp,
  OutgoingNumber,
  PhoneNumber,
  type Cleared,
  type Sealed,
  type SealedObject,
} from '../../src/core/number.js';
import type { DoubtfulRow } from '../../src/core/outcome.js';

/** A number as a row holds it; `written` as its input wrote it. */
export const number = (e164: string, written = e164, dials = true): PhoneNumber =>
  new PhoneNumber(e164, written, dials);

/** A row as the gate lets it pass. */
export const cleared = <P extends SealedObject>(row: number, ref: string, payload: P): Cleared<P> => ({
  row,
  ref,
  payload: lookUp(payload),
});

/** A row whose answer was lost, as reading back is asked for it. */
export const doubtful = <P extends SealedObject>(
  row: number,
  ref: string,
  payload: P,
  sentAt: number,
  kept?: Json,
): DoubtfulRow<P> => ({ ...cleared(row, ref, payload), sentAt, ...(kept === undefined ? {} : { kept }) });

/** What stands in a payload, each number in one of its notations: an assertion compares it as JSON. */
const texts = (value: unknown, text: (number: OutgoingNumber) => string): unknown => {
  if (value instanceof OutgoingNumber) return text(value);
  if (Array.isArray(value)) return value.map((inner) => texts(inner, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, texts(inner, text)]));
};

/** A payload with its numbers as they are written. */
export const asWritten = (payload: Sealed | undefined): unknown =>
  payload === undefined ? undefined : texts(lookUp(payload), (one) => one.written());

/** A payload with its numbers in E.164. */
export const asE164 = (payload: Sealed | undefined): unknown =>
  payload === undefined ? undefined : texts(lookUp(payload), (one) => one.e164());
