import { usageError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { Problem } from '../../core/row.js';
import type { VendorSettings } from '../../core/settings.js';
import type { FieldSpec, Lead, OptionSpec, OptionValues } from '../../core/vendor.js';
import { sentNumber } from './number.js';

/** Fields both calls know (comunik8.txt, FIELDS): a lead is found by number and type. */
export const mobileField: FieldSpec = {
  name: 'mobile',
  kind: 'phone',
  required: true,
  concept: 'phone',
  about: 'phone number; sent in the notation of the input, without spaces and brackets',
};

export const typeField: FieldSpec = {
  name: 'type',
  kind: 'text',
  required: false,
  aliases: ['lead type'],
  about: 'lead type; if absent that of --type, else that of the profile',
};

export const typeOption: OptionSpec = {
  flags: '--type <type>',
  about: 'lead type of rows that name none (default: type of the profile)',
};

/** The type for rows without their own, as an option of the run; nothing where neither flag nor profile gives one. */
export function defaultType(raw: OptionValues, settings: VendorSettings): { type?: string } {
  const type = textOption(raw, 'type') ?? settings.values['type'];
  return typeof type === 'string' && type.trim() !== '' ? { type: type.trim() } : {};
}

/** Throws UserError (exit 2) for an option that is given but empty. */
export function textOption(raw: OptionValues, name: string): string | null {
  const value = raw[name];
  if (typeof value !== 'string') return null;
  if (value.trim() !== '') return value.trim();
  throw usageError({ code: 'usage.bad-value', message: `--${name} is empty`, hint: 'salesq help' });
}

/** The pair that names a lead. */
export function identity(lead: Lead, options: OptionValues): { fields: JsonObject; problems: Problem[] } {
  const type = lead.fields['type'] ?? options['type'];
  const e164 = lead.fields['mobile'];
  const mobile = sentNumber(lead.raw?.['mobile'], typeof e164 === 'string' ? e164 : '');
  if (typeof type === 'string') return { fields: { mobile, type }, problems: [] };
  const problem = {
    code: 'field.missing',
    message: '"type" is required and missing: give it in a column, with --type or in the profile',
    column: 'type',
  };
  return { fields: { mobile }, problems: [problem] };
}
