import iconv from 'iconv-lite';
import type { EncodingChoice } from './encoding.js';
import { decodeMarked, SequenceJoiner } from './utf8.js';

/** Stands in UTF-8 bytes for what could not be decoded: no valid sequence holds it. */
export const undecodableMark = 0xff;
const mark = Buffer.of(undecodableMark);

/**
 * The text of a file as UTF-8 bytes without byte order mark; what could not be decoded stands there as the byte 0xFF.
 * UTF-8 passes as it is, its invalid bytes included.
 */
export async function* utf8Bytes(
  chunks: AsyncIterable<Buffer>,
  choice: EncodingChoice,
): AsyncGenerator<Buffer, void, undefined> {
  const plain = choice.encoding === 'utf-8';
  const transcoder = plain ? null : new Transcoder(choice.encoding);
  let skip = choice.bom;
  for await (const chunk of chunks) {
    const rest = skip === 0 ? chunk : chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
    const bytes = transcoder ? transcoder.write(rest) : rest;
    if (bytes.length > 0) yield bytes;
  }
  const last = transcoder?.end();
  if (last && last.length > 0) yield last;
}

/** Text of UTF-8 bytes, piece by piece; bytes that are not UTF-8 become unpaired surrogates (see `decodeMarked`). */
export async function* markedText(bytes: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  const joiner = new SequenceJoiner();
  for await (const chunk of bytes) yield decodeMarked(joiner.next(chunk));
  const rest = joiner.end();
  if (rest.length > 0) yield decodeMarked(rest);
}

/** Bytes of one encoding, other than UTF-8, to UTF-8. */
class Transcoder {
  readonly #decoder: iconv.DecoderStream;
  readonly #undecodable: RegExp;
  readonly #wide: boolean;
  #bytes = 0;
  #high = '';

  constructor(encoding: string) {
    this.#decoder = iconv.getDecoder(encoding, { stripBOM: false });
    this.#wide = encoding.startsWith('utf-16');
    // C1 controls are valid ISO-8859-1, but no text: such a file is windows-1252, and a name would lose letters.
    this.#undecodable = this.#wide ? /\p{Cs}/u : encoding === 'iso-8859-1' ? /[\x80-\x9f]/ : /\ufffd/;
  }

  write(chunk: Buffer): Buffer {
    this.#bytes += chunk.length;
    return this.#encode(this.#high + this.#decoder.write(chunk), false);
  }

  end(): Buffer {
    const rest = this.#encode(this.#high + (this.#decoder.end() ?? ''), true);
    return this.#wide && this.#bytes % 2 === 1 ? Buffer.concat([rest, mark]) : rest;
  }

  // A pair of surrogates may come in two chunks: its first half waits.
  #encode(text: string, last: boolean): Buffer {
    const waits = !last && /[\ud800-\udbff]$/.test(text);
    this.#high = waits ? text.slice(-1) : '';
    const whole = waits ? text.slice(0, -1) : text;
    if (!this.#undecodable.test(whole)) return Buffer.from(whole);
    const parts = whole.split(this.#undecodable).map((part) => Buffer.from(part));
    return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [mark, part])));
  }
}
