import type { HttpResult } from '../../core/http.js';
import { type Json, type JsonObject, isObject, parseShallow, plainText } from '../../core/json.js';
import { type StopCause, type Settled, inDoubt, triage, unreadable, vendorText } from '../../core/outcome.js';

export type Answered = Extract<HttpResult, { kind: 'answer' }>;

const charsetOf = (contentType: string | undefined): string | null =>
  /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? '')?.[1] ?? null;

/** The text; null where the bytes are not in that charset, or the charset is unknown. */
function tryDecode(bytes: Uint8Array, label: string): string | null {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The characters 0x80 to 0x9f of windows-1252; Node's own decoder reads them as ISO-8859-1. */
const windows1252Upper = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

const readWindows1252 = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\u0080-\u009f]/g, (char) => windows1252Upper[char.charCodeAt(0) - 0x80] ?? char);

const isLatin = (label: string): boolean =>
  /^(?:iso-?8859-?1|latin-?1|windows-?1252|cp1252|us-ascii)$/i.test(label);

/**
 * Bytes as text. The charset of answers is not documented: what is valid UTF-8 is that (ASCII too), then the charset
 * the Content-Type names, then windows-1252, which reads every byte.
 */
export function textOf(bytes: Uint8Array, contentType?: string): string {
  const label = charsetOf(contentType);
  return (
    tryDecode(bytes, 'utf-8') ??
    (label === null || isLatin(label) ? null : tryDecode(bytes, label)) ??
    readWindows1252(bytes)
  );
}

export const answerText = ({ body, headers }: Answered): string => textOf(body, headers['content-type']);

/** The JSON of an answer, whatever Content-Type it says; undefined where it is none. A BOM and blanks are tolerated. */
export const answerJson = (answer: Answered): Json | undefined => parseShallow(answerText(answer).trim());

export const refusedLogin: StopCause = {
  cause: 'credentials',
  code: 'vendor.login-refused',
  message: 'mmDial refused the login',
  hint: 'Check username and password of this profile (a user with admin rights): `salesq profiles check`',
};

/** An answer to a writing function, reduced to a JSON object, or settled without one. */
export type Written = { readonly kind: 'body'; readonly body: JsonObject } | Settled;

/** Judges an answer as far as status and form go. Only the JSON object of a 2xx is left to be read further. */
export function readWritten(result: HttpResult, nowMs: number): Written {
  const sorted = triage(result, { title: 'mmDial', refused: refusedLogin, claimsSuccess, nowMs });
  if (sorted.kind === 'settled') return sorted;
  if (sorted.status >= 300 || result.kind !== 'answer')
    return inDoubt('vendor.unknown-answer', `answered with status ${sorted.status}`);
  const body = answerJson(result);
  return isObject(body) ? { kind: 'body', body } : unreadable(sorted.status);
}

/** Whether a body says `ok`, or counts a lead as added. */
function claimsSuccess(text: string): boolean {
  const body = parseShallow(text.trim());
  if (!isObject(body)) return false;
  const stats = mapOf(body['lead_stats']);
  return statusOf(body) === 'ok' || Number(plainText(stats?.['success'])) > 0;
}

/** PHP writes an empty map as `[]`: read as the empty map it is; null for anything else that is no map. */
export function mapOf(value: Json | undefined): JsonObject | null {
  if (Array.isArray(value)) return value.length === 0 ? {} : null;
  return isObject(value) ? value : null;
}

/** The word after `status`, in lower case; empty where there is none. */
export const statusOf = (body: JsonObject): string => {
  const { status } = body;
  return typeof status === 'string' ? status.trim().toLowerCase() : '';
};

/**
 * The vendor's own words, fit to be stored: `msg`, `message` or `reason`, by function (docs/vendors/mmdial.md#answers).
 */
function wordsOf(body: JsonObject): string {
  for (const key of ['message', 'reason', 'msg']) {
    const words = vendorText(body[key]);
    if (words !== '') return words;
  }
  return '';
}

/** A sentence with the vendor's words behind it, where there are any. */
export const withWords = (sentence: string, body: JsonObject): string => {
  const words = wordsOf(body);
  return words === '' ? sentence : `${sentence}: ${words}`;
};
