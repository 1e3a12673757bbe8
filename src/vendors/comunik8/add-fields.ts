import { mobileField, typeField } from './fields.js';
import { email, integer, json, phone, text, type Field } from '../../core/value.js';

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
