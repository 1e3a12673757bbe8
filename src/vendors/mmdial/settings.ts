import { unusable } from '../../core/errors.js';
import type { Json } from '../../core/json.js';
import type { VendorSettings } from '../../core/secret.js';
import {
  integer,
  parsed,
  secret,
  specs,
  text as anyText,
  type Type,
  type ValueSpec,
} from '../../core/value.js';

const authModes = ['auto', 'basic', 'digest'] as const;
export type AuthMode = (typeof authModes)[number];

const charsets = ['utf-8', 'iso-8859-1'] as const;
export type Charset = (typeof charsets)[number];

/** The settings of a profile that say how mmDial is talked to. */
export interface Manner {
  readonly username: string;
  readonly auth: AuthMode;
  readonly charset: Charset;
  /** Holds `{base}` and `{function}`: the document never shows a whole URL. */
  readonly urlTemplate: string;
}

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
  auth: { type: oneOf(authModes), default: 'auto', about: 'how the login is sent' },
  charset: { type: oneOf(charsets), default: 'utf-8', about: 'charset of requests' },
  urlTemplate: {
    type: anyText({ test: isTemplate, expects: 'text that starts with {base} and holds {function}' }),
    default: '{base}/{function}',
    about: 'how a function is called: `{base}` is `url`, `{function}` its name',
  },
});

function readSetting<T>(name: string, { type }: ValueSpec<T>, said: Json): T {
  const read = said === null ? null : type.read(said, { from: 'config' });
  if (read?.ok && read.value !== undefined) return read.value;
  throw unusable({
    code: 'config.bad-value',
    message: `mmdial: ${name} must be ${type.expects}`,
    hint: `Mend ${name} in the profile`,
  });
}

/** How mmDial is talked to. Throws UserError (exit 6, `config.bad-value`) naming the setting. */
export function mannerOf({ values }: VendorSettings): Manner {
  const { auth, charset, urlTemplate } = settings;
  return {
    username: text(values['username']) ?? '',
    auth: readSetting('auth', auth, values['auth'] ?? auth.default),
    charset: readSetting('charset', charset, values['charset'] ?? charset.default),
    urlTemplate: readSetting('urlTemplate', urlTemplate, values['urlTemplate'] ?? urlTemplate.default),
  };
}

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

/** Country calling code of national numbers, digits alone: `49` unless the profile says otherwise. */
export const countryCodeOf = ({ values }: VendorSettings): string =>
  (text(values['countryCode']) ?? '49').replace(/\D/g, '') || '49';
