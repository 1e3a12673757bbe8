import { likenessOf, normaliseHeader } from './synonyms.js';
import type { FieldSpec } from './vendor.js';

/** A column found for a field by its header alone. */
export interface Match {
  readonly field: FieldSpec;
  readonly column: string;
  readonly how: 'name' | 'synonym';
}

/** Columns of which more than one means the field equally. */
export interface Tie {
  readonly field: FieldSpec;
  readonly columns: readonly string[];
}

const ranks = [0, 1, 2, 3, 4, 5] as const;

/** 0 the very name, 1 the name but for case and punctuation, 2 an alias, 3–5 a synonym from specific to vague. */
function rankOf(field: FieldSpec, column: string): number | null {
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
  fields: readonly FieldSpec[],
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
