import { type Json, type JsonObject, asNumber, entriesOf, isNested, recordOf } from '../../core/json.js';
import { type Opened, type Sealed, PhoneNumber } from '../../core/number.js';
import { type Outcome, already, doubtful, rejected, vendorText } from '../../core/outcome.js';
import type { Problem } from '../../core/row.js';
import { type Concept, type Field, phone, text } from '../../core/value.js';
import type { Lead } from '../../core/vendor.js';
import { mapOf, withWords } from './answers.js';
import { type Client, type Pair, encodePairs, fitsCharset, phpArray } from './client.js';
import { nationalParts } from './notation.js';

/** A field of `leaddata` that is text; no format or length is documented. */
const field = (name: string, concept: Concept, about: string): Field => ({
  name,
  type: text(),
  column: { concept },
  about,
});

/** Keys of `leaddata` of addlead and editlead, but the phone (docs/vendors/mmdial.md#addlead). */
const common: readonly Field[] = [
  field('title', 'salutation', 'salutation or title'),
  { ...field('alt_phone', 'other-phone', 'second number'), type: phone, dials: true },
  field('first_name', 'first-name', 'first name'),
  field('last_name', 'last-name', 'last name'),
  field('birthdate', 'birthdate', 'as given: mmDial documents no format'),
  field('country', 'country', 'as given: mmDial documents no format'),
  field('street', 'street', 'street'),
  field('streetnr', 'house-number', 'house number'),
  {
    name: 'addradd',
    type: text(),
    column: { aliases: ['address addition', 'Adresszusatz'] },
    about: 'address addition',
  },
  field('plz', 'postcode', 'postcode, as text'),
  field('ort', 'city', 'city'),
  field('notices', 'notes', 'notes for the agent'),
  field('company_name', 'company', 'company'),
];

const external = (about: string): Field => ({
  name: 'leadid_external',
  type: text({ max: 100 }),
  column: {
    aliases: ['external lead id', 'lead id external', 'externe Lead-ID', 'external id', 'externe ID'],
  },
  about,
});

const number: Field = {
  name: 'phone',
  type: phone,
  column: { concept: 'phone' },
  dials: true,
  about: 'number to dial; sent national, its country code apart',
};

export const addFields: readonly Field[] = [
  { ...number, required: true },
  ...common,
  external('your own key, to find the lead again; made up if absent'),
];

/** Arguments of addlead beside the lead itself (docs/vendors/mmdial.md#addlead), and the flag that gives each. */
export const addParameters = {
  campaign_id: '--campaign',
  list_id: '--list',
  country_phone_code: '--country-code',
  invalidcheck: '--no-invalid-check',
  doubletcheck_global: '--no-global-check',
  doubletcheck_campaign: '--no-campaign-check',
} as const;

/** The same for editlead, which knows the campaign alone: it neither moves a lead nor checks it. */
export const editParameters = {
  ...Object.fromEntries(Object.keys(addParameters).map((name) => [name, null])),
  campaign_id: '--campaign',
} as const;

/** Columns that may start dialling anew (docs/vendors/mmdial.md#editlead; that they do is an inference). */
export const redialFields = ['status', 'rotation'] as const;

export const editFields: readonly Field[] = [
  {
    name: 'leadid',
    type: text({ max: 30 }),
    column: { concept: 'vendor-id' },
    required: true,
    about: "mmDial's own id of the lead to change",
  },
  number,
  ...common,
  external('your own key'),
  ...redialFields.map((name) => ({ name, type: text(), about: `new ${name}; may start dialling anew` })),
];

/** Keys of `leaddata`: every field but the id in the query. */
export const leadKeys = editFields.map(({ name }) => name).filter((name) => name !== 'leadid');

const isControl = /\p{Cc}/u;

/** A free column travels as `formfields[its name]`: names PHP would cut or nest are refused. */
export function checkFormField(name: string): Problem | null {
  const ok = name.trim() !== '' && name.length <= 200 && !/[[\]]/.test(name) && !isControl.test(name);
  if (ok) return null;
  return {
    code: 'field.forbidden-name',
    message: `Column "${name.slice(0, 60)}" cannot travel as a form field: no brackets, no control characters, at most 200 characters. Rename or ignore it in a map file`,
    column: name,
  };
}

/** The free columns as form fields, and what is wrong with those that hold a list or an object. */
export function formOf({ free }: Lead): {
  readonly form: Record<string, string>;
  readonly problems: Problem[];
} {
  const form: [string, string][] = [];
  const problems: Problem[] = [];
  for (const [column, value] of entriesOf(free)) {
    if (isNested(value)) {
      const message = `Column "${column}" holds a list or an object; mmDial's form fields take plain values`;
      problems.push({ code: 'field.nested', message, column });
    } else if (value !== null) form.push([column, String(value)]);
  }
  return { form: recordOf(form), problems };
}

/** `leaddata` and `formfields` of a request: texts, and numbers. */
export type LeadTexts = {
  readonly data: { readonly [key: string]: string | PhoneNumber };
  readonly form: { readonly [key: string]: string };
};

/** The named fields of a lead, without empty ones: numbers as they are, the rest as text. */
export function dataOf(lead: Lead, keys: readonly string[]): Record<string, string | PhoneNumber> {
  const given = keys.flatMap((key): [string, string | PhoneNumber][] => {
    const value: Sealed | undefined = lead.fields[key];
    if (value instanceof PhoneNumber) return [[key, value]];
    return value === undefined || value === null || typeof value === 'object' ? [] : [[key, String(value)]];
  });
  return Object.fromEntries(given);
}

/** A lead as it leaves: numbers in mmDial's notation, PHP arrays for the form body. */
export interface Outgoing {
  readonly data: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  readonly pairs: readonly Pair[];
  /** Country code of the number, digits alone; null where the lead has none. */
  readonly countryCode: string | null;
  /** Country codes of all its numbers. */
  readonly countryCodes: readonly string[];
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
  const countryCodes = [...new Set(Object.values(codes))];
  const pairs = [...phpArray('leaddata', data), ...phpArray('formfields', form)];
  return { data, form, countryCode, countryCodes, pairs };
}

/** Numbers of two countries in a lead: it has one country code for both. */
export function twoCountries({ phone: own, alt_phone: other }: Lead['fields']): Problem[] {
  if (!(own instanceof PhoneNumber && other instanceof PhoneNumber)) return [];
  if (own.callingCode === other.callingCode) return [];
  const message = 'The two numbers are of different countries; mmDial takes one country code for both';
  return [{ code: 'phone.two-countries', message, column: 'alt_phone' }];
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
  const { charset } = client.settings;
  const wrong = pairs.find(([name, value]) => !fitsCharset(name, charset) || !fitsCharset(value, charset));
  if (!wrong) return null;
  const reason = `"${fieldName(wrong[0])}" has characters that ${charset} does not know; nothing was sent. Mend it, or set charset: utf-8`;
  return rejected('field.not-in-charset', reason);
}

const fieldName = (name: string): string => /\[(.*)\]$/.exec(name)?.[1] ?? name;

const counted = ['success', 'error', 'sqlerror', 'formaterror', 'doubleterror', 'invaliderror'] as const;

type Counts = Record<(typeof counted)[number], number>;

/** Counts may come as text; an absent one is 0. Null where one is no count. */
function countsOf(stats: JsonObject): Counts | null {
  const counts = {} as Counts;
  for (const key of counted) {
    const value = stats[key] ?? 0;
    const number =
      typeof value === 'string' && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : asNumber(value);
    if (number === null || !Number.isInteger(number) || number < 0) return null;
    counts[key] = number;
  }
  return counts;
}

const unknown = (reason: string): Outcome => doubtful('vendor.unknown-answer', reason);

/** Names under `formaterror_types`: the keys of a map, or the items of a list. */
function typesOf(value: Json | undefined): string {
  if (typeof value !== 'object' || value === null) return '';
  const names = Array.isArray(value) ? (value as readonly Json[]) : Object.keys(value);
  return names.map(vendorText).filter(Boolean).slice(0, 20).join(', ');
}

/**
 * Pure: what `lead_stats` says of the one lead of a request (docs/vendors/mmdial.md#addlead; that the values are counts
 * is an inference). Exactly one count must be 1: anything else is in doubt.
 */
export function readStats(body: JsonObject): Outcome {
  const stats = mapOf(body['lead_stats']);
  if (!stats || Object.keys(stats).length === 0)
    return unknown(withWords('mmDial did not say what became of the lead', body));
  const counts = countsOf(stats);
  if (!counts) return unknown('mmDial counted in a way that cannot be read');
  const sum = counted.reduce((total, key) => total + counts[key], 0);
  if (sum === 0) return unknown('mmDial counted nothing: neither success nor a reason');
  if (sum > 1) {
    const said = counted.filter((key) => counts[key] > 0).join(', ');
    return doubtful('vendor.contradictory-answer', `mmDial counted more than one lead was sent: ${said}`);
  }
  return verdict(counts, typesOf(stats['formaterror_types']));
}

function verdict(counts: Counts, types: string): Outcome {
  if (counts.success === 1) return { kind: 'delivered', vendorId: null };
  if (counts.doubleterror === 1)
    return already('vendor.doublet', 'mmDial has a lead with this number: not added again');
  if (counts.invaliderror === 1) return rejected('vendor.invalid-number', 'mmDial finds the number invalid');
  if (counts.formaterror === 1)
    return rejected('vendor.format-error', `mmDial refused the format${types === '' ? '' : ` of: ${types}`}`);
  const what = counts.sqlerror === 1 ? 'its database failed' : 'an error it does not name';
  return doubtful('vendor.server-error', `mmDial reports ${what}`);
}
