import { PhoneNumber, type Opened } from '../../../core/number.js';
import type { Outcome } from '../../../core/outcome.js';
import type { Client } from '../http/client.js';
import type { Pair } from '../http/encode.js';
import { encodePairs, fitsCharset, phpArray } from '../http/encode.js';
import { nationalParts } from '../notation.js';
import type { LeadTexts } from './fields.js';

/** A lead as it leaves: numbers in mmDial's notation, PHP arrays for the form body. */
export interface Outgoing {
  readonly data: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  readonly pairs: readonly Pair[];
  /** Country code of the number, digits alone; null where the lead has none. */
  readonly countryCode: string | null;
}

/** Makes the arrays `leaddata` and `formfields` of a payload (docs/vendors/mmdial.md#addlead). */
export async function outgoingOf({ data: given, form }: Opened<LeadTexts>): Promise<Outgoing> {
  const data: Record<string, string> = {};
  const codes: Record<string, string> = {};
  for (const [key, value] of Object.entries(given)) {
    if (typeof value === 'string') {
      data[key] = value;
      continue;
    }
    const { code, phone } = await nationalParts(value.e164());
    data[key] = phone;
    codes[key] = code;
  }
  const countryCode = codes['phone'] ?? codes['alt_phone'] ?? null;
  return { data, form, countryCode, pairs: [...phpArray('leaddata', data), ...phpArray('formfields', form)] };
}

/** Bytes of the arrays, percent-encoding included. */
export function sizeOf({ data, form }: LeadTexts): number {
  const texts = Object.entries(data).map(([key, value]): [string, string] => [
    key,
    typeof value === 'string' ? value : '0'.repeat(value.width),
  ]);
  const pairs = [...phpArray('leaddata', Object.fromEntries(texts)), ...phpArray('formfields', form)];
  return encodePairs(pairs, 'utf-8').length + 250;
}

/** Why the lead cannot leave in the profile's charset; null where it can. Nothing was sent then. */
export function unfit(client: Client, pairs: readonly Pair[]): Outcome | null {
  const { charset } = client.manner;
  const wrong = pairs.find(([name, value]) => !fitsCharset(name, charset) || !fitsCharset(value, charset));
  if (!wrong) return null;
  const reason = `"${fieldName(wrong[0])}" has characters that ${charset} does not know; nothing was sent. Mend it, or set charset: utf-8`;
  return { kind: 'rejected', code: 'field.not-in-charset', reason };
}

const fieldName = (name: string): string => /\[(.*)\]$/.exec(name)?.[1] ?? name;

/** Both numbers must be of one country: there is one `country_phone_code` for them. */
export function sameCountry(phone: unknown, other: unknown): boolean {
  if (!(phone instanceof PhoneNumber) || !(other instanceof PhoneNumber)) return true;
  return phone.callingCode === other.callingCode;
}
