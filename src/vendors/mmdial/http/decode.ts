import type { HttpResult } from '../../../core/http.js';
import type { Json } from '../../../core/json.js';
import { parseJson } from '../../../core/json.js';

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

/**
 * Bytes as text. The charset of answers is not documented: what is valid UTF-8 is that (ASCII too), then the charset the
 * Content-Type names, then windows-1252, which reads every byte.
 */
export function textOf(bytes: Uint8Array, contentType?: string): string {
  const label = declared(contentType);
  return (
    tried(bytes, 'utf-8') ??
    (label === null ? null : tried(bytes, label)) ??
    new TextDecoder('windows-1252').decode(bytes)
  );
}

export const answerText = ({ body, headers }: Answered): string => textOf(body, headers['content-type']);

/** The JSON of an answer, whatever Content-Type it says; undefined where it is none. A BOM and blanks are tolerated. */
export const answerJson = (answer: Answered): Json | undefined => parseJson(answerText(answer).trim());
