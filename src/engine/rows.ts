import { createHash } from 'node:crypto';
import { refusalIn, strongerRefusal, type Refusal } from '../core/consent.js';
import type { PlannedRow } from '../core/ledger.js';
import { type Json, type JsonObject, writeJson, entriesOf } from '../core/json.js';
import { canonicalJson, isObject, plainText } from '../core/json.js';
import type { Mapping } from '../core/mapping.js';
import type { MappedRow } from '../core/map-row.js';
import { checkVouchedColumns, makeMapping, parseMapFile, type ConsentRequest } from '../core/mapping.js';
import { mappingCache, mapRow, valueOf, type CountryOfRow } from '../core/map-row.js';
import { numbersIn, textOfKey } from '../core/number.js';
import type { PhoneRule } from '../core/phone-key.js';
import type { InputRow, InputSource, Problem } from '../core/row.js';
import { countryColumn, type CountryColumn } from '../core/synonyms.js';
import { isEmpty } from '../core/value.js';
import type { OptionValues, PushOperation } from '../core/vendor.js';

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
  const peopleOf = (mapped: MappedRow): string[] => namesOfPeople(operation, options, mapped);
  const refused =
    judged.consent === null || mapping?.consent.length === 0
      ? new Map<string, Refusal>()
      : await readRefused(source, (row) => {
          const refuses = refusalOf(mappingOf(row), row);
          return { refuses, people: refuses === null ? [] : peopleOf(read(row)) };
        });
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
    map: (row) => {
      const mapped = read(row);
      if (refused.size === 0) return mapped;
      const refusals = peopleOf(mapped).map((name) => refused.get(name) ?? null);
      return hold(mapped, refusals.reduce(strongerRefusal, null));
    },
    review,
    settings,
    settingsHash: createHash('sha256').update(canonicalJson(settings)).digest('hex'),
  };
}

/** What consent columns mean for an operation; null where no person hears of its rows, or of nothing but an end. */
function consentOf(
  operation: PushOperation,
  options: OptionValues,
  ignored: RowSettings['consentIgnored'],
): ConsentRequest | null {
  if (operation.reaches(options) === 'nobody') return null;
  return { channel: operation.channel ?? 'call', ignored: ignored?.columns ?? [] };
}

/** What the columns of the row say that the person refuses. */
const refusalOf = (mapping: Mapping, row: InputRow): Refusal | null =>
  mapping.consent
    .map(({ column, at }) => refusalIn(column, valueOf(row, column, at)))
    .reduce(strongerRefusal, null);

/** What tells that two rows are about one person: their numbers, and the field that the operation names. */
function namesOfPeople({ key }: PushOperation, options: OptionValues, { lead }: MappedRow): string[] {
  const numbers = numbersIn(lead.fields).map((number) => textOfKey(number.key));
  const by = typeof key === 'function' ? key(options) : key;
  const own = by === 'content' ? undefined : lead.fields[by.field];
  return own === undefined || numbersIn(own).length > 0
    ? numbers
    : [...numbers, `key ${plainText(own as Json)}`];
}

/** The people whom any row of the input refuses, and what; whatever other rows say of them, they are held. */
async function readRefused(
  source: InputSource,
  refusedIn: (row: InputRow) => { readonly refuses: Refusal | null; readonly people: readonly string[] },
): Promise<ReadonlyMap<string, Refusal>> {
  const refused = new Map<string, Refusal>();
  for await (const row of source.rows()) {
    if (row.broken) continue;
    const { refuses, people } = refusedIn(row);
    for (const name of people) {
      const strongest = strongerRefusal(refuses, refused.get(name) ?? null);
      if (strongest !== null) refused.set(name, strongest);
    }
  }
  return refused;
}

const refusedElsewhere: Problem = {
  code: 'consent.refused',
  message: 'Another row of the file says that this person wants no contact',
};

/** The row of somebody whom another row may refuse; one that says so itself needs no second word. */
function hold(mapped: MappedRow, refusal: Refusal | null): MappedRow {
  if (refusal === null) return mapped;
  const refuses = strongerRefusal(mapped.refuses, refusal);
  if (mapped.problems.some(({ problem }) => problem.code === refusedElsewhere.code))
    return { ...mapped, refuses };
  const problems = [...mapped.problems, { problem: refusedElsewhere, state: 'held' as const }];
  return { ...mapped, refuses, problems };
}

/** Every key that a row of the input has. */
async function readKeys(source: InputSource): Promise<string[]> {
  const keys = new Set<string>();
  for await (const { columns } of source.rows()) for (const column of columns) keys.add(column);
  return [...keys];
}

interface Countries {
  readonly of: CountryOfRow;
  readonly notes: readonly string[];
}

const noCountries: Countries = { of: () => null, notes: [] };

/** Rows that are looked through for a column of countries where no header tells of one. */
const mostRowsWithoutHeader = 1_000;

/** What the values of a column that may hold countries are: some are countries, and some are not. */
interface CountryValues extends CountryColumn {
  countries: boolean;
  others: boolean;
}

/** Nothing more that is read could change what is known of the column. */
const isDecided = ({ by, countries, others }: CountryValues): boolean =>
  by === 'calling' ? others : countries;

const holdsCountries = ({ by, countries, others }: CountryValues): boolean =>
  countries && !(by === 'calling' && others);

/** What people should know of a column that was passed over; null where its name means something else as well. */
function noteOf(column: string, { by, countries }: CountryValues): string | null {
  const name = writeJson(column);
  if (by !== 'calling') return `column ${name} holds no country: numbers are read without it`;
  return countries ? `column ${name} holds not only codes of countries: numbers are read without it` : null;
}

/**
 * How the country of a row is read. A column of that name which holds no country in the whole input says something else
 * (`Land` = Bayern, `Vorwahl` = 030): it is passed over, and said.
 */
export async function readCountries(source: Pick<InputSource, 'columns' | 'rows'>): Promise<Countries> {
  const found = new Map<string, CountryValues>();
  const learn = (column: string): CountryValues | undefined => {
    const known = found.get(column);
    const named = known ?? countryColumn(column);
    if (!named || known) return known;
    const values = { ...named, countries: false, others: false };
    found.set(column, values);
    return values;
  };
  source.columns?.forEach(learn);
  if (source.columns && found.size === 0) return noCountries;
  const { countryIn } = await import('../core/country.js');
  let seen = 0;
  for await (const { columns, values, broken } of source.rows()) {
    seen += 1;
    if (broken) continue;
    columns.forEach((column, at) => {
      const known = learn(column);
      if (!known || isEmpty(values[at])) return;
      if (countryIn(values[at] ?? null, known.by) === null) known.others = true;
      else known.countries = true;
    });
    if ([...found.values()].every(isDecided) && (found.size > 0 || seen >= mostRowsWithoutHeader)) break;
  }
  const passedOver = [...found].filter(([, values]) => !holdsCountries(values));
  const of: CountryOfRow = (mapping, row) => {
    const named = { number: new Set<string | null>(), person: new Set<string | null>() };
    for (const { column, at, of: whose, by } of mapping.countries) {
      const values = found.get(column);
      if (!values || !holdsCountries(values)) continue;
      const cell = valueOf(row, column, at);
      if (!isEmpty(cell)) named[whose].add(countryIn(cell ?? null, by));
    }
    const countries = named.number.size > 0 ? named.number : named.person;
    const [country] = countries;
    if (country === undefined) return null;
    return countries.size > 1 || country === null ? 'unknown' : { country };
  };
  return { of, notes: passedOver.flatMap(([column, values]) => noteOf(column, values) ?? []) };
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
