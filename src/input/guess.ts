import iconv from 'iconv-lite';
import { unusable } from '../core/errors.js';
import { SequenceJoiner, measureSequence } from './bytes.js';
import { printable } from './problems.js';

const latin1 = new Set(['iso-8859-1', 'iso8859-1', 'iso88591', 'iso_8859-1', 'latin1', 'latin-1', 'l1']);
const ascii = new Set(['ascii', 'us-ascii', 'utf8', 'utf-8-sig', 'utf8-bom']);

/**
 * Returns the one name an encoding has in this program, in lower case (`utf-8`, `utf-16le`, `windows-1252`, …), for any label
 * the WHATWG Encoding Standard or a DOS code page (`cp850`) has for it. `utf-16` stays as it is: a byte order mark
 * decides. `iso-8859-1` is kept apart from windows-1252, and ASCII is read as UTF-8, which contains it.
 * @throws UserError `input.bad-encoding-name`
 */
export function readEncodingName(label: string): string {
  const name = label.trim().toLowerCase();
  if (latin1.has(name)) return 'iso-8859-1';
  if (ascii.has(name)) return 'utf-8';
  if (name === 'utf-16' || name === 'utf16') return 'utf-16';
  const known = findWhatwgName(name) ?? (/^cp\d{3,5}$/.test(name) ? name : null);
  if (known !== null && iconv.encodingExists(known)) return known;
  throw unusable({
    code: 'input.bad-encoding-name',
    message: `"${printable(label).slice(0, 40)}" is not an encoding known here.`,
    hint: 'Known are utf-8, utf-16le, utf-16be, windows-1252, iso-8859-1, windows-1251, koi8-r, cp850 and other usual names.',
  });
}

function findWhatwgName(label: string): string | null {
  const spelled = label.replace(/^(?:windows|win|cp)[-_]?(125\d)$/, 'windows-$1').replace(/^utf16/, 'utf-16');
  try {
    return new TextDecoder(spelled).encoding;
  } catch {
    return null;
  }
}

/** Bytes of text beyond ASCII that are kept to guess an encoding from. */
const sampleBytes = 16 * 1024;
/** Bytes kept on each side of one that is beyond ASCII. */
const context = 40;

/** Counts that tell single-byte encodings and damaged UTF-8 apart, from a whole file that is not UTF-8. */
interface HighBytes {
  /** UTF-8 sequences of two to four bytes. */
  readonly validSequences: number;
  /** Bytes that belong to no UTF-8 sequence. */
  readonly invalidBytes: number;
  /** How often each byte value occurs. */
  readonly histogram: Uint32Array;
  /** Passages around bytes beyond ASCII, each ended by a line feed. */
  readonly sample: Buffer;
}

/** Reads all chunks and gathers the bytes beyond ASCII in them. */
export async function gatherHighBytes(chunks: AsyncIterable<Buffer>): Promise<HighBytes> {
  const joiner = new SequenceJoiner();
  const histogram = new Uint32Array(256);
  const passages: Buffer[] = [];
  let kept = 0;
  const counts = { valid: 0, invalid: 0 };
  for await (const chunk of chunks) {
    for (const byte of chunk) (histogram[byte] as number)++;
    countSequences(joiner.next(chunk), counts);
    if (kept >= sampleBytes) continue;
    const found = findPassages(chunk, sampleBytes - kept);
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

function countSequences(bytes: Buffer, counts: { valid: number; invalid: number }): void {
  for (let at = 0; at < bytes.length;) {
    const length = measureSequence(bytes, at);
    if (length > 1) counts.valid++;
    else if (length <= 0) counts.invalid++;
    at += Math.max(1, length);
  }
}

function findPassages(chunk: Buffer, room: number): Buffer {
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

/** Bytes that windows-1252 leaves undefined. */
const undefinedIn1252 = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
const cyrillic = ['windows-1251', 'koi8-r', 'ibm866', 'iso-8859-5', 'x-mac-cyrillic'];
const latin = ['windows-1252', 'windows-1250', 'iso-8859-2', 'cp850', 'macintosh', 'windows-1254'];
/** How much better than the usual encoding of its script a rarer one must read to be preferred. */
const margin = 0.05;

/** Returns the most likely single-byte encoding of a text: chardet's opinion, weighed with how plausible its words read. */
export async function guessSingleByteEncoding(high: HighBytes): Promise<string> {
  const { analyse } = await import('chardet');
  const opinions = new Map(
    analyse(high.sample).map((match) => [canonicalName(match.name), match.confidence / 100]),
  );
  const scripted = measureLetters(high.sample);
  const isCyrillic = scripted.share > (scripted.longestRun >= 3 ? 0.6 : 0.9);
  const candidates = isCyrillic ? cyrillic : latin;
  const score = isCyrillic ? scoreCyrillic : scoreLatin;
  let best = candidates[0] as string;
  let bestScore = rate(best);
  for (const name of candidates.slice(1)) {
    const rated = rate(name);
    if (rated <= bestScore + margin) continue;
    best = name;
    bestScore = rated;
  }
  return best;

  function rate(name: string): number {
    if (!iconv.encodingExists(name)) return -1;
    if (name === 'windows-1252' && undefinedIn1252.some((byte) => high.histogram[byte])) return 0;
    return score(iconv.decode(high.sample, name)) + 0.2 * (opinions.get(name) ?? 0);
  }
}

// chardet calls the same bytes ISO-8859-1 or windows-1252 by whether 0x80 to 0x9F occur.
const canonicalName = (name: string): string => {
  const lower = name.toLowerCase();
  return lower === 'iso-8859-1' ? 'windows-1252' : lower;
};

/**
 * Measures how the letters beyond ASCII are spread: in Western text a few among ASCII letters, in Cyrillic text alone and in runs.
 * `share` is their part of all letters of the words they are in, words of one letter aside.
 */
function measureLetters(sample: Buffer): { share: number; longestRun: number } {
  const words = sample.toString('latin1').match(/[A-Za-z\x80-\x9f\xa8\xb8\xc0-\xff]{2,}/g) ?? [];
  let letters = 0;
  let beyond = 0;
  let longestRun = 0;
  for (const word of words) {
    const runs = word.match(/[\x80-\xff]+/g);
    if (!runs) continue;
    letters += word.length;
    for (const run of runs) {
      beyond += run.length;
      longestRun = Math.max(longestRun, run.length);
    }
  }
  return { share: letters < 3 ? 0 : beyond / letters, longestRun };
}

/** 0 to 1: Russian's ten commonest letters are two thirds of a text, and no capital follows a small letter. */
function scoreCyrillic(text: string): number {
  const beyond = text.match(/\P{ASCII}/gu)?.length ?? 0;
  if (beyond === 0) return 0;
  const common = text.match(/[оеаинтсрвл]/giu)?.length ?? 0;
  const rare = text.match(/[бгдёжзйкмпуфхцчшщъыьэюяіїєґў№«»]/giu)?.length ?? 0;
  const wrongCase = text.match(/[а-яё][А-ЯЁ]/gu)?.length ?? 0;
  return Math.max(0, (common + 0.6 * rare - 2 * wrongCase) / beyond);
}

/** 0 to 1: characters beyond ASCII are letters in words of sane case, or punctuation outside words. */
function scoreLatin(text: string): number {
  const beyond = text.match(/\P{ASCII}/gu)?.length ?? 0;
  if (beyond === 0) return 0;
  const undecoded = text.match(/[\ufffd\x80-\x9f]/gu)?.length ?? 0;
  const inWord = text.match(/\p{L}[^\p{L}\p{M}\p{ASCII}’‘–—‐·]+\p{L}/gu)?.length ?? 0;
  const atEdge = text.match(/(?:^|[^\p{L}])[^\p{L}\p{ASCII}„“”‚‘’«»–—•§°€©®™£…¿¡№]+\p{L}/gu)?.length ?? 0;
  const wrongCase = text.match(/\p{Ll}(?![A-Z])\p{Lu}/gu)?.length ?? 0;
  const strange = text.match(/[^\p{ASCII}\p{Script=Latin}„“”‚‘’«»–—•§°€©®™£…¿¡\xa0´·]/gu)?.length ?? 0;
  return Math.max(0, (beyond - 2 * undecoded - inWord - atEdge - wrongCase - 0.5 * strange) / beyond);
}
