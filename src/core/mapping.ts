import { isConsentColumn, type Channel } from './consent.js';
import { unusable } from './errors.js';
import { shellWord } from './hint.js';
import { type Json, writeJson } from './json.js';
import type { MapField, MapFile } from './mapping-file.js';
import { PhoneNumber, type Sealed } from './number.js';
import type { PhoneRule } from './phone-key.js';
import { readNumber } from './phone.js';
import type { Problem } from './row.js';
import { countryColumn, matchHeaders, normaliseHeader, type CountryColumn } from './synonyms.js';
import { readCell, type Field } from './value.js';
import type { PushOperation } from './vendor.js';

export { mapFileSchema, parseMapFile } from './mapping-file.js';
export type { MapField, MapFile } from './mapping-file.js';

export interface MappingRequest {
  /** Header of the input, in order. */
  readonly columns: readonly string[];
  readonly fields: readonly Field[];
  /** Of the operation; undefined where it takes no free data. */
  readonly freeColumn: PushOperation['freeColumn'] | undefined;
  /** Of the operation; undefined where it has none. */
  readonly parameters?: PushOperation['parameters'] | undefined;
  readonly mapFile: MapFile | null;
  /** `--set field=value`. */
  readonly set: Readonly<Record<string, string>>;
  readonly phone: PhoneRule;
  /** How the rows turn to people, and the columns somebody vouched for; null where no person hears of them. */
  readonly consent?: ConsentRequest | null;
}

export interface ConsentRequest {
  readonly channel: Channel;
  /** True where people hear of nothing but the numbers that a row brings and that are dialled, if it brings one. */
  readonly onlyWhereDialled: boolean;
  /** Columns that say nothing about consent although their names do; case and punctuation make no difference. */
  readonly ignored: readonly string[];
}

export interface FieldMapping {
  readonly field: Field;
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
  readonly unmapped: readonly Field[];
  /** What is wrong with every row of these columns; only where rows bring their own keys. */
  readonly problems: readonly Problem[];
  /** The field that holds the person's number, if the operation has one. */
  readonly phoneField: string | null;
  /** Columns that say whether the person wants to be contacted. */
  readonly consent: readonly { readonly column: string; readonly at: number }[];
  /** Columns whose names mean the country of the row. */
  readonly countries: readonly (CountryColumn & { readonly column: string; readonly at: number })[];
}

/** A problem of a mapping, with what to do about it. */
interface Flaw {
  readonly problem: Problem;
  readonly hint: string;
}

/** The field a person means by that name; case and punctuation do not make it another one. */
const fieldNamed = (fields: readonly Field[], name: string): Field | undefined =>
  fields.find((field) => field.name === name) ??
  fields.find((field) => normaliseHeader(field.name) === normaliseHeader(name));

/** Names for a message: quoted, and not more than a reader takes in. */
/** In place of a name a number may stand: of a file whose first line is a row. Nobody is shown it whole. */
const isNumber = (name: string): boolean => !/\p{L}/u.test(name) && name.replace(/\D/g, '').length >= 7;

const shownName = (name: string): string =>
  isNumber(name) ? 'a phone number (•••)' : writeJson(name.slice(0, 60));

function listOf(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 20).map(shownName);
  return names.length > shown.length
    ? `${shown.join(', ')} and ${names.length - shown.length} more`
    : shown.join(', ');
}

/** A map file that gives the field a column, for a hint. */
const example = (field: Field, column: string): string => writeJson({ fields: { [field.name]: column } });

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

/** Whether a column is the one a person means by that name; case and punctuation do not make it another one. */
const isColumn = (column: string, name: string): boolean =>
  column === name || normaliseHeader(column) === normaliseHeader(name);

/** Throws UserError (exit 6) `map.unknown-column` where a column somebody vouches for is none of the input's. */
export function checkVouchedColumns(names: readonly string[], columns: readonly string[]): void {
  const missed = names.find((name) => !columns.some((column) => isColumn(column, name)));
  if (missed === undefined) return;
  throw unusable({
    code: 'map.unknown-column',
    message: `--consent-ignored names column ${writeJson(missed)}, which the input does not have`,
    hint: `Columns of the input: ${listOf(columns)}`,
  });
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

const noColumn = (field: Field, columns: readonly string[]): Flaw => ({
  problem: {
    code: field.type.kind === 'phone' ? 'map.no-phone' : 'field.missing-column',
    message: `No column for the required ${field.type.kind === 'phone' ? 'phone number' : 'field'} "${field.name}"; the input has ${listOf(columns)}`,
  },
  hint: columns.some(isNumber)
    ? `The first line of the input must name its columns, and holds a number: write one above it, like "${field.name}"`
    : `Name the column in a map file: --map file.json with ${example(field, '<column>')}; or give one value for all rows: --set ${field.name}=<value>`,
});

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
  const consent = consentColumns(request, mapped);
  const free = freeColumns(request, mapped, new Set(consent.map(({ column }) => column)));
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
    consent,
    countries: countryColumns(columns),
  };
  return { mapping, flaws };
}

/** Whether a person may hear of the rows: the operation reaches people, or a field is filled whose number is dialled. */
const mayBeHeardOf = ({ consent }: MappingRequest, mapped: readonly FieldMapping[]): boolean =>
  consent?.onlyWhereDialled === false || mapped.some(({ field }) => field.dials === true);

/** The columns that can say no for their row. */
function consentColumns(request: MappingRequest, mapped: readonly FieldMapping[]): Mapping['consent'] {
  const { columns, consent } = request;
  if (!consent || !mayBeHeardOf(request, mapped)) return [];
  const { channel, ignored } = consent;
  return columns.flatMap((column, at) =>
    isConsentColumn(column, channel) && !ignored.some((name) => isColumn(column, name))
      ? [{ column, at }]
      : [],
  );
}

/** Columns that tell the country of the row, if they hold one at all. */
export const countryColumns = (columns: readonly string[]): Mapping['countries'] =>
  columns.flatMap((column, at) => {
    const known = countryColumn(column);
    return known === null ? [] : [{ ...known, column, at }];
  });

const fromColumn = (
  field: Field,
  column: string,
  columns: readonly string[],
  how: FieldMapping['how'],
): FieldMapping => ({ field, column, constant: undefined, how, at: columns.indexOf(column), rule: null });

const phoneFieldOf = (fields: readonly Field[]): string | null => {
  const phones = fields.filter(({ type }) => type.kind === 'phone');
  return (phones.find(({ column }) => column?.concept === 'phone') ?? phones[0])?.name ?? null;
};

const sourceOf = (mapFile: MapFile | null, field: Field): MapField =>
  Object.entries(mapFile?.fields ?? {}).find(([name]) => fieldNamed([field], name))?.[1] ?? {};

const ruleOf = ({ format, country }: MapField): Partial<PhoneRule> => ({
  ...(format === undefined ? {} : { format }),
  ...(country === undefined ? {} : { country }),
});

/** Fields the map file gives a column: where a row lacks it, no other column takes its place. */
const fieldsWithColumn = ({ fields, mapFile }: MappingRequest): Field[] =>
  fields.filter((field) => sourceOf(mapFile, field).column !== undefined);

/** Fields that `--set` or the map file decide; `--set` wins. */
function explicitFields(request: MappingRequest): FieldMapping[] {
  const { columns, fields, mapFile, set } = request;
  const decided = new Map<Field, FieldMapping>();
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

function constant(field: Field, value: Json, how: 'map' | 'set', phone: PhoneRule): FieldMapping {
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

const unknownField = (name: string, who: string, fields: readonly Field[]) =>
  unusable({
    code: 'map.unknown-field',
    message: `${who} names the field "${name}", which the operation does not have`,
    hint: `Fields: ${listOf(fields.map((field) => field.name))}`,
  });

const ambiguous = (field: Field, columns: readonly string[]): Flaw => ({
  problem: {
    code: 'map.ambiguous',
    message: `Columns ${listOf(columns)} all mean the field "${field.name}"`,
    column: columns[0],
  },
  hint: `Say which in a map file: --map file.json with ${example(field, columns[0] ?? '')}`,
});

interface FreeColumns {
  readonly free: readonly FreeMapping[];
  readonly ignored: readonly string[];
  readonly flaws: readonly Flaw[];
}

/**
 * Where the columns no field takes go: beside the fields under their own or another name, or nowhere.
 * @param staying columns that travel only where a map file names them
 */
function freeColumns(
  request: MappingRequest,
  mapped: readonly FieldMapping[],
  staying: ReadonlySet<string>,
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
    const unwanted =
      isOwnColumn(column) ||
      staying.has(column) ||
      column.trim() === '' ||
      ignore.has('*') ||
      overridden.has(column);
    if (ignore.has(column) || (name === undefined && (unwanted || !request.freeColumn))) ignored.push(column);
    else free.push({ column, name: name ?? column, constant: undefined, at });
  });
  free.push(...freeConstants(request));
  const staysHere = ignored.filter((column) => !ignore.has(column));
  const parameters = parameterFlaws(
    [...staysHere.map((column) => ({ column, name: column })), ...free],
    request,
  );
  return {
    free,
    ignored,
    flaws: [...parameters, ...consentConstants(request, mapped), ...flawsOf(free, request)],
  };
}

/** Columns and names that mean a parameter of the whole request; those a map file or `--ignore` names are none. */
function parameterFlaws(
  named: readonly Pick<FreeMapping, 'column' | 'name'>[],
  { parameters = {} }: MappingRequest,
): Flaw[] {
  const known = new Map(Object.entries(parameters).map((entry) => [normaliseHeader(entry[0]), entry]));
  return named.flatMap(({ column, name }): Flaw[] => {
    const parameter = known.get(normaliseHeader(name));
    if (!parameter) return [];
    const [documented, giver] = parameter;
    const what = column === null ? `The name "${name}"` : `Column "${column}"`;
    const given = giver === null ? 'this command does not give it' : `${giver} gives it, for all rows`;
    const stay =
      column === null ? `do not give "${name}"` : `take the column out: --ignore ${shellWord(column)}`;
    return [
      flaw(
        'field.parameter',
        `${what} is named as the parameter "${documented}" of the vendor, which holds for a whole request: ${given}`,
        column,
        giver?.startsWith('--')
          ? `Give ${giver} if it is meant for all rows, and ${stay}`
          : stay.replace(/^./u, (first) => first.toUpperCase()),
      ),
    ];
  });
}

/** Values for all rows under a name that says who wants no contact: they are no free data either. */
const consentConstants = (request: MappingRequest, mapped: readonly FieldMapping[]): Flaw[] => {
  const { consent } = request;
  if (!consent || !mayBeHeardOf(request, mapped)) return [];
  return freeConstants(request).flatMap(({ name }) =>
    isConsentColumn(name, consent.channel) && !consent.ignored.some((other) => isColumn(name, other))
      ? [
          flaw(
            'consent.constant',
            `The name "${name}" says whether a person wants contact, and one value for all rows cannot`,
            null,
            `Do not give "${name}"`,
          ),
        ]
      : [],
  );
};

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
    : `Rename or ignore the column in a map file: --map file.json with ${writeJson({ free: { [column]: '<name>' } })} or ${writeJson({ ignore: [column] })}`;
