import { spellings } from './synonym-table.js';
import type { Concept } from './vendor.js';

/** How surely a header means a concept: 0 specific (mobile number), 1 usual, 2 only if nothing better is there. */
export type Likeness = 0 | 1 | 2;

const umlauts: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', ё: 'е' };

/**
 * A header reduced to what is compared: lower case, letters and digits only, `ä ö ü ß` as `ae oe ue ss`, other
 * Latin accents dropped. `Telefon (mobil)`, `telefon_mobil` and `TELEFON-MOBIL` are the same.
 */
export function normaliseHeader(header: string): string {
  return header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[äöüßё]/gu, (char) => umlauts[char] ?? char)
    .normalize('NFD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** The other way people drop umlauts: `Strasse` needs none, but `Geschaft` and `Buro` are typed too. */
const withoutUmlauts = (header: string): string =>
  normaliseHeader(header.replace(/[äöü]/giu, (char) => char.normalize('NFD').slice(0, 1)));

const table = new Map<string, { readonly concept: Concept; readonly likeness: Likeness }[]>();
for (const [concept, likeness, list] of spellings) {
  for (const spelling of list.split(',').map((part) => part.trim())) {
    for (const key of new Set([normaliseHeader(spelling), withoutUmlauts(spelling)])) {
      const known = table.get(key) ?? [];
      if (!known.some((entry) => entry.concept === concept)) known.push({ concept, likeness });
      table.set(
        key,
        known.sort((a, b) => a.likeness - b.likeness),
      );
    }
  }
}

/** What a header can mean in English, German or Russian, likeliest first; empty where it is not known. */
export const conceptsOf = (header: string): readonly Concept[] =>
  (table.get(normaliseHeader(header)) ?? []).map(({ concept }) => concept);

/** How surely a header means that concept; null where it does not. */
export const likenessOf = (header: string, concept: Concept): Likeness | null =>
  table.get(normaliseHeader(header))?.find((entry) => entry.concept === concept)?.likeness ?? null;
