import { consentProblem, refusalIn, strongerRefusal, type Refusal } from './consent.js';
import { emptyRecord, plainText, type Json, writeJson, recordOf } from './json.js';
import { draftMapping, type Mapping, type MappingRequest } from './mapping.js';
import { PhoneNumber, textOfKey, type Sealed } from './number.js';
import type { PhoneRule } from './phone-key.js';
import { readNumber, tidyPhone } from './phone.js';
import type { InputRow, Problem } from './row.js';
import { inColumn, isEmpty, missing, readCell } from './value.js';
import type { Lead } from './vendor.js';

/** A row after mapping and checks; with problems its lead is not to be sent. */
export interface MappedRow {
  readonly lead: Lead;
  /** E.164 of the person, where it could be read. */
  readonly phone: string | null;
  /** All of them, each naming its column. */
  readonly problems: readonly { readonly problem: Problem; readonly state: 'invalid' | 'held' }[];
  /** What the row says that the person refuses; null for nothing. */
  readonly refuses: Refusal | null;
  /** Of a row that refuses: every number its person may have, as entries of the do-not-call list. */
  readonly refusing?: readonly string[];
}

/** What the row's own columns say of its country; `unknown` where they name one nobody knows, or several. */
export type RowCountry = { readonly country: string } | 'unknown' | null;

/** Reads the country of a row; null where it says none. */
export type CountryOfRow = (mapping: Pick<Mapping, 'countries'>, row: InputRow) => RowCountry;

/**
 * Maps and checks a row. `phone` is the run's rule; the row's own country goes before it, and what the map file says of a
 * column before both. Never throws.
 */
export function mapRow(
  mapping: Mapping,
  row: InputRow,
  phone: PhoneRule,
  countryOf: CountryOfRow = () => null,
): MappedRow {
  const fields = emptyRecord<Sealed>();
  const problems: { problem: Problem; state: 'invalid' | 'held' }[] = [];
  const invalid = (problem: Problem): void => void problems.push({ problem, state: 'invalid' });
  if (row.broken) invalid(row.broken);
  mapping.problems.forEach(invalid);
  const country = mapping.countries.length === 0 ? null : countryOf(mapping, row);
  const ofRow = country === null || country === 'unknown' ? phone : { ...phone, ...country };
  for (const { field, column, constant, at, rule } of mapping.fields) {
    if (column === null) {
      if (constant !== undefined) fields[field.name] = constant;
      continue;
    }
    const value = valueOf(row, column, at);
    const checked = readCell(field, value, {
      from: 'column',
      number: readNumber,
      rule: rule ? { ...ofRow, ...rule } : ofRow,
    });
    const unsure = country === 'unknown' && rule?.country === undefined && field.type.kind === 'phone';
    if (unsure && checked.ok && checked.value !== undefined && !saysCountry(value)) {
      problems.push({ problem: inColumn(unknownCountry, column), state: 'held' });
      continue;
    }
    if (!checked.ok) problems.push({ problem: inColumn(checked.problem, column), state: checked.state });
    else if (checked.value !== undefined) {
      const isForeign = (rule?.country ?? ofRow.country) !== phone.country;
      fields[field.name] = isForeign ? understoodAnywhere(checked.value) : checked.value;
    }
  }
  mapping.unmapped.forEach((field) => invalid({ ...missing(field), column: field.name }));
  let refuses: Refusal | null = null;
  for (const { column, at } of mapping.consent) {
    const cell = valueOf(row, column, at);
    refuses = strongerRefusal(refuses, refusalIn(column, cell));
    const problem = consentProblem(column, cell);
    if (problem) problems.push({ problem: inColumn(problem, column), state: 'held' });
  }
  const number = mapping.phoneField === null ? undefined : fields[mapping.phoneField];
  return {
    lead: { row: row.row, fields, free: freeOf(mapping, row) },
    phone: number instanceof PhoneNumber ? textOfKey(number.key) : null,
    problems,
    refuses,
  };
}

/** A number of another country than the profile's: as it is dialled there, the vendor would take it for one of its own. */
const understoodAnywhere = (value: Sealed): Sealed =>
  value instanceof PhoneNumber ? value.international() : value;

/** A number that names its country itself. */
const saysCountry = (cell: Json | undefined): boolean => /^\(?(?:\+|00)/u.test(tidyPhone(plainText(cell)));

const unknownCountry: Problem = {
  code: 'phone.ambiguous',
  message:
    'The row names a country that is not known, so that its national number cannot be read; write the number with +',
};

function freeOf(mapping: Mapping, row: InputRow): Record<string, Json> {
  const free: [string, Json][] = [];
  for (const { column, name, constant, at } of mapping.free) {
    const value = column === null ? constant : valueOf(row, column, at);
    if (!isEmpty(value)) free.push([name, value]);
  }
  return recordOf(free);
}

/** By position, and by name where a row's columns are not those the mapping was made for. */
export function valueOf(row: InputRow, column: string, at: number): Json | undefined {
  return row.values[row.columns[at] === column ? at : row.columns.indexOf(column)];
}

/** Mappings of rows that bring their own keys, one for each distinct list of keys. */
export interface MappingCache {
  /** What cannot be mapped is a problem of the row (`Mapping.problems`, `Mapping.unmapped`). */
  of(columns: readonly string[]): Mapping;
  /** Maps and checks a row by the mapping of its own keys and the request's phone rule. */
  mapRow(row: InputRow): MappedRow;
}

/** More distinct lists than this are not one file's habit but noise; memory stays bounded. */
const mostLists = 1_000;

/** Throws UserError (exit 6) at once for what no row could mend: an unknown field, a constant that fails its check. */
export function mappingCache(
  request: Omit<MappingRequest, 'columns'>,
  countryOf?: CountryOfRow,
): MappingCache {
  draftMapping({ ...request, columns: [] });
  const known = new Map<string, Mapping>();
  let last: Mapping | null = null;
  const of = (columns: readonly string[]): Mapping => {
    if (last?.columns === columns) return last;
    const key = writeJson(columns);
    let mapping = known.get(key);
    if (!mapping) {
      if (known.size >= mostLists) known.clear();
      mapping = draftMapping({ ...request, columns }).mapping;
      known.set(key, mapping);
    }
    last = mapping;
    return mapping;
  };
  return { of, mapRow: (row) => mapRow(of(row.columns), row, request.phone, countryOf) };
}

/** A line of the mapping for people: what the vendor gets, from where, and why. */
export interface MappingLine {
  /** Field or free name; null for a column that is not sent. */
  readonly field: string | null;
  readonly from: string;
  readonly how: 'map' | 'set' | 'name' | 'synonym' | 'free' | 'ignored' | 'consent';
}

/** The whole mapping as lines: fields, then free data, then what stays at home. Phone constants are masked. */
export function describeMapping(mapping: Mapping): MappingLine[] {
  const fields = mapping.fields.map(({ field, column, constant, how }): MappingLine => {
    const text = constant instanceof PhoneNumber ? constant.masked() : writeJson(constant);
    return { field: field.name, from: column === null ? `constant ${text}` : `column ${column}`, how };
  });
  const free = mapping.free.map(({ column, name, constant }): MappingLine => ({
    field: name,
    from: column === null ? `constant ${writeJson(constant)}` : `column ${column}`,
    how: 'free',
  }));
  const judged = new Set(mapping.consent.map(({ column }) => column));
  const ignored = mapping.ignored.map((column): MappingLine => ({
    field: null,
    from: `column ${column}`,
    how: judged.has(column) ? 'consent' : 'ignored',
  }));
  return [...fields, ...free, ...ignored];
}
