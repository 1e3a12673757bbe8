import type { Json, JsonObject } from '../../core/json.js';
import { canonicalJson, isObject } from '../../core/json.js';
import type { Opened, Sealed } from '../../core/number.js';
import { OutgoingNumber, PhoneNumber } from '../../core/number.js';
import type { Problem } from '../../core/row.js';
import type { Field } from '../../core/value.js';
import { email, integer, json, phone, text } from '../../core/value.js';
import type { Lead, OptionValues } from '../../core/vendor.js';

/** A lead is found by number and type; the dialler compares the number as text. */
export type LeadPayload = { readonly mobile: PhoneNumber; readonly [key: string]: Sealed };

/**
 * The body of a request: numbers in the notation of the input. The dialler finds a lead again by this text
 * (docs/vendors/comunik8.md#cancel), so nothing is converted: `07…` stays `07…`.
 */
export const bodyOf = (payload: Opened<LeadPayload>): JsonObject =>
  Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [
      name,
      value instanceof OutgoingNumber ? value.written() : value,
    ]),
  ) as JsonObject;

/** Fields both calls know (docs/vendors/comunik8.md#add): a lead is found by number and type. */
const number = {
  name: 'mobile',
  type: phone,
  column: { concept: 'phone' },
  required: true,
  about: 'phone number; sent in the notation of the input, without spaces and brackets',
} as const;

/** The number of a lead that is added: the dialler calls it. */
const mobileField: Field = { ...number, dials: true };

/** The number of a lead that is taken back. */
export const cancelledField: Field = { ...number, dials: false };

export const typeField: Field = {
  name: 'type',
  type: text(),
  column: { aliases: ['lead type'] },
  about: 'lead type; if absent that of --type, else that of the profile',
};

/** The type for rows without their own. */
export const typeOption = {
  flag: '--type <type>',
  about: 'lead type of rows that name none (default: type of the profile)',
  type: text(),
  setting: 'type',
} as const;

/** The pair that names a lead. */
export function identity(
  lead: Lead,
  options: OptionValues,
): { readonly fields: LeadPayload; readonly problems: Problem[] } {
  const type = lead.fields['type'] ?? options['type'];
  const given = lead.fields['mobile'];
  if (!(given instanceof PhoneNumber)) throw new Error('comunik8: a lead without a number was compiled');
  const mobile = given.bare();
  if (typeof type === 'string') return { fields: { mobile, type }, problems: [] };
  const problem = {
    code: 'field.missing',
    message: '"type" is required and missing: give it in a column, with --type or in the profile',
    column: 'type',
  };
  return { fields: { mobile }, problems: [problem] };
}

/** The fields of `add` (docs/vendors/comunik8.md#add), but for `test`, which is a flag. */
export const addFields: readonly Field[] = [
  { name: 'email', type: email, column: { concept: 'email' }, required: true, about: 'e-mail address' },
  {
    name: 'first_name',
    type: text(),
    column: { concept: 'first-name' },
    required: true,
    about: 'first name',
  },
  { name: 'surname', type: text(), column: { concept: 'last-name' }, required: true, about: 'surname' },
  mobileField,
  typeField,
  {
    name: 'subtype',
    type: text(),
    column: { aliases: ['lead subtype', 'sub type'] },
    about: 'lead sub-type; if absent that of --subtype',
  },
  {
    name: 'other_phone',
    type: phone,
    column: { concept: 'other-phone' },
    dials: true,
    about: 'any other phone number, sent in the notation of the input',
  },
  {
    name: 'data',
    type: json,
    about: 'a JSON object with further data; free columns are added to it',
  },
  {
    name: 'delays',
    type: integer(),
    column: { aliases: ['delay'] },
    about: 'seconds to wait before the call; if absent those of --delay',
  },
];

/** The text of `data`, null where there is none to send. */
interface DataText {
  readonly text: string | null;
  readonly problems: readonly Problem[];
}

/**
 * `data` is a string that holds JSON (docs/vendors/comunik8.md#data): the row's own `data` and its free columns as one
 * object, written once; the request's serialiser adds the one level of escaping. An empty object is refused by the
 * vendor, so it is left out.
 */
export function dataText(own: Json | undefined, free: JsonObject): DataText {
  const problems: Problem[] = [];
  if (own !== undefined && !isObject(own)) {
    problems.push({ code: 'field.bad-data', message: '"data" is not a JSON object', column: 'data' });
  }
  const data = Object.assign(Object.create(null), isObject(own) ? own : {}) as Record<string, Json>;
  for (const [name, value] of Object.entries(free)) {
    const there = Object.hasOwn(data, name) ? data[name] : undefined;
    if (there !== undefined && canonicalJson(there) !== canonicalJson(value)) problems.push(collision(name));
    data[name] = value;
  }
  return { text: Object.keys(data).length === 0 ? null : JSON.stringify(data), problems };
}

const collision = (name: string): Problem => ({
  code: 'field.collision',
  message: `Column "${name}" and the "data" of the row both give "${name}", with different values`,
  column: name,
});
