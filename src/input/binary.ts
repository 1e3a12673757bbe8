import type { Problem } from '../core/row.js';

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

/** A problem with what to do about it. */
export interface HintedProblem extends Problem {
  readonly hint: string;
}

/** `input.binary` where the first bytes are those of a well-known kind of file that is no text; else null. */
export function knownBinary(head: Buffer): HintedProblem | null {
  const found = signatures.find(([hex]) => matches(head, hex));
  if (!found) return null;
  return { code: 'input.binary', message: `this is ${found[1]}, not a text file`, hint: found[2] };
}

// "BZh" alone could begin a header; bzip2 has a digit and a block mark after it.
function matches(head: Buffer, hex: string): boolean {
  if (!head.subarray(0, hex.length / 2).equals(Buffer.from(hex, 'hex'))) return false;
  return hex !== '425a68' || head.subarray(4, 7).toString('hex') === '314159';
}

/** `input.binary` where bytes of an ASCII-based encoding hold so many control codes that they are no text. */
export function unknownBinary(head: Buffer): HintedProblem | null {
  let controls = 0;
  for (const byte of head) if (byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== 0x1a) controls++;
  if (controls < 8 || controls * 20 < head.length) return null;
  return {
    code: 'input.binary',
    message: 'this looks like binary data, not like text',
    hint: 'Give a CSV, JSON or NDJSON file; if it is text, name its encoding with --encoding.',
  };
}
