import type { FieldSpec } from '../../core/vendor.js';
import { mobileField, typeField } from './fields.js';

/** The fields of `add` (docs/vendors/comunik8.md#add), but for `test`, which is a flag. */
export const addFields: readonly FieldSpec[] = [
  { name: 'email', kind: 'email', required: true, concept: 'email', about: 'e-mail address' },
  { name: 'first_name', kind: 'text', required: true, concept: 'first-name', about: 'first name' },
  { name: 'surname', kind: 'text', required: true, concept: 'last-name', about: 'surname' },
  mobileField,
  typeField,
  {
    name: 'subtype',
    kind: 'text',
    required: false,
    aliases: ['lead subtype', 'sub type'],
    about: 'lead sub-type; if absent that of --subtype',
  },
  {
    name: 'other_phone',
    kind: 'phone',
    required: false,
    concept: 'other-phone',
    dials: true,
    about: 'any other phone number, sent in the notation of the input',
  },
  {
    name: 'data',
    kind: 'json',
    required: false,
    about: 'a JSON object with further data; free columns are added to it',
  },
  {
    name: 'delays',
    kind: 'integer',
    required: false,
    aliases: ['delay'],
    about: 'seconds to wait before the call; if absent those of --delay',
  },
];
