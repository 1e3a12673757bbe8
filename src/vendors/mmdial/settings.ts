import { usageError } from '../../core/errors.js';
import type { Json } from '../../core/json.js';
import type { VendorSettings } from '../../core/secret.js';
import {
  integer,
  parsed,
  secret,
  specs,
  text as anyText,
  type Type,
  type Values,
  withDefaults,
} from '../../core/value.js';

const charsets = ['utf-8', 'iso-8859-1'] as const;
export type Charset = (typeof charsets)[number];

const text = (value: Json | undefined): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : null;

/** One of some names, in capitals or not. */
const oneOf = <const T extends string>(names: readonly T[]): Type<T> =>
  parsed(
    'choice',
    `one of ${names.join(', ')}`,
    (said) => names.find((name) => name === said.trim().toLowerCase()) ?? null,
  );

const isTemplate = (said: string): boolean => said.startsWith('{base}') && said.includes('{function}');

/** What a profile may say of mmDial. */
export const settings = specs({
  username: { type: anyText(), required: true, about: 'user with admin rights' },
  password: { type: secret, required: true, about: 'password of that user' },
  campaign: { type: integer(), about: 'campaign that commands work in where none is given' },
  list: { type: integer(), about: 'list that leads are added to where none is given' },
  countryCode: { type: integer(), default: 49, about: 'country code of national numbers in mmDial' },
  auth: { type: oneOf(['auto', 'basic', 'digest']), default: 'auto', about: 'how the login is sent' },
  charset: { type: oneOf(charsets), default: 'utf-8', about: 'charset of requests' },
  urlTemplate: {
    type: anyText({ test: isTemplate, expects: 'text that starts with {base} and holds {function}' }),
    default: '{base}/{function}',
    about: 'how a function is called: `{base}` is `url`, `{function}` its name',
  },
});

/** An id of mmDial as text: digits on the command line, a number in the profile. */
export const id: Type<string> = {
  kind: 'id',
  expects: 'a number',
  read: (raw, { from }) => {
    const value = text(raw);
    if (value !== null && (from === 'config' || /^\d{1,18}$/.test(value))) return { ok: true, value };
    const problem = { code: 'field.bad-id', message: 'The value is not a number' };
    return { ok: false, state: 'invalid', problem };
  },
};

/** The campaign a command works in: the flag's, else the profile's; there must be one. */
export const campaignOption = (about: string) =>
  ({ flag: '--campaign <id>', about, type: id, setting: 'campaign', required: true }) as const;

export const phoneOption = {
  flag: '--phone <number>',
  about: 'phone number, in the notation mmDial has it',
  type: anyText(),
} as const;

/** The one of several options that is given, and its value. Throws UserError (exit 2). */
export function givenOf<Name extends string>(
  options: { readonly [K in Name]: string | undefined },
  names: readonly Name[],
  details: { readonly message: string; readonly hint: string },
): readonly [Name, string] {
  const given = names.flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const [one] = given;
  if (one && given.length === 1) return one;
  throw usageError({ code: 'usage.one-of', ...details });
}

/** What the profile says of mmDial. */
export type Settings = Values<typeof settings>;

export const settingsOf = ({ values }: VendorSettings): Settings => withDefaults(settings, values);

/** Country calling code of national numbers, digits alone. */
export const countryCodeOf = (said: VendorSettings): string =>
  String(settingsOf(said).countryCode).replace(/\D/g, '');
