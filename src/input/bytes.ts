import { isUtf8 } from 'node:buffer';
import type { Problem } from '../core/row.js';

/** Length of the sequence at `at`: 1 to 4 where it is valid, 0 where it is not, -1 where the buffer ends inside it. */
export function measureSequence(bytes: Uint8Array, at: number): number {
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

/** Counts the bytes at the end that begin a sequence the next chunk may complete: 0 to 3. */
function countOpenTail(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    if ((bytes[bytes.length - back] as number) >= 0xc2) {
      return measureSequence(bytes, bytes.length - back) === -1 ? back : 0;
    }
  }
  return 0;
}

/** Cuts a stream of chunks so that no sequence is cut in two. */
export class SequenceJoiner {
  #tail: Buffer = Buffer.alloc(0);

  /** Returns the chunk, after the bytes kept from the last one and without those that need the next one. */
  next(chunk: Buffer): Buffer {
    const joined = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    const open = countOpenTail(joined);
    this.#tail = open === 0 ? Buffer.alloc(0) : Buffer.from(joined.subarray(joined.length - open));
    return open === 0 ? joined : joined.subarray(0, joined.length - open);
  }

  /** Returns the bytes left at the end of the stream: a sequence that never became whole. */
  end(): Buffer {
    return this.#tail;
  }
}

/**
 * Returns the text of UTF-8 bytes; each byte that is not UTF-8 becomes the unpaired surrogate U+DC80 to U+DCFF: valid UTF-8
 * never decodes to one, so damage stays visible, and to the cell it is in.
 */
export function decodeWithMarks(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const length = measureSequence(bytes, at);
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
export const holdsDamage = (text: string): boolean => /[\ud800-\udfff]/.test(text) && /\p{Cs}/u.test(text);

const lf = 0x0a;
const cr = 0x0d;

/** Counts the lines of a stream of chunks up to given offsets. CRLF, LF and CR end a line, and may be mixed. */
export class LineCounter {
  /** Line, from 1, of the byte at the offset `advance` was last called with. */
  line = 1;
  #chunks: Buffer[] = [];
  #at = 0;
  #offset = 0;
  #afterCr = false;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  /** Counts on to the byte offset `end` (from the start of the stream); returns how many line ends lie between. */
  advance(end: number): number {
    const before = this.line;
    while (this.#offset < end) {
      const chunk = this.#chunks[0];
      if (!chunk) break;
      const stop = Math.min(chunk.length, this.#at + end - this.#offset);
      this.#count(chunk, this.#at, stop);
      this.#offset += stop - this.#at;
      this.#at = stop;
      if (stop === chunk.length) {
        this.#chunks.shift();
        this.#at = 0;
      }
    }
    return this.line - before;
  }

  #count(chunk: Buffer, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const byte = chunk[at];
      if (byte === cr || (byte === lf && !this.#afterCr)) this.line++;
      this.#afterCr = byte === cr;
    }
  }
}

const signatures: readonly (readonly [bytes: string, what: string, hint: string])[] = [
  ['504b0304', 'a ZIP container, as XLSX files are', 'Save it as "CSV UTF-8" in the spreadsheet program.'],
  ['504b0506', 'an empty ZIP container', 'Save it as "CSV UTF-8" in the spreadsheet program.'],
  ['d0cf11e0a1b11ae1', 'an old Office file (XLS)', 'Save it as "CSV UTF-8" in the spreadsheet program.'],
  ['255044462d', 'a PDF', 'Ask for the table as CSV.'],
  ['1f8b08', 'a gzip archive', 'Unpack it first: gzip -dc FILE | salesq … -'],
  ['28b52ffd', 'a zstd archive', 'Unpack it first: zstd -dc FILE | salesq … -'],
  ['425a68', 'a bzip2 archive', 'Unpack it first: bzip2 -dc FILE | salesq … -'],
  ['fd377a585a00', 'an xz archive', 'Unpack it first: xz -dc FILE | salesq … -'],
  ['377abcaf271c', 'a 7z archive', 'Unpack it first.'],
  ['526172211a07', 'a RAR archive', 'Unpack it first.'],
  ['89504e470d0a1a0a', 'a PNG picture', 'Give a CSV, JSON or NDJSON file.'],
  ['ffd8ff', 'a JPEG picture', 'Give a CSV, JSON or NDJSON file.'],
  ['53514c69746520666f726d6174203300', 'an SQLite database', 'Export the table as CSV.'],
];

/** A problem, and what to do about it. */
export interface HintedProblem extends Problem {
  readonly hint: string;
}

/** Returns `input.binary` where the first bytes are those of a well-known binary format; else null. */
export function findKnownBinary(head: Buffer): HintedProblem | null {
  const found = signatures.find(([hex]) => startsWithSignature(head, hex));
  if (!found) return null;
  return { code: 'input.binary', message: `this is ${found[1]}, not a text file`, hint: found[2] };
}

// "BZh" alone could begin a header; bzip2 has a digit and a block mark after it.
function startsWithSignature(head: Buffer, hex: string): boolean {
  if (!head.subarray(0, hex.length / 2).equals(Buffer.from(hex, 'hex'))) return false;
  return hex !== '425a68' || head.subarray(4, 7).toString('hex') === '314159';
}

/** Returns `input.binary` where bytes of an ASCII-based encoding hold too many control codes for text; else null. */
export function findUnknownBinary(head: Buffer): HintedProblem | null {
  let controls = 0;
  for (const byte of head) if (byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== 0x1a) controls++;
  if (controls < 8 || controls * 20 < head.length) return null;
  return {
    code: 'input.binary',
    message: 'this looks like binary data, not like text',
    hint: 'Give a CSV, JSON or NDJSON file; if it is text, name its encoding with --encoding.',
  };
}
