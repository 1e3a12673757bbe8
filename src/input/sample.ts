import { sequenceLength, SequenceJoiner } from './utf8.js';

/** Bytes of text beyond ASCII that are kept to guess an encoding from. */
const sampleBytes = 16 * 1024;
/** Bytes kept on each side of one that is beyond ASCII. */
const context = 40;

/** What tells single-byte encodings and damaged UTF-8 apart, from the whole of a file that is not UTF-8. */
export interface HighBytes {
  /** UTF-8 sequences of two to four bytes. */
  readonly validSequences: number;
  /** Bytes that belong to no UTF-8 sequence. */
  readonly invalidBytes: number;
  /** How often each byte value occurs. */
  readonly histogram: Uint32Array;
  /** Passages around bytes beyond ASCII, each ended by a line feed. */
  readonly sample: Buffer;
}

/** Reads all chunks and gathers what is beyond ASCII in them. */
export async function gatherHighBytes(chunks: AsyncIterable<Buffer>): Promise<HighBytes> {
  const joiner = new SequenceJoiner();
  const histogram = new Uint32Array(256);
  const passages: Buffer[] = [];
  let kept = 0;
  const counts = { valid: 0, invalid: 0 };
  for await (const chunk of chunks) {
    for (const byte of chunk) (histogram[byte] as number)++;
    count(joiner.next(chunk), counts);
    if (kept >= sampleBytes) continue;
    const found = passagesOf(chunk, sampleBytes - kept);
    passages.push(found);
    kept += found.length;
  }
  return {
    validSequences: counts.valid,
    invalidBytes: counts.invalid + joiner.end().length,
    histogram,
    sample: Buffer.concat(passages),
  };
}

function count(bytes: Buffer, counts: { valid: number; invalid: number }): void {
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length > 1) counts.valid++;
    else if (length <= 0) counts.invalid++;
    at += Math.max(1, length);
  }
}

function passagesOf(chunk: Buffer, room: number): Buffer {
  const parts: Buffer[] = [];
  let taken = 0;
  for (let at = 0; at < chunk.length && taken < room; at++) {
    if ((chunk[at] as number) < 0x80) continue;
    let end = at + 1;
    for (let quiet = 0; end < chunk.length && quiet < context && end - at < room; end++) {
      quiet = (chunk[end] as number) < 0x80 ? quiet + 1 : 0;
    }
    const part = chunk.subarray(Math.max(0, at - context), end);
    parts.push(part, Buffer.from('\n'));
    taken += part.length + 1;
    at = end;
  }
  return Buffer.concat(parts);
}
