import { z } from 'zod';
import { unusable } from './errors.js';
import { type Json, ExactNumber, isNested, type JsonObject } from './json.js';
import { isCountry, phoneFormats } from './phone.js';
import type { PhoneFormat } from './phone.js';

/** Where a field's value comes from: a column of the input, or the same value for every row. */
export interface MapField {
  readonly column?: string | undefined;
  readonly value?: Json | undefined;
  /** How the numbers of this column are written; only for phone fields. */
  readonly format?: PhoneFormat | undefined;
  readonly country?: string | undefined;
}

/** A map file (`--map`), plain JSON. Its records have no prototype, so that a column may be called `__proto__`. */
export interface MapFile {
  readonly fields: Readonly<Record<string, MapField>>;
  /** Free columns that travel under another name: column → name. */
  readonly free: Readonly<Record<string, string>>;
  /** Columns that stay at home; `*` stands for every column no field takes and `free` does not name. */
  readonly ignore: readonly string[];
}

const json: z.ZodType<Json> = z.json();

const mapField = z.union(
  [
    z.string(),
    z
      .strictObject({
        column: z.string().optional().describe('Column of the input'),
        value: json.optional().describe('The same value for every row'),
        format: z.enum(phoneFormats).optional().describe('How the phone numbers of this column are written'),
        country: z
          .string()
          .refine(isCountry, 'must be a country code such as DE')
          .optional()
          .describe('Country of national phone numbers, ISO 3166 alpha-2'),
      })
      .refine(
        ({ column, value }) => column === undefined || value === undefined,
        'takes column or value, not both',
      ),
  ],
  { error: 'must be a column name, or an object with column, value, format, country' },
);

/** The shape of a map file, for reading and for the published JSON Schema. */
export const mapFileSchema = z.strictObject({
  fields: z.record(z.string(), mapField).optional().describe("The vendor's fields and where each comes from"),
  free: z.record(z.string(), z.string()).optional().describe('Columns that travel under another name'),
  ignore: z.array(z.string()).optional().describe('Columns that are not sent; * for all that are not named'),
});

/** Reads a parsed map file; `name` is its file name for the message. Throws UserError `map.invalid` (exit 6). */
export function parseMapFile(value: Json, name = 'the map file'): MapFile {
  const parsed = mapFileSchema.safeParse(ordinary(value));
  if (!parsed.success) throw invalid(parsed.error, name);
  // zod drops a key `__proto__`; the original, which has just passed, still has it.
  const raw = value as { fields?: Record<string, string | MapField>; free?: Record<string, string> };
  return {
    fields: record(raw.fields, (source) => (typeof source === 'string' ? { column: source } : source)),
    free: record(raw.free, String),
    ignore: parsed.data.ignore ?? [],
  };
}

/** The same with numbers that zod knows. */
function ordinary(value: Json): Json {
  if (value instanceof ExactNumber) return Number(value);
  if (!isNested(value)) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(ordinary);
  return record(value as JsonObject, ordinary);
}

function record<From, To>(
  from: Readonly<Record<string, From>> = {},
  to: (value: From) => To,
): Record<string, To> {
  const result = Object.create(null) as Record<string, To>;
  for (const [key, value] of Object.entries(from)) result[key] = to(value);
  return result;
}

function invalid(error: z.ZodError, name: string) {
  const issue = deepest(error.issues[0]);
  const where = short(issue?.path.map(String).join('.') ?? '');
  return unusable({
    code: 'map.invalid',
    message: `${name} is not a valid map file: ${where === '' ? '' : `${where}: `}${short(issue?.message ?? 'unreadable')}`,
    hint: 'A map file looks like {"fields":{"Phone":{"column":"Handy","format":"national"}},"free":{"Ort":"City"},"ignore":["Notes"]}',
  });
}

/** Unknown keys are listed, all of them. */
const short = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

/** A union hides what is wrong inside its object; the last branch is the object. */
function deepest(issue: z.core.$ZodIssue | undefined): { path: PropertyKey[]; message: string } | undefined {
  if (issue?.code !== 'invalid_union') return issue;
  const inner = issue.errors.at(-1)?.[0];
  if (
    !inner ||
    inner.path.length + (inner.code === 'unrecognized_keys' || inner.code === 'custom' ? 1 : 0) === 0
  )
    return issue;
  return { path: [...issue.path, ...inner.path], message: inner.message };
}
