import type { Json, JsonObject } from '../../../core/json.js';
import { parseJson } from '../../../core/json.js';
import { looksLikePhone } from './numbers.js';

/** What is wrong with a field, in the vendor's words; null where nothing is. */
type Check = (value: Json | undefined) => string | null;

/** Only the "cannot be blank" and the `data` message are documented; the others follow their style. */
const required =
  (label: string, isGood: (text: string) => boolean = () => true, fault = ''): Check =>
  (value) => {
    if (value === undefined || value === null) return `${label} cannot be blank.`;
    if (typeof value !== 'string') return `${label} must be a string.`;
    if (value.trim() === '') return `${label} cannot be blank.`;
    return isGood(value) ? null : `${label} ${fault}`;
  };

const optionalText =
  (label: string): Check =>
  (value) =>
    value === undefined || value === null || typeof value === 'string' ? null : `${label} must be a string.`;

const isEmail = (text: string): boolean => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text);

/** A string that holds JSON with something in it; null and an empty string are "empty" too. */
const data: Check = (value) => {
  if (value === undefined) return null;
  const content = typeof value === 'string' ? parseJson(value) : undefined;
  const empty = !content || (typeof content === 'object' && Object.keys(content).length === 0);
  return empty ? 'Empty or invalid content of `data` field' : null;
};

const delays: Check = (value) => {
  if (value === undefined || value === null) return null;
  return typeof value === 'number' && value >= 0 ? null : 'Delays must be a number of seconds.';
};

const mobile = required('Mobile', looksLikePhone, 'is not a valid phone number.');

/** Fields of `/lead/add`. Fields not named are ignored: the document sends further data into `data`. */
export const addChecks: Readonly<Record<string, Check>> = {
  email: required('Email', isEmail, 'is not a valid email address.'),
  first_name: required('First Name'),
  surname: required('Surname'),
  mobile,
  type: required('Type'),
  subtype: optionalText('Subtype'),
  other_phone: optionalText('Other Phone'),
  data,
  delays,
};

/** Fields of `/lead/cancel`; it has no `test`. */
export const cancelChecks: Readonly<Record<string, Check>> = { type: required('Type'), mobile };

/** Every field that is wrong, with its message, in the order of the checks. */
export function faultsOf(
  body: JsonObject,
  checks: Readonly<Record<string, Check>>,
): (readonly [field: string, message: string])[] {
  return Object.entries(checks).flatMap(([field, check]) => {
    const message = check(body[field]);
    return message === null ? [] : [[field, message] as const];
  });
}

/** E-mail domains that choose the form of field errors. */
export const formDomains = { array: 'array.example', text: 'text.example' } as const;

/**
 * The answer to faulty fields: `{"email":{"0":"…"}}` as documented. An object with the keys of a list is a list to
 * some servers, so the other likely forms can be asked for by the domain of `email`.
 */
export function faultsAnswer(
  faults: readonly (readonly [field: string, message: string])[],
  email: Json | undefined,
): JsonObject {
  const domain = typeof email === 'string' ? email.split('@').at(-1)?.trim().toLowerCase() : undefined;
  const form = (message: string): Json => {
    if (domain === formDomains.array) return [message];
    return domain === formDomains.text ? message : { '0': message };
  };
  return Object.fromEntries(faults.map(([field, message]) => [field, form(message)]));
}
