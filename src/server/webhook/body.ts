import type { Readable } from 'node:stream';

/** A body as far as it was kept. */
export interface ReceivedBody {
  /** All of it, or of an oversize one the beginning. */
  readonly bytes: Buffer;
  /** How much came in; of an oversize one at least this much. */
  readonly size: number;
  readonly oversize: boolean;
}

/** Kept of a body that is too large, before secrets are blotted out of it, in bytes. */
export const headBytes = 128 * 1024;

/** An oversize body is read on to its end, so that its sender can read the answer; after so many times the limit no more. */
const patience = 4;

/** The sender went away, or was cut off for being slow, before the end of the body. */
export class SenderGone extends Error {
  readonly statusCode = 400;
}

/**
 * Reads a body into memory, `limit` bytes at most; of a larger one it keeps the beginning.
 * Rejects with SenderGone.
 */
export function readBody(stream: Readable, limit: number): Promise<ReceivedBody> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let oversize = false;
    const finish = (): void => resolve({ bytes: Buffer.concat(chunks), size, oversize });
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (!oversize) chunks.push(chunk);
      if (size > limit && !oversize) {
        oversize = true;
        chunks = [Buffer.from(Buffer.concat(chunks).subarray(0, headBytes))];
      }
      if (size > limit * patience) finish();
    });
    stream.on('end', finish);
    stream.on('error', () => reject(new SenderGone()));
    stream.on('close', () => reject(new SenderGone()));
  });
}
