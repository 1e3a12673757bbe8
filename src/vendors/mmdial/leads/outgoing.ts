import type { Json, JsonObject } from '../../../core/json.js';
import type { Outcome } from '../../../core/outcome.js';
import type { Client } from '../http/client.js';
import type { Pair } from '../http/encode.js';
import { encodePairs, fitsCharset, phpArray } from '../http/encode.js';
import { nationalParts } from '../notation.js';
import { textsOf } from './fields.js';

/** A lead as it leaves: numbers in mmDial's notation, PHP arrays for the form body. */
export interface Outgoing {
  readonly data: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  readonly pairs: readonly Pair[];
  /** Country code of the number, digits alone; null where the lead has none. */
  readonly countryCode: string | null;
}

/** Makes the arrays `leaddata` and `formfields` of a payload (mmdial.txt, addlead, editlead). */
export async function outgoingOf(payload: JsonObject): Promise<Outgoing> {
  const data = textsOf(payload['data']);
  const form = textsOf(payload['form']);
  let countryCode: string | null = null;
  for (const key of ['alt_phone', 'phone']) {
    const e164 = data[key];
    if (e164 === undefined) continue;
    const { code, phone } = await nationalParts(e164);
    data[key] = phone;
    countryCode = code;
  }
  return { data, form, countryCode, pairs: [...phpArray('leaddata', data), ...phpArray('formfields', form)] };
}

/** Bytes of the arrays, percent-encoding included. */
export const sizeOf = (payload: JsonObject): number =>
  encodePairs(
    [...phpArray('leaddata', textsOf(payload['data'])), ...phpArray('formfields', textsOf(payload['form']))],
    'utf-8',
  ).length + 250;

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
export function sameCountry(
  phone: Json | undefined,
  other: Json | undefined,
  code: (e164: string) => string,
): boolean {
  if (typeof phone !== 'string' || typeof other !== 'string') return true;
  return code(phone) === code(other);
}
