import { unusable } from '../core/errors.js';
import { encodingName } from './encoding-names.js';
import type { Examination } from './examine.js';
import { readAgain } from './file.js';
import { guessSingleByte } from './guess.js';
import { fileError, printable } from './problems.js';
import { gatherHighBytes } from './sample.js';

/** How the bytes of a file become text. */
export interface EncodingChoice {
  readonly encoding: string;
  /** Bytes of the byte order mark, which are no text. */
  readonly bom: number;
  /** True where every byte is known to be valid and none is NUL, so that no cell need be looked at. */
  readonly sound: boolean;
  readonly warnings: readonly string[];
}

interface Bom {
  readonly encoding: string;
  readonly length: number;
}

/**
 * Settles the encoding: declared, else byte order mark, else UTF-16 by its NUL bytes, else UTF-8 where the whole file
 * is, else a guess with a warning.
 * @throws UserError `input.bad-encoding-name`, `input.undecodable` where a byte order mark contradicts what is declared
 */
export async function chooseEncoding(
  exam: Examination,
  declared: string | undefined,
): Promise<EncodingChoice> {
  const bom = bomOf(exam.head);
  if (declared !== undefined) return chooseDeclared(exam, encodingName(declared), bom);
  if (bom !== null) return settled(exam, bom.encoding, bom.length);
  const wide = utf16ByNuls(exam);
  if (wide !== null) return { ...settled(exam, wide, 0), warnings: [guessed(exam, wide)] };
  if (exam.utf8) return settled(exam, 'utf-8', 0);
  const high = await gatherHighBytes(readAgain(exam));
  if (high.validSequences > 0 && high.validSequences >= high.invalidBytes) {
    return { ...settled(exam, 'utf-8', 0), warnings: [damagedUtf8(exam, high.invalidBytes)] };
  }
  const encoding = await guessSingleByte(high);
  return { ...settled(exam, encoding, 0), warnings: [guessed(exam, encoding)] };
}

function chooseDeclared(exam: Examination, name: string, bom: Bom | null): EncodingChoice {
  if (name === 'utf-16') return settled(exam, utf16(exam, bom), bom?.length ?? 0);
  if (bom === null || bom.encoding === name) return settled(exam, name, bom?.length ?? 0);
  throw fileError(
    exam.name,
    {
      code: 'input.undecodable',
      message: `the file was declared as ${name}, but its byte order mark says ${bom.encoding}`,
    },
    {},
    `Leave --encoding out, or say --encoding ${bom.encoding}.`,
  );
}

function utf16(exam: Examination, bom: Bom | null): string {
  if (bom?.encoding.startsWith('utf-16')) return bom.encoding;
  if (bom !== null) {
    throw unusable({
      code: 'input.undecodable',
      message: `${printable(exam.name)}: the file was declared as utf-16, but its byte order mark says ${bom.encoding}.`,
      hint: 'Leave --encoding out.',
    });
  }
  return utf16ByNuls(exam) ?? 'utf-16le';
}

function settled(exam: Examination, encoding: string, bom: number): EncodingChoice {
  const nul = exam.nulEven + exam.nulOdd > 0;
  const warnings =
    encoding === 'utf-8' && exam.utf8 && exam.replacement
      ? [
          `${printable(exam.name)} holds the replacement character U+FFFD: its text was damaged before it came here.`,
        ]
      : [];
  return { encoding, bom, sound: encoding === 'utf-8' && exam.utf8 && !nul, warnings };
}

function bomOf(head: Buffer): Bom | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return null;
}

/** UTF-16 without a mark: NUL in many of the units, always in the same half of them. */
function utf16ByNuls({ nulEven, nulOdd, bytes }: Examination): string | null {
  const units = bytes / 2;
  if (nulOdd >= units * 0.08 && nulEven * 20 <= nulOdd && nulOdd > 1) return 'utf-16le';
  if (nulEven >= units * 0.08 && nulOdd * 20 <= nulEven && nulEven > 1) return 'utf-16be';
  return null;
}

const guessed = (exam: Examination, encoding: string): string =>
  `The encoding of ${printable(exam.name)} was guessed: ${encoding}. Check a name with accents or umlauts; --encoding overrides the guess.`;

const damagedUtf8 = (exam: Examination, invalid: number): string =>
  `${printable(exam.name)} is UTF-8 except for ${invalid} ${invalid === 1 ? 'byte' : 'bytes'}; --encoding overrides this.`;
