import { createHash } from 'node:crypto';
import type { PlannedRow } from '../core/ledger.js';
import { type Json, type JsonObject, entriesOf } from '../core/json.js';
import { canonicalJson, isObject } from '../core/json.js';
import type { Mapping } from '../core/mapping.js';
import type { MappedRow } from '../core/map-row.js';
import { checkVouchedColumns, makeMapping, parseMapFile, type ConsentRequest } from '../core/mapping.js';
import { mappingCache, mapRow } from '../core/map-row.js';
import type { PhoneRule } from '../core/phone-key.js';
import type { InputRow, InputSource } from '../core/row.js';
import type { OptionValues, PushOperation } from '../core/vendor.js';
import { noCountries, readCountries } from './row-countries.js';
import { readRefusals } from './refusals.js';

/** Looks at a planned row; may hold it. `run` is the run being planned. */
export type Review = (planned: PlannedRow, row: InputRow, run: string) => PlannedRow;

/** Rows of one input, and how they become leads. */
export interface Rows {
  readonly source: InputSource;
  /** Options of the operation, after the columns had their say. */
  readonly options: OptionValues;
  /** The mapping of a table's header; null where every row brings its own keys. */
  readonly mapping: Mapping | null;
  map(row: InputRow): MappedRow;
  /** What else keeps a row back; null for nothing. */
  readonly review: Review | null;
  /** Entries of the do-not-call list that the input means, where it is a list of opt-outs; each is blocked here first. */
  readonly optOuts?: readonly string[];
  /** What people should know about the columns before they trust the plan. */
  readonly notes: readonly string[];
  /** Everything that decides what is sent, no secret in it, and its hash. */
  readonly settings: JsonObject;
  readonly settingsHash: string;
}

/** What decides, beside the rows themselves, what is sent. */
export interface RowSettings {
  /** Of the operation, before the columns have a say. */
  readonly options: OptionValues;
  /** A map file as data; null for none. */
  readonly mapFile: Json;
  readonly set: Readonly<Record<string, string>>;
  readonly phone: PhoneRule;
  readonly allowDuplicates: boolean;
  readonly skipInvalid: boolean;
  /** Columns that say nothing about consent although their names do, and who says so and why; null where none are. */
  readonly consentIgnored: { readonly columns: readonly string[]; readonly reason: string } | null;
}

/** Makes the rows of an input mappable. Throws UserError (exit 6) where its columns cannot be mapped. */
export async function rowsOf(
  operation: PushOperation,
  { options: given, mapFile, set, phone, allowDuplicates, skipInvalid, consentIgnored }: RowSettings,
  source: InputSource,
  review: Review | null = null,
): Promise<Rows> {
  const request = {
    fields: operation.fields,
    freeColumn: operation.freeColumn,
    parameters: operation.parameters,
    mapFile: mapFile === null ? null : parseMapFile(mapFile),
    set,
    phone,
  };
  const { columns } = source;
  // Which fields are filled decides what the row does to people, and so whether their consent is looked for.
  const filled = columns && makeMapping({ ...request, columns }).fields.map(({ field }) => field.name);
  const options = operation.withFields?.(given, filled) ?? given;
  const judged = { ...request, consent: consentOf(operation, options, consentIgnored) };
  const mapping = columns && makeMapping({ ...judged, columns });
  const mappingOf = mapping ? () => mapping : mapByOwnKeys(judged);
  const numbered = operation.fields.some(({ type }) => type.kind === 'phone');
  const countries = numbered ? await readCountries(source) : noCountries;
  const read = (row: InputRow): MappedRow => mapRow(mappingOf(row), row, phone, countries.of);
  if (columns) checkVouchedColumns(consentIgnored?.columns ?? [], columns);
  const looksForRefusals = judged.consent !== null && mapping?.consent.length !== 0;
  const held = looksForRefusals
    ? await readRefusals({ operation, options, source, phone, mappingOf, read, countryOf: countries.of })
    : null;
  if (!columns && consentIgnored) checkVouchedColumns(consentIgnored.columns, await readKeys(source));
  const { encoding, delimiter, format } = source.facts;
  const settings = {
    operation: operation.id,
    options,
    mapFile,
    set: { ...set },
    phone: { ...phone },
    allowDuplicates,
    skipInvalid,
    encoding,
    delimiter,
    format,
    ...(consentIgnored && {
      consentIgnored: { columns: [...consentIgnored.columns], reason: consentIgnored.reason },
    }),
  };
  return {
    source,
    options,
    mapping,
    notes: countries.notes,
    map: held ? (row) => held(read(row), row.row) : read,
    review,
    settings,
    settingsHash: createHash('sha256').update(canonicalJson(settings)).digest('hex'),
  };
}

/** What consent columns mean for an operation; null for one that tells people nothing but an end. */
function consentOf(
  operation: PushOperation,
  options: OptionValues,
  ignored: RowSettings['consentIgnored'],
): ConsentRequest | null {
  if (operation.stops?.(options) === true) return null;
  const onlyWhereDialled = operation.reaches(options) === 'nobody';
  return { channel: operation.channel ?? 'call', onlyWhereDialled, ignored: ignored?.columns ?? [] };
}

/** Every key that a row of the input has. */
async function readKeys(source: InputSource): Promise<string[]> {
  const keys = new Set<string>();
  for await (const { columns } of source.rows()) for (const column of columns) keys.add(column);
  return [...keys];
}

/** Rows that bring their own keys are mapped by them. */
function mapByOwnKeys(request: Parameters<typeof mappingCache>[0]): (row: InputRow) => Mapping {
  const mappings = mappingCache(request);
  return (row) => mappings.of(row.columns);
}

/** `--ignore` adds to the map file's own list. */
export function withIgnored(mapData: Json, ignore: readonly string[]): Json {
  if (ignore.length === 0) return mapData;
  const map = isObject(mapData) ? mapData : {};
  const named = Array.isArray(map['ignore']) ? (map['ignore'] as readonly Json[]) : [];
  return { ...map, ignore: [...named, ...ignore] };
}

/** Rows given on the command line, each the value of one field, as an input like any other. */
export function argumentSource(field: string, values: readonly string[]): InputSource {
  const columns = [field];
  const bytes = Buffer.from(values.join('\n'));
  return {
    facts: {
      name: 'arguments',
      sha256: createHash('sha256').update(`arguments\n${field}\n`).update(bytes).digest('hex'),
      bytes: bytes.length,
      format: 'csv',
      encoding: 'utf-8',
      delimiter: null,
    },
    columns,
    warnings: [],
    // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous, the rows are at hand
    async *rows(): AsyncIterable<InputRow> {
      for (const [index, value] of values.entries()) {
        yield { row: index + 1, line: null, columns, values: [value], broken: null };
      }
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Leads as this program prints them (`sales-q update`, `sales-q listen`) taken as input of a push: the number, the
 * comment and the answers become columns; the vendor's own ids, states and chats stay behind. Other rows pass as they are.
 */
export function leadRecords(source: InputSource): InputSource {
  if (source.columns) return source;
  return {
    facts: source.facts,
    columns: null,
    warnings: source.warnings,
    async *rows() {
      for await (const row of source.rows()) yield opened(row);
    },
    close: () => source.close(),
  };
}

const marks = ['phone', 'status', 'data'] as const;

function opened(row: InputRow): InputRow {
  if (row.broken || !marks.every((mark) => row.columns.includes(mark))) return row;
  const value = (column: string): Json => row.values[row.columns.indexOf(column)] ?? null;
  const data = value('data');
  if (!isObject(data)) return row;
  const cells: [string, Json][] = [['phone', value('phone')]];
  if (row.columns.includes('comment')) cells.push(['comment', value('comment')]);
  for (const [name, answer] of entriesOf(data)) {
    if (!cells.some(([taken]) => taken === name)) cells.push([name, answer]);
  }
  return { ...row, columns: cells.map(([name]) => name), values: cells.map(([, cell]) => cell) };
}
