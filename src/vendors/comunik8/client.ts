import { type HttpResult, talkTo } from '../../core/http.js';
import { type Json, type JsonObject, isObject, parseShallow, writeJson } from '../../core/json.js';
import { type Opened, type Sealed, OutgoingNumber, PhoneNumber } from '../../core/number.js';
import {
  type Outcome,
  type StopCause,
  type Triage,
  doubtful,
  rejected,
  triage,
  vendorText,
} from '../../core/outcome.js';
import { type Field, phone, text } from '../../core/value.js';
import type { Compiled, Lead, OptionValues, VendorContext } from '../../core/vendor.js';

/** Pace and limits: one lead a call (docs/vendors/comunik8.md#add); figures are not documented and kept low. */
export const limits = { items: 1, bytes: 90_000 } as const;
export const pace = { perSecond: 2, concurrency: 1, timeoutMs: 30_000 } as const;

/** A lead is found by number and type; the dialler compares the number as text. */
export type LeadPayload = { readonly mobile: PhoneNumber; readonly [key: string]: Sealed };

/**
 * The body of a request: numbers in the notation of the input. The dialler finds a lead again by this text
 * (docs/vendors/comunik8.md#cancel), so nothing is converted: `07…` stays `07…`.
 */
export const bodyOf = (payload: Opened<LeadPayload>): JsonObject =>
  Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [
      name,
      value instanceof OutgoingNumber ? value.written() : value,
    ]),
  ) as JsonObject;

/** Fields both calls know (docs/vendors/comunik8.md#add): a lead is found by number and type. */
export const number = {
  name: 'mobile',
  type: phone,
  column: { concept: 'phone' },
  required: true,
  about: 'phone number; sent in the notation of the input, without spaces and brackets',
} as const;

export const typeField: Field = {
  name: 'type',
  type: text(),
  column: { aliases: ['lead type'] },
  about: 'lead type; if absent that of --type, else that of the profile',
};

/** The type for rows without their own. */
export const typeOption = {
  flag: '--type <type>',
  about: 'lead type of rows that name none (default: type of the profile)',
  type: text(),
  setting: 'type',
} as const;

/** The pair that names a lead. */
export function compilePair({ fields }: Lead, options: OptionValues): Compiled<LeadPayload> {
  const type = fields['type'] ?? options['type'];
  const given = fields['mobile'];
  if (!(given instanceof PhoneNumber)) throw new Error('comunik8: a lead without a number was compiled');
  const mobile = given.bare();
  if (typeof type === 'string') return { payload: { mobile, type }, problems: [] };
  const problem = {
    code: 'field.missing',
    message: '"type" is required and missing: give it in a column, with --type or in the profile',
    column: 'type',
  };
  return { payload: { mobile }, problems: [problem] };
}

/** A documented answer is a few flags and texts. */
const maxAnswerBytes = 1_000_000;

/**
 * One POST of a JSON object. The key travels in the query (docs/vendors/comunik8.md#login): the address is a secret.
 */
export function post(context: VendorContext, path: string, body: JsonObject): Promise<HttpResult> {
  const key = context.settings.secrets['key'];
  if (!key) throw new Error('comunik8: settings without a key');
  return talkTo(context).send({
    method: 'POST',
    url: `${context.settings.url}/${path}?key=${encodeURIComponent(key.reveal())}`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: writeJson(body),
    timeoutMs: pace.timeoutMs,
    maxBytes: maxAnswerBytes,
  });
}

/** The document gives no answer for a wrong key; 401 and 403 are taken as that. */
const keyRefused: StopCause = {
  cause: 'credentials',
  code: 'vendor.key-refused',
  message: 'Comunik8 refused the key',
  hint: 'Check key and url of this profile: `salesq profiles show`',
};

/** Any flag that is true: accepted, stored, cancelled, or a test that passed. */
function claimsSuccess(text: string): boolean {
  const body = readBody(text)?.body;
  if (!body) return false;
  return (
    body['test'] === 'ok' || ['saved', 'processed', 'cancelled'].some((name) => flagOf(body, name) === true)
  );
}

export const firstLook = (result: HttpResult, nowMs: number): Triage =>
  triage(result, { title: 'Comunik8', refused: keyRefused, claimsSuccess, nowMs });

export const contradiction = (status: number): Outcome =>
  doubtful('vendor.contradictory-answer', `answered ${status} with flags that contradict each other`);

/** Flags come as booleans in every sample; text is read too. Undefined where the flag is absent or something else. */
export function flagOf(body: JsonObject, name: string): boolean | undefined {
  const value = body[name];
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' ? false : undefined;
}

/** Why the vendor refused: `error` to one call, `warning` to the other; read on both. Empty where it says nothing. */
export function refusalOf(body: JsonObject): string {
  const given = [body['error'], body['warning']].find(
    (text) => typeof text === 'string' && text.trim() !== '',
  );
  return typeof given === 'string' ? given.trim() : '';
}

export const withReason = (words: string, text: string): string => {
  const said = vendorText(text);
  return said === '' ? words : `${words}: ${said}`;
};

/** Names of every field of either call (docs/vendors/comunik8.md#add). */
const fieldNames = new Set(
  'email,first_name,surname,mobile,type,subtype,other_phone,data,delays,test'.split(','),
);

/** Texts of `{"0":"…"}`, `["…"]` or, where the status says it is an error, `"…"`; null for anything else. */
function errorTexts(value: Json | undefined, plainToo: boolean): string[] | null {
  if (typeof value === 'string') return plainToo ? [value] : null;
  const texts = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return texts.length > 0 && texts.every((text) => typeof text === 'string') ? texts : null;
}

/**
 * Field errors: an object of field names, each with its texts as an object (the document's form), a list or a string.
 * With 400 any names are taken; below, only the fields of the document.
 */
function fieldErrors(body: JsonObject, status: number): Outcome | null {
  const entries = Object.entries(body).map(
    ([name, value]) => [name, errorTexts(value, status >= 400)] as const,
  );
  const known = entries.some(([name]) => fieldNames.has(name));
  const whole = entries.every(([name, texts]) => texts && (status >= 400 || fieldNames.has(name)));
  if (!known || !whole) return null;
  const texts = entries.map(([name, list]) => `${name}: ${(list ?? []).join(' ')}`);
  return rejected('vendor.field-error', withReason('Comunik8 refused fields', texts.join('; ')));
}

/** Statuses that say the request was checked and refused: 400 is documented, 422 means the same elsewhere. */
const isRefusal = (status: number): boolean => status === 400 || status === 422;

/** What an answer without the flags of its call means: field errors, a refusal by its status, or nothing sure. */
export function withoutFlags(body: JsonObject, status: number): Outcome {
  const errors = fieldErrors(body, status);
  if (errors) return errors;
  if (!isRefusal(status))
    return doubtful('vendor.unknown-answer', `answered ${status} without saying whether it succeeded`);
  const texts = [refusalOf(body), typeof body['message'] === 'string' ? body['message'] : ''].filter(Boolean);
  return rejected(
    'vendor.refused',
    withReason(`Comunik8 refused the request with ${status}`, texts.join('; ')),
  );
}

/** A body as an object; `repaired` where it is no JSON but one of the document's own answers all the same. */
export interface ReadBody {
  readonly body: JsonObject;
  readonly repaired: boolean;
}

/** The document prints one refusal to a cancel without quotes: `"warning": server error (call group)`. */
const unquoted =
  /^\s*\{\s*"cancelled"\s*:\s*(true|false)\s*,\s*"warning"\s*:\s*([^"{}[\],]+?)\s*,?\s*\}\s*$/u;

/** Reads JSON strictly, then the one printed answer that is not JSON; it must be whole. Null for anything else. */
export function readBody(text: string): ReadBody | null {
  const body = parseShallow(text.replace(/^\uFEFF/u, ''));
  if (body !== undefined) return isObject(body) ? { body, repaired: false } : null;
  const found = unquoted.exec(text);
  if (!found) return null;
  return { body: { cancelled: found[1] === 'true', warning: found[2] ?? '' }, repaired: true };
}
