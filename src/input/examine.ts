import { isAscii, isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { asFileError, readChunks, type KnownFile, type LocalFile } from './file.js';
import { headBytes } from './limits.js';
import { SequenceJoiner } from './utf8.js';

/** What one pass over all bytes of a file says about it. */
export interface Examination extends KnownFile {
  /** The first bytes, `headBytes` at most. */
  readonly head: Buffer;
  readonly ascii: boolean;
  /** Strictly valid UTF-8 from the first byte to the last. */
  readonly utf8: boolean;
  /** NUL bytes at even and at odd offsets: what gives UTF-16 away. */
  readonly nulEven: number;
  readonly nulOdd: number;
  /** Holds U+FFFD as UTF-8: something before us could not decode it. */
  readonly replacement: boolean;
}

const replacementCharacter = Buffer.from('�');

/** Reads a file to its end. @throws UserError `input.unreadable`, `input.not-found` */
export async function examine(file: LocalFile): Promise<Examination> {
  const pass = new Pass();
  const handle = await open(file.path, 'r').catch((error: unknown) => {
    throw asFileError(file.name, error);
  });
  try {
    for await (const chunk of readChunks(handle)) pass.add(chunk);
  } catch (error) {
    throw asFileError(file.name, error);
  } finally {
    await handle.close();
  }
  return { path: file.path, name: file.name, ...pass.result() };
}

class Pass {
  readonly #hash = createHash('sha256');
  readonly #joiner = new SequenceJoiner();
  readonly #head: Buffer[] = [];
  readonly #nuls: [even: number, odd: number] = [0, 0];
  #bytes = 0;
  #headLength = 0;
  #ascii = true;
  #utf8 = true;
  #replacement = false;

  add(chunk: Buffer): void {
    this.#hash.update(chunk);
    if (this.#headLength < headBytes) {
      const part = chunk.subarray(0, headBytes - this.#headLength);
      this.#head.push(part);
      this.#headLength += part.length;
    }
    for (let at = chunk.indexOf(0); at >= 0; at = chunk.indexOf(0, at + 1)) {
      this.#nuls[((this.#bytes + at) % 2) as 0 | 1]++;
    }
    this.#ascii &&= isAscii(chunk);
    if (!this.#ascii && this.#utf8) this.#addText(this.#joiner.next(chunk));
    this.#bytes += chunk.length;
  }

  #addText(text: Buffer): void {
    this.#utf8 = isUtf8(text);
    this.#replacement ||= text.includes(replacementCharacter);
  }

  result(): Omit<Examination, 'path' | 'name'> {
    return {
      sha256: this.#hash.digest('hex'),
      bytes: this.#bytes,
      head: Buffer.concat(this.#head),
      ascii: this.#ascii,
      utf8: this.#utf8 && this.#joiner.end().length === 0,
      nulEven: this.#nuls[0],
      nulOdd: this.#nuls[1],
      replacement: this.#replacement,
    };
  }
}
