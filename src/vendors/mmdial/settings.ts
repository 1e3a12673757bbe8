import { unusable, usageError } from '../../core/errors.js';
import type { Json } from '../../core/json.js';
import type { VendorSettings } from '../../core/settings.js';
import type { OptionValues } from '../../core/vendor.js';
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

/** A number-like option (`--campaign`), as text; null where it was not given. Throws UserError (exit 2). */
export function idOption(options: OptionValues, name: string, flag: string): string | null {
  const value = text(options[name]);
  if (value === null) return null;
  if (/^\d{1,18}$/.test(value)) return value;
  throw usageError({ code: 'usage.bad-value', message: `${flag} takes a number`, hint: `${flag} 12` });
}

/** An option, else the profile's setting, else UserError (exit 6, `config.missing-setting`). */
export function needed(
  settings: VendorSettings,
  options: OptionValues,
  name: 'campaign' | 'list' | 'countryCode',
  flag: string,
): string {
  const value = idOption(options, name, flag) ?? text(settings.values[name]);
  if (value !== null && value !== '') return value;
  throw unusable({
    code: 'config.missing-setting',
    message: `mmdial: no ${name} is given`,
    hint: `Give ${flag}, or set ${name} in the profile`,
  });
}

/** Country calling code of national numbers, digits alone: `49` unless the profile says otherwise. */
export const countryCodeOf = ({ values }: VendorSettings): string =>
  (text(values['countryCode']) ?? '49').replace(/\D/g, '') || '49';
