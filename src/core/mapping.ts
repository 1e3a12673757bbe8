import { unusable } from './errors.js';
import { draftMapping } from './mapping-draft.js';
import type { MapFile } from './mapping-file.js';
import { example, listOf } from './mapping-types.js';
import type { Flaw, Mapping, MappingRequest } from './mapping-types.js';
import type { FieldSpec } from './vendor.js';

export type { FieldMapping, FreeMapping, Mapping, MappingRequest } from './mapping-types.js';
export { describeMapping } from './mapping-view.js';
export type { MappingLine } from './mapping-view.js';
export { mapFileSchema, parseMapFile } from './mapping-file.js';
export type { MapField, MapFile } from './mapping-file.js';
export { mapRow, mappingCache } from './mapping-row.js';
export type { MappedRow, MappingCache } from './mapping-row.js';

/**
 * Maps a table. Throws UserError (exit 6): `map.unknown-field`, `map.unknown-column`, `map.ambiguous`, `map.no-phone`,
 * `field.missing-column`, `map.collision`, `map.no-free-data`, the vendor's own code for a free column's name it
 * refuses, and a check's code for a constant that fails it.
 */
export function makeMapping(request: MappingRequest): Mapping {
  const named = [...namedColumns(request.mapFile)];
  const unknown = named.find((column) => !request.columns.includes(column));
  if (unknown !== undefined) {
    throw unusable({
      code: 'map.unknown-column',
      message: `The map file names column "${unknown}", which the input does not have`,
      hint: `Columns of the input: ${listOf(request.columns)}`,
    });
  }
  const { mapping, flaws } = draftMapping(request);
  const [flaw] = [
    ...flaws.filter(isTie),
    ...mapping.unmapped.map((field) => noColumn(field, request.columns)),
    ...flaws,
  ];
  if (flaw) throw unusable({ code: flaw.problem.code, message: flaw.problem.message, hint: flaw.hint });
  return mapping;
}

const isTie = ({ problem }: Flaw): boolean => problem.code === 'map.ambiguous';

function namedColumns(mapFile: MapFile | null): Set<string> {
  if (!mapFile) return new Set();
  const columns = Object.values(mapFile.fields).flatMap(({ column }) =>
    column === undefined ? [] : [column],
  );
  return new Set([
    ...columns,
    ...Object.keys(mapFile.free),
    ...mapFile.ignore.filter((column) => column !== '*'),
  ]);
}

const noColumn = (field: FieldSpec, columns: readonly string[]): Flaw => ({
  problem: {
    code: field.type.kind === 'phone' ? 'map.no-phone' : 'field.missing-column',
    message: `No column for the required ${field.type.kind === 'phone' ? 'phone number' : 'field'} "${field.name}"; the input has ${listOf(columns)}`,
  },
  hint: `Name the column in a map file: --map file.json with ${example(field, '<column>')}; or give one value for all rows: --set ${field.name}=<value>`,
});
