import { isAscii, isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import iconv from 'iconv-lite';
import { unusable } from '../core/errors.js';
import { decodeWithMarks, SequenceJoiner } from './bytes.js';
import { type KnownFile, type LocalFile, readAgain, readOnce } from './file.js';
import { readEncodingName, gatherHighBytes, guessSingleByteEncoding } from './guess.js';
import { makeFileError, headBytes, printable } from './problems.js';

/** How the bytes of a file become text. */
export interface EncodingChoice {
  readonly encoding: string;
  /** Bytes of the byte order mark, which are no text. */
  readonly bom: number;
  /** True where every byte is known to be valid and none is NUL, so that no cell needs a check. */
  readonly sound: boolean;
  readonly warnings: readonly string[];
}

interface Bom {
  readonly encoding: string;
  readonly length: number;
}

/**
 * Returns the encoding of a file: the declared one, else byte order mark, else UTF-16 by its NUL bytes, else UTF-8 where the whole file
 * is, else a guess with a warning.
 * @throws UserError `input.bad-encoding-name`, `input.undecodable` where a byte order mark contradicts what is declared
 */
export async function chooseEncoding(
  exam: Examination,
  declared: string | undefined,
): Promise<EncodingChoice> {
  const bom = readBom(exam.head);
  if (declared !== undefined) return chooseDeclared(exam, readEncodingName(declared), bom);
  if (bom !== null) return makeChoice(exam, bom.encoding, bom.length);
  const wide = guessUtf16(exam);
  if (wide !== null) return { ...makeChoice(exam, wide, 0), warnings: [guessWarning(exam, wide)] };
  if (exam.utf8) return makeChoice(exam, 'utf-8', 0);
  const high = await gatherHighBytes(readAgain(exam));
  if (high.validSequences > 0 && high.validSequences >= high.invalidBytes) {
    return { ...makeChoice(exam, 'utf-8', 0), warnings: [damageWarning(exam, high.invalidBytes)] };
  }
  const encoding = await guessSingleByteEncoding(high);
  return { ...makeChoice(exam, encoding, 0), warnings: [guessWarning(exam, encoding)] };
}

function chooseDeclared(exam: Examination, name: string, bom: Bom | null): EncodingChoice {
  if (name === 'utf-16') return makeChoice(exam, chooseUtf16(exam, bom), bom?.length ?? 0);
  if (bom === null || bom.encoding === name) return makeChoice(exam, name, bom?.length ?? 0);
  throw makeFileError(
    exam.name,
    {
      code: 'input.undecodable',
      message: `the file was declared as ${name}, but its byte order mark says ${bom.encoding}`,
    },
    {},
    `Leave --encoding out, or say --encoding ${bom.encoding}.`,
  );
}

function chooseUtf16(exam: Examination, bom: Bom | null): string {
  if (bom?.encoding.startsWith('utf-16')) return bom.encoding;
  if (bom !== null) {
    throw unusable({
      code: 'input.undecodable',
      message: `${printable(exam.name)}: the file was declared as utf-16, but its byte order mark says ${bom.encoding}.`,
      hint: 'Leave --encoding out.',
    });
  }
  return guessUtf16(exam) ?? 'utf-16le';
}

function makeChoice(exam: Examination, encoding: string, bom: number): EncodingChoice {
  const nul = exam.nulEven + exam.nulOdd > 0;
  const warnings =
    encoding === 'utf-8' && exam.utf8 && exam.replacement
      ? [
          `${printable(exam.name)} holds the replacement character U+FFFD: its text was damaged before it came here.`,
        ]
      : [];
  return { encoding, bom, sound: encoding === 'utf-8' && exam.utf8 && !nul, warnings };
}

function readBom(head: Buffer): Bom | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return null;
}

/** UTF-16 without a mark: NUL in many of the units, always in the same half of them. */
function guessUtf16({ nulEven, nulOdd, bytes }: Examination): string | null {
  const units = bytes / 2;
  if (nulOdd >= units * 0.08 && nulEven * 20 <= nulOdd && nulOdd > 1) return 'utf-16le';
  if (nulEven >= units * 0.08 && nulOdd * 20 <= nulEven && nulEven > 1) return 'utf-16be';
  return null;
}

const guessWarning = (exam: Examination, encoding: string): string =>
  `The encoding of ${printable(exam.name)} was guessed: ${encoding}. Check a name with accents or umlauts; --encoding overrides the guess.`;

const damageWarning = (exam: Examination, invalid: number): string =>
  `${printable(exam.name)} is UTF-8 except for ${invalid} ${invalid === 1 ? 'byte' : 'bytes'}; --encoding overrides this.`;

/** What one pass over all bytes of a file found. */
export interface Examination extends KnownFile {
  /** The first bytes, `headBytes` at most. */
  readonly head: Buffer;
  readonly ascii: boolean;
  /** Strictly valid UTF-8 from the first byte to the last. */
  readonly utf8: boolean;
  /** NUL bytes at even and at odd offsets: what gives UTF-16 away. */
  readonly nulEven: number;
  readonly nulOdd: number;
  /** Holds U+FFFD as UTF-8: an earlier program could not decode the text. */
  readonly replacement: boolean;
}

const replacementCharacter = Buffer.from('�');

/** Reads a file to its end. @throws UserError `input.unreadable`, `input.not-found` */
export async function examineFile(file: LocalFile): Promise<Examination> {
  const pass = new ExaminationPass();
  for await (const chunk of readOnce(file)) pass.add(chunk);
  return { path: file.path, name: file.name, ...pass.result() };
}

class ExaminationPass {
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

/** Stands in UTF-8 bytes for what could not be decoded: no valid sequence holds it. */
export const undecodableMark = 0xff;
const mark = Buffer.of(undecodableMark);

/**
 * Yields the text of a file as UTF-8 bytes without byte order mark; each byte that could not be decoded becomes 0xFF.
 * UTF-8 passes unchanged, its invalid bytes included.
 */
export async function* transcodeToUtf8(
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
export async function* decodeMarkedText(
  bytes: AsyncIterable<Buffer>,
): AsyncGenerator<string, void, undefined> {
  const joiner = new SequenceJoiner();
  for await (const chunk of bytes) yield decodeWithMarks(joiner.next(chunk));
  const rest = joiner.end();
  if (rest.length > 0) yield decodeWithMarks(rest);
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
