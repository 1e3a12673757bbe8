import { isUtf8 } from 'node:buffer';

/** Length of the sequence at `at`: 1 to 4 where it is valid, 0 where it is not, -1 where the buffer ends inside it. */
export function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (let step = 1; step < length; step++) {
    const byte = bytes[at + step];
    if (byte === undefined) return -1;
    if (byte < (step === 1 ? firstLow(lead) : 0x80) || byte > (step === 1 ? firstHigh(lead) : 0xbf)) return 0;
  }
  return length;
}

// Unicode 16, table 3-7: the second byte excludes overlong forms, surrogates and what is above U+10FFFF.
const firstLow = (lead: number): number => (lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80);
const firstHigh = (lead: number): number => (lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf);

/** Bytes at the end of `bytes` that begin a sequence the next chunk may complete: 0 to 3. */
export function openTail(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    if ((bytes[bytes.length - back] as number) >= 0xc2) {
      return sequenceLength(bytes, bytes.length - back) === -1 ? back : 0;
    }
  }
  return 0;
}

/** Cuts a stream of chunks so that no sequence is cut in two. */
export class SequenceJoiner {
  #tail: Buffer = Buffer.alloc(0);

  /** The chunk with what was kept back before it, without what has to wait for the next one. */
  next(chunk: Buffer): Buffer {
    const joined = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    const open = openTail(joined);
    this.#tail = open === 0 ? Buffer.alloc(0) : Buffer.from(joined.subarray(joined.length - open));
    return open === 0 ? joined : joined.subarray(0, joined.length - open);
  }

  /** What is left when the stream has ended: bytes of a sequence that never became whole. */
  end(): Buffer {
    return this.#tail;
  }
}

/**
 * Text of UTF-8 bytes where each byte that is not UTF-8 becomes the unpaired surrogate U+DC80 to U+DCFF: valid UTF-8
 * never decodes to one, so damage stays visible, and to the cell it is in.
 */
export function decodeMarked(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text += bytes.toString('utf8', from, at) + String.fromCharCode(0xdc00 + (bytes[at] as number));
    at += 1;
    from = at;
  }
  return text + bytes.toString('utf8', from);
}

/** True for text with an unpaired surrogate: damage marked by `decodeMarked`, or a broken `\ud800` escape of JSON. */
export const isDamaged = (text: string): boolean => /[\ud800-\udfff]/.test(text) && /\p{Cs}/u.test(text);
