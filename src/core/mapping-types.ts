import type { Json } from './json.js';
import type { MapFile } from './mapping-file.js';
import type { Sealed } from './number.js';
import type { PhoneRule } from './phone-key.js';
import type { Problem } from './row.js';
import { normaliseHeader } from './synonyms.js';
import type { FieldSpec, PushOperation } from './vendor.js';

export interface MappingRequest {
  /** Header of the input, in order. */
  readonly columns: readonly string[];
  readonly fields: readonly FieldSpec[];
  /** Of the operation; undefined where it takes no free data. */
  readonly freeColumn: PushOperation['freeColumn'] | undefined;
  readonly mapFile: MapFile | null;
  /** `--set field=value`. */
  readonly set: Readonly<Record<string, string>>;
  readonly phone: PhoneRule;
}

export interface FieldMapping {
  readonly field: FieldSpec;
  readonly column: string | null;
  /** The same value for every row, already checked; undefined where a column gives it. */
  readonly constant: Sealed | undefined;
  readonly how: 'map' | 'set' | 'name' | 'synonym';
  /** Position of the column; -1 without one. */
  readonly at: number;
  /** What the map file says of this column's numbers, over the run's own rule; null if nothing. */
  readonly rule: Partial<PhoneRule> | null;
}

export interface FreeMapping {
  /** Null for a constant. */
  readonly column: string | null;
  readonly name: string;
  readonly constant: Json | undefined;
  readonly at: number;
}

/** Which column of an input becomes which field of an operation. */
export interface Mapping {
  readonly columns: readonly string[];
  readonly fields: readonly FieldMapping[];
  readonly free: readonly FreeMapping[];
  /** Columns that are not sent. */
  readonly ignored: readonly string[];
  /** Required fields no column means; only where rows bring their own keys. */
  readonly unmapped: readonly FieldSpec[];
  /** What is wrong with every row of these columns; only where rows bring their own keys. */
  readonly problems: readonly Problem[];
  /** The field that holds the person's number, if the operation has one. */
  readonly phoneField: string | null;
}

/** A problem of a mapping, with what to do about it. */
export interface Flaw {
  readonly problem: Problem;
  readonly hint: string;
}

/** The field a person means by that name; case and punctuation do not make it another one. */
export const fieldNamed = (fields: readonly FieldSpec[], name: string): FieldSpec | undefined =>
  fields.find((field) => field.name === name) ??
  fields.find((field) => normaliseHeader(field.name) === normaliseHeader(name));

/** Names for a message: quoted, and not more than a reader takes in. */
export function listOf(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 20).map((name) => JSON.stringify(name.slice(0, 60)));
  return names.length > shown.length
    ? `${shown.join(', ')} and ${names.length - shown.length} more`
    : shown.join(', ');
}

/** A map file that gives the field a column, for a hint. */
export const example = (field: FieldSpec, column: string): string =>
  JSON.stringify({ fields: { [field.name]: column } });
