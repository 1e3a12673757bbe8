import type { Json } from './json.js';
import { isObject } from './json.js';
import { parseShallow } from './shallow-json.js';
import type { Sealed } from './number.js';
import { readNumber } from './phone.js';
import type { PhoneRule } from './phone.js';
import type { Problem } from './row.js';
import type { FieldSpec } from './vendor.js';

/** A value as it will travel (undefined: the cell is empty), or what is wrong with it. */
export type Checked =
  | { readonly ok: true; readonly value: Sealed | undefined }
  | { readonly ok: false; readonly state: 'invalid' | 'held'; readonly problem: Problem };

const fine = (value: Sealed): Checked => ({ ok: true, value });
const bad = (code: string, message: string): Checked => ({
  ok: false,
  state: 'invalid',
  problem: { code: `field.${code}`, message },
});

/** Nothing, or only space: such a cell is treated as if its column were not there. */
export const isEmpty = (value: Json | undefined): value is null | undefined | string =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '');

/** A required field without a value. */
export const missing = (field: FieldSpec): Problem =>
  field.kind === 'phone'
    ? { code: 'phone.missing', message: 'The phone number is missing' }
    : { code: 'field.missing', message: `"${field.name}" is required and missing` };

/** Checks a cell against its field. Phones become `PhoneNumber`s, integers numbers, JSON text its value; messages do not quote the cell. */
export function checkField(field: FieldSpec, value: Json | undefined, phone: PhoneRule): Checked {
  if (isEmpty(value)) {
    return field.required
      ? { ok: false, state: 'invalid', problem: missing(field) }
      : { ok: true, value: undefined };
  }
  const checked = byKind(field, value, phone);
  if (!checked.ok || field.maxLength === undefined || typeof checked.value !== 'string') return checked;
  return isLonger(checked.value, field.maxLength)
    ? bad('too-long', `The text is longer than ${field.maxLength} characters`)
    : checked;
}

function byKind(field: FieldSpec, value: NonNullable<Json>, phone: PhoneRule): Checked {
  switch (field.kind) {
    case 'phone':
      return checkPhone(value, phone, field.dials === true);
    case 'text':
    case 'phone-text':
      return field.list ? checkList(value) : checkText(value);
    case 'date-time':
      return checkText(value);
    case 'email':
      return checkEmail(value);
    case 'integer':
      return checkInteger(value);
    case 'boolean':
      return checkBoolean(value);
    case 'json':
      return checkJson(value);
  }
}

function checkPhone(value: NonNullable<Json>, rule: PhoneRule, dials: boolean): Checked {
  if (typeof value !== 'string' && typeof value !== 'number') {
    return {
      ok: false,
      state: 'invalid',
      problem: { code: 'phone.invalid', message: 'The phone number is not text' },
    };
  }
  return readNumber(String(value), rule, dials);
}

function checkText(value: NonNullable<Json>): Checked {
  if (typeof value === 'object') return bad('bad-text', 'The value is not text');
  return fine(String(value).trim());
}

function checkList(value: NonNullable<Json>): Checked {
  const parts: readonly Json[] = Array.isArray(value)
    ? (value as readonly Json[])
    : String(typeof value === 'object' ? '' : value).split(/[,;|]/u);
  if (isObject(value) || parts.some((part) => typeof part === 'object' && part !== null))
    return bad('bad-list', 'The value is not a list of texts');
  const texts = parts.map((part) => (part === null ? '' : String(part as string).trim())).filter(Boolean);
  return { ok: true, value: texts.length === 0 ? undefined : texts };
}

/** One `@`, a dotted domain, nothing that separates addresses. Umlauts and other scripts are allowed on both sides. */
const address =
  /^[^\s@"(),:;<>[\]\\]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?\.)+[\p{L}\p{N}\p{M}-]{2,63}$/u;

function checkEmail(value: NonNullable<Json>): Checked {
  const text = typeof value === 'string' ? value.trim() : '';
  const local = text.split('@')[0] ?? '';
  const dotted = local.startsWith('.') || local.endsWith('.') || text.includes('..');
  return text.length <= 254 && address.test(text) && !dotted
    ? fine(text)
    : bad('bad-email', 'The value is not an e-mail address');
}

function checkInteger(value: NonNullable<Json>): Checked {
  const number = typeof value === 'string' && /^[+-]?\d{1,16}$/u.test(value.trim()) ? Number(value) : value;
  return Number.isSafeInteger(number) ? fine(number) : bad('bad-integer', 'The value is not a whole number');
}

const booleans = new Map<string, boolean>([
  ...'true,yes,y,1,on,ja,j,wahr,да,истина'.split(',').map((word) => [word, true] as const),
  ...'false,no,n,0,off,nein,falsch,нет,ложь'.split(',').map((word) => [word, false] as const),
]);

function checkBoolean(value: NonNullable<Json>): Checked {
  const known = typeof value === 'object' ? undefined : booleans.get(String(value).trim().toLowerCase());
  return known === undefined ? bad('bad-boolean', 'The value is neither true nor false') : fine(known);
}

function checkJson(value: NonNullable<Json>): Checked {
  if (typeof value !== 'string') return fine(value);
  const parsed = parseShallow(value);
  return parsed === undefined
    ? bad('bad-json', 'The text is not JSON')
    : { ok: true, value: parsed ?? undefined };
}

/** Characters as people count them, not UTF-16 units. */
const isLonger = (text: string, limit: number): boolean =>
  text.length > limit && (text.length > 2 * limit || [...text].length > limit);

/** The problem with its column named in the text too: reasons are stored without the column beside them. */
export const inColumn = (problem: Problem, column: string | null): Problem =>
  column === null
    ? problem
    : {
        code: problem.code,
        message: `Column "${column}": ${problem.message.charAt(0).toLowerCase()}${problem.message.slice(1)}`,
        column,
      };
