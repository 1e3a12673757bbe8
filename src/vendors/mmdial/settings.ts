import { unusable } from '../../core/errors.js';
import type { Json } from '../../core/json.js';
import type { VendorSettings } from '../../core/settings.js';
import type { Type } from '../../core/value.js';
import type { AuthMode } from './http/login.js';
import { authModes } from './http/login.js';
import type { Charset } from './http/encode.js';
import { charsets } from './http/encode.js';

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

function oneOf<T extends string>(name: string, value: Json | undefined, known: readonly T[]): T {
  const wanted = text(value)?.toLowerCase() ?? known[0];
  const found = known.find((one) => one === wanted);
  if (found !== undefined) return found;
  throw unusable({
    code: 'config.bad-value',
    message: `mmdial: ${name} must be one of ${known.join(', ')}`,
    hint: `Mend ${name} in the profile`,
  });
}

/** Reads them. Throws UserError (exit 6, `config.bad-value`) naming the setting. */
export function mannerOf({ values }: VendorSettings): Manner {
  const urlTemplate = text(values['urlTemplate']) ?? '{base}/{function}';
  if (!urlTemplate.startsWith('{base}') || !urlTemplate.includes('{function}')) {
    throw unusable({
      code: 'config.bad-value',
      message: 'mmdial: urlTemplate must start with {base} and hold {function}',
      hint: 'urlTemplate: "{base}/{function}"',
    });
  }
  return {
    username: text(values['username']) ?? '',
    auth: oneOf('auth', values['auth'], authModes),
    charset: oneOf('charset', values['charset'], charsets),
    urlTemplate,
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
