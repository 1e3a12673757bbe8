import { fieldNamed } from './mapping-types.js';
import type { FieldMapping, Flaw, FreeMapping, MappingRequest } from './mapping-types.js';

interface FreeColumns {
  readonly free: readonly FreeMapping[];
  readonly ignored: readonly string[];
  readonly flaws: readonly Flaw[];
}

/** Where the columns no field takes go: beside the fields under their own or another name, or nowhere. */
export function freeColumns(
  request: MappingRequest,
  mapped: readonly FieldMapping[],
  isOwnColumn: (column: string) => boolean,
): FreeColumns {
  const taken = new Set(mapped.map(({ column }) => column));
  const overridden = new Set(mapped.filter(({ how }) => how === 'set').map(({ field }) => field.name));
  const renamed = request.mapFile?.free;
  const ignore = new Set(request.mapFile?.ignore);
  const free: FreeMapping[] = [];
  const ignored: string[] = [];
  request.columns.forEach((column, at) => {
    if (taken.has(column)) return;
    const name = renamed && Object.hasOwn(renamed, column) ? renamed[column] : undefined;
    const unwanted = isOwnColumn(column) || column.trim() === '' || ignore.has('*') || overridden.has(column);
    if (ignore.has(column) || (name === undefined && (unwanted || !request.freeColumn))) ignored.push(column);
    else free.push({ column, name: name ?? column, constant: undefined, at });
  });
  free.push(...freeConstants(request));
  return { free, ignored, flaws: flawsOf(free, request) };
}

/** `--set` and map file values of names that are no field. */
function freeConstants({ fields, mapFile, set }: MappingRequest): FreeMapping[] {
  const values = new Map(Object.entries(mapFile?.fields ?? {}).map(([name, { value }]) => [name, value]));
  for (const [name, value] of Object.entries(set)) values.set(name, value);
  return [...values].flatMap(([name, value]) =>
    value === undefined || fieldNamed(fields, name) ? [] : [{ column: null, name, constant: value, at: -1 }],
  );
}

function flawsOf(free: readonly FreeMapping[], { fields, freeColumn }: MappingRequest): Flaw[] {
  const names = new Set<string>(fields.map(({ name }) => name));
  return free.flatMap(({ column, name }): Flaw[] => {
    const seen = names.has(name);
    names.add(name);
    const hint = mend(column, name);
    if (!freeColumn)
      return [
        flaw(
          'map.no-free-data',
          `"${name}" cannot travel: the operation takes only its own fields`,
          column,
          hint,
        ),
      ];
    const refused = freeColumn(name);
    if (refused) return [{ problem: { ...refused, column: column ?? name }, hint }];
    return seen
      ? [flaw('map.collision', `Two values would travel under the name "${name}"`, column, hint)]
      : [];
  });
}

const flaw = (code: string, message: string, column: string | null, hint: string): Flaw => ({
  problem: column === null ? { code, message } : { code, message, column },
  hint,
});

const mend = (column: string | null, name: string): string =>
  column === null
    ? `Choose another name than "${name}"`
    : `Rename or ignore the column in a map file: --map file.json with ${JSON.stringify({ free: { [column]: '<name>' } })} or ${JSON.stringify({ ignore: [column] })}`;
