import type { Problem } from '../../../core/row.js';
import { OutgoingNumber, PhoneNumber, type Opened, type Sealed } from '../../../core/number.js';
import type { Lead } from '../../../core/vendor.js';
import { phone, text, type Field } from '../../../core/value.js';

const optional = (spec: Omit<Field, 'required' | 'type'> & Partial<Pick<Field, 'type'>>): Field => ({
  type: text(),
  ...spec,
});

/**
 * Keys of `leaddata` of addlead and editlead, but the phone (docs/vendors/mmdial.md#addlead). No format or length is
 * documented.
 */
const common: readonly Field[] = [
  optional({ name: 'title', column: { concept: 'salutation' }, about: 'salutation or title' }),
  optional({
    name: 'alt_phone',
    type: phone,
    column: { concept: 'other-phone' },
    dials: true,
    about: 'second number',
  }),
  optional({ name: 'first_name', column: { concept: 'first-name' }, about: 'first name' }),
  optional({ name: 'last_name', column: { concept: 'last-name' }, about: 'last name' }),
  optional({
    name: 'birthdate',
    column: { concept: 'birthdate' },
    about: 'as given: mmDial documents no format',
  }),
  optional({
    name: 'country',
    column: { concept: 'country' },
    about: 'as given: mmDial documents no format',
  }),
  optional({ name: 'street', column: { concept: 'street' }, about: 'street' }),
  optional({ name: 'streetnr', column: { concept: 'house-number' }, about: 'house number' }),
  optional({
    name: 'addradd',
    column: { aliases: ['address addition', 'Adresszusatz'] },
    about: 'address addition',
  }),
  optional({ name: 'plz', column: { concept: 'postcode' }, about: 'postcode, as text' }),
  optional({ name: 'ort', column: { concept: 'city' }, about: 'city' }),
  optional({ name: 'notices', column: { concept: 'notes' }, about: 'notes for the agent' }),
  optional({ name: 'company_name', column: { concept: 'company' }, about: 'company' }),
];

const external = (about: string): Field =>
  optional({
    name: 'leadid_external',
    type: text({ max: 100 }),
    column: {
      aliases: ['external lead id', 'lead id external', 'externe Lead-ID', 'external id', 'externe ID'],
    },
    about,
  });

const phoneAbout = 'number to dial; sent national, its country code apart';

export const addFields: readonly Field[] = [
  {
    name: 'phone',
    type: phone,
    column: { concept: 'phone' },
    required: true,
    dials: true,
    about: phoneAbout,
  },
  ...common,
  external('your own key, to find the lead again; made up if absent'),
];

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
  optional({ name: 'phone', type: phone, column: { concept: 'phone' }, dials: true, about: phoneAbout }),
  ...common,
  external('your own key'),
  optional({ name: 'status', about: 'new status; may start dialling anew' }),
  optional({ name: 'rotation', about: 'new rotation; may start dialling anew' }),
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
  const form: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [column, value] of Object.entries(free)) {
    if (typeof value === 'object' && value !== null) {
      const message = `Column "${column}" holds a list or an object; mmDial's form fields take plain values`;
      problems.push({ code: 'field.nested', message, column });
    } else if (value !== null)
      Object.defineProperty(form, column, { value: String(value), enumerable: true });
  }
  return { form, problems };
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

/** A number of `leaddata`, cleared; null where the row has none. */
export const numberOf = ({ data }: Opened<LeadTexts>, key: string): OutgoingNumber | null => {
  const value = data[key];
  return value instanceof OutgoingNumber ? value : null;
};

/** A text of `leaddata`; null where the row has none. */
export const textIn = ({ data }: Opened<LeadTexts>, key: string): string | null => {
  const value = data[key];
  return typeof value === 'string' ? value : null;
};
