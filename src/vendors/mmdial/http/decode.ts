import type { HttpResult } from '../../../core/http.js';
import { type Json, parseShallow } from '../../../core/json.js';

export type Answered = Extract<HttpResult, { kind: 'answer' }>;

const declared = (contentType: string | undefined): string | null =>
  /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? '')?.[1] ?? null;

/** Null where the bytes are not in that charset, or nobody knows it. */
function tried(bytes: Uint8Array, label: string): string | null {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Where windows-1252 differs from ISO-8859-1: 0x80 to 0x9f. Node's own decoder takes one for the other. */
const upper = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

const windows1252 = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\u0080-\u009f]/g, (char) => upper[char.charCodeAt(0) - 0x80] ?? char);

const isLatin = (label: string): boolean =>
  /^(?:iso-?8859-?1|latin-?1|windows-?1252|cp1252|us-ascii)$/i.test(label);

/**
 * Bytes as text. The charset of answers is not documented: what is valid UTF-8 is that (ASCII too), then the charset the
 * Content-Type names, then windows-1252, which reads every byte.
 */
export function textOf(bytes: Uint8Array, contentType?: string): string {
  const label = declared(contentType);
  return (
    tried(bytes, 'utf-8') ??
    (label === null || isLatin(label) ? null : tried(bytes, label)) ??
    windows1252(bytes)
  );
}

export const answerText = ({ body, headers }: Answered): string => textOf(body, headers['content-type']);

/** The JSON of an answer, whatever Content-Type it says; undefined where it is none. A BOM and blanks are tolerated. */
export const answerJson = (answer: Answered): Json | undefined => parseShallow(answerText(answer).trim());
