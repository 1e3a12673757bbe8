import iconv from 'iconv-lite';
import type { HighBytes } from './sample.js';

/** Bytes that windows-1252 leaves undefined. */
const undefinedIn1252 = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
const cyrillic = ['windows-1251', 'koi8-r', 'ibm866', 'iso-8859-5', 'x-mac-cyrillic'];
const latin = ['windows-1252', 'windows-1250', 'iso-8859-2', 'cp850', 'macintosh', 'windows-1254'];
/** How much better than the usual encoding of its script a rarer one must read to be preferred. */
const margin = 0.05;

/** The single-byte encoding a text is most likely in: chardet's opinion, weighed with how plausible its words read. */
export async function guessSingleByte(high: HighBytes): Promise<string> {
  const { analyse } = await import('chardet');
  const opinions = new Map(
    analyse(high.sample).map((match) => [canonical(match.name), match.confidence / 100]),
  );
  const scripted = lettersOf(high.sample);
  const isCyrillic = scripted.share > (scripted.longestRun >= 3 ? 0.6 : 0.9);
  const candidates = isCyrillic ? cyrillic : latin;
  const score = isCyrillic ? cyrillicScore : latinScore;
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
const canonical = (name: string): string => {
  const lower = name.toLowerCase();
  return lower === 'iso-8859-1' ? 'windows-1252' : lower;
};

/**
 * How the letters beyond ASCII stand: in Western text a few among ASCII letters, in Cyrillic text alone and in runs.
 * `share` is their part of all letters of the words they are in, words of one letter aside.
 */
function lettersOf(sample: Buffer): { share: number; longestRun: number } {
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
function cyrillicScore(text: string): number {
  const beyond = text.match(/\P{ASCII}/gu)?.length ?? 0;
  if (beyond === 0) return 0;
  const common = text.match(/[оеаинтсрвл]/giu)?.length ?? 0;
  const rare = text.match(/[бгдёжзйкмпуфхцчшщъыьэюяіїєґў№«»]/giu)?.length ?? 0;
  const wrongCase = text.match(/[а-яё][А-ЯЁ]/gu)?.length ?? 0;
  return Math.max(0, (common + 0.6 * rare - 2 * wrongCase) / beyond);
}

/** 0 to 1: characters beyond ASCII are letters in words of sane case, or punctuation outside words. */
function latinScore(text: string): number {
  const beyond = text.match(/\P{ASCII}/gu)?.length ?? 0;
  if (beyond === 0) return 0;
  const undecoded = text.match(/[\ufffd\x80-\x9f]/gu)?.length ?? 0;
  const inWord = text.match(/\p{L}[^\p{L}\p{M}\p{ASCII}’‘–—‐·]+\p{L}/gu)?.length ?? 0;
  const atEdge = text.match(/(?:^|[^\p{L}])[^\p{L}\p{ASCII}„“”‚‘’«»–—•§°€©®™£…¿¡№]+\p{L}/gu)?.length ?? 0;
  const wrongCase = text.match(/\p{Ll}(?![A-Z])\p{Lu}/gu)?.length ?? 0;
  const strange = text.match(/[^\p{ASCII}\p{Script=Latin}„“”‚‘’«»–—•§°€©®™£…¿¡\xa0´·]/gu)?.length ?? 0;
  return Math.max(0, (beyond - 2 * undecoded - inWord - atEdge - wrongCase - 0.5 * strange) / beyond);
}
