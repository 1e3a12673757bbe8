import type { JsonObject } from '../../core/json.js';
import { OutgoingNumber, PhoneNumber, type Opened, type Sealed } from '../../core/number.js';
import type { Problem } from '../../core/row.js';
import type { Lead, OptionValues } from '../../core/vendor.js';
import { phone, text, type Field } from '../../core/value.js';

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

/** True for a number of the United Kingdom, whose form alone the document shows. */
export const isBritish = (e164: string): boolean => e164.startsWith('+44');

/** Fields both calls know (docs/vendors/comunik8.md#add): a lead is found by number and type. */
const number = {
  name: 'mobile',
  type: phone,
  column: { concept: 'phone' },
  required: true,
  about: 'phone number; sent in the notation of the input, without spaces and brackets',
} as const;

/** The number of a lead that is added: the dialler calls it. */
export const mobileField: Field = { ...number, dials: true };

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
