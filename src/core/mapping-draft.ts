import { unusable } from './errors.js';
import type { Json } from './json.js';
import type { MapField, MapFile } from './mapping-file.js';
import { freeColumns } from './mapping-free.js';
import { matchHeaders } from './mapping-match.js';
import { example, fieldNamed, listOf } from './mapping-types.js';
import type { FieldMapping, Flaw, Mapping, MappingRequest } from './mapping-types.js';
import { PhoneNumber } from './number.js';
import type { PhoneRule } from './phone-key.js';
import { readNumber } from './phone.js';
import { readCell } from './value.js';
import type { FieldSpec } from './vendor.js';

/** Our own columns of a results file, which can be pushed again as it is (docs/files.md#results-files). */
const isOwnColumn = (column: string): boolean => column.trim().toLowerCase().startsWith('_salesq_');

/** Maps these columns as well as it goes, and says what is wrong. Throws only for what no input could mend. */
export function draftMapping(request: MappingRequest): {
  readonly mapping: Mapping;
  readonly flaws: readonly Flaw[];
} {
  const { columns, fields, mapFile } = request;
  const explicit = explicitFields(request);
  const taken = new Set(explicit.map(({ column }) => column));
  const kept = new Set([...Object.keys(mapFile?.free ?? {}), ...(mapFile?.ignore ?? [])]);
  const candidates = columns.filter(
    (column) => !taken.has(column) && !kept.has(column) && !isOwnColumn(column) && column.trim() !== '',
  );
  const decided = new Set([...explicit.map(({ field }) => field), ...fieldsWithColumn(request)]);
  const { matches, ties } = matchHeaders(
    fields.filter((field) => !decided.has(field)),
    candidates,
  );
  const found = matches.map(({ field, column, how }) => ({
    ...fromColumn(field, column, columns, how),
    rule: ruleOf(sourceOf(mapFile, field)),
  }));
  const mapped = [...explicit, ...found].sort((a, b) => fields.indexOf(a.field) - fields.indexOf(b.field));
  const free = freeColumns(request, mapped, isOwnColumn);
  const flaws = [...ties.map(({ field, columns: tied }) => ambiguous(field, tied)), ...free.flaws];
  const settled = new Set([...mapped.map(({ field }) => field), ...ties.map(({ field }) => field)]);
  const mapping: Mapping = {
    columns,
    fields: mapped,
    free: free.free,
    ignored: free.ignored,
    unmapped: fields.filter((field) => field.required && !settled.has(field)),
    problems: flaws.map(({ problem }) => problem),
    phoneField: phoneFieldOf(fields),
  };
  return { mapping, flaws };
}

const fromColumn = (
  field: FieldSpec,
  column: string,
  columns: readonly string[],
  how: FieldMapping['how'],
): FieldMapping => ({ field, column, constant: undefined, how, at: columns.indexOf(column), rule: null });

const phoneFieldOf = (fields: readonly FieldSpec[]): string | null => {
  const phones = fields.filter(({ type }) => type.kind === 'phone');
  return (phones.find(({ column }) => column?.concept === 'phone') ?? phones[0])?.name ?? null;
};

const sourceOf = (mapFile: MapFile | null, field: FieldSpec): MapField =>
  Object.entries(mapFile?.fields ?? {}).find(([name]) => fieldNamed([field], name))?.[1] ?? {};

const ruleOf = ({ format, country }: MapField): Partial<PhoneRule> => ({
  ...(format === undefined ? {} : { format }),
  ...(country === undefined ? {} : { country }),
});

/** Fields the map file gives a column: where a row lacks it, no other column takes its place. */
const fieldsWithColumn = ({ fields, mapFile }: MappingRequest): FieldSpec[] =>
  fields.filter((field) => sourceOf(mapFile, field).column !== undefined);

/** Fields that `--set` or the map file decide; `--set` wins. */
function explicitFields(request: MappingRequest): FieldMapping[] {
  const { columns, fields, mapFile, set } = request;
  const decided = new Map<FieldSpec, FieldMapping>();
  for (const [name, source] of Object.entries(mapFile?.fields ?? {})) {
    const field = fieldNamed(fields, name);
    if (!field) {
      if (source.value === undefined || !request.freeColumn) throw unknownField(name, 'The map file', fields);
    } else if (source.value !== undefined) {
      decided.set(field, constant(field, source.value, 'map', { ...request.phone, ...ruleOf(source) }));
    } else if (source.column !== undefined && columns.includes(source.column)) {
      decided.set(field, { ...fromColumn(field, source.column, columns, 'map'), rule: ruleOf(source) });
    }
  }
  for (const [name, value] of Object.entries(set)) {
    const field = fieldNamed(fields, name);
    if (field) {
      decided.set(
        field,
        constant(field, value, 'set', { ...request.phone, ...ruleOf(sourceOf(mapFile, field)) }),
      );
    } else if (!request.freeColumn) throw unknownField(name, '--set', fields);
  }
  return [...decided.values()];
}

function constant(field: FieldSpec, value: Json, how: 'map' | 'set', phone: PhoneRule): FieldMapping {
  const checked = readCell({ ...field, required: true }, value, {
    from: 'column',
    number: readNumber,
    rule: phone,
  });
  if (checked.ok) {
    const { value: read } = checked;
    const fixed = read instanceof PhoneNumber ? read.international() : read;
    return { field, column: null, constant: fixed, how, at: -1, rule: null };
  }
  throw unusable({
    code: checked.problem.code,
    message: `The value ${how === 'set' ? '--set gives' : 'the map file gives'} for "${field.name}" cannot be used: ${checked.problem.message}`,
    hint: field.about,
  });
}

const unknownField = (name: string, who: string, fields: readonly FieldSpec[]) =>
  unusable({
    code: 'map.unknown-field',
    message: `${who} names the field "${name}", which the operation does not have`,
    hint: `Fields: ${listOf(fields.map((field) => field.name))}`,
  });

const ambiguous = (field: FieldSpec, columns: readonly string[]): Flaw => ({
  problem: {
    code: 'map.ambiguous',
    message: `Columns ${listOf(columns)} all mean the field "${field.name}"`,
    column: columns[0],
  },
  hint: `Say which in a map file: --map file.json with ${example(field, columns[0] ?? '')}`,
});
