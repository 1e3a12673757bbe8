import { spellings } from './synonym-table.js';
import type { Concept } from './vendor.js';
import type { Field } from './value.js';

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

/** A column found for a field by its header alone. */
export interface Match {
  readonly field: Field;
  readonly column: string;
  readonly how: 'name' | 'synonym';
}

/** Columns of which more than one means the field equally. */
export interface Tie {
  readonly field: Field;
  readonly columns: readonly string[];
}

const ranks = [0, 1, 2, 3, 4, 5] as const;

/** 0 the very name, 1 the name but for case and punctuation, 2 an alias, 3–5 a synonym from specific to vague. */
function rankOf(field: Field, column: string): number | null {
  if (column === field.name) return 0;
  const header = normaliseHeader(column);
  if (header === normaliseHeader(field.name)) return 1;
  if (field.column?.aliases?.some((alias) => normaliseHeader(alias) === header)) return 2;
  const concept = field.column?.concept;
  const likeness = concept === undefined ? null : likenessOf(column, concept);
  return likeness === null ? null : 3 + likeness;
}

/**
 * Finds a column for each field, surest pairs first; a column serves one field. Where two columns are equally sure
 * (and no surer one is there) the field gets none of them: a person decides.
 */
export function matchHeaders(
  fields: readonly Field[],
  columns: readonly string[],
): { readonly matches: readonly Match[]; readonly ties: readonly Tie[] } {
  const matches: Match[] = [];
  const ties: Tie[] = [];
  const left = new Set(columns);
  const open = new Set(fields);
  const table = new Map(fields.map((field) => [field, columns.map((column) => rankOf(field, column))]));
  for (const rank of ranks) {
    for (const field of fields) {
      if (!open.has(field)) continue;
      const found = columns.filter((column, index) => left.has(column) && table.get(field)?.[index] === rank);
      if (found.length === 0) continue;
      open.delete(field);
      const [column] = found;
      if (found.length > 1 || column === undefined) {
        ties.push({ field, columns: found });
        continue;
      }
      left.delete(column);
      matches.push({ field, column, how: rank < 2 ? 'name' : 'synonym' });
    }
  }
  return { matches, ties };
}
