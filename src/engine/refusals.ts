import { consentProblem } from '../core/consent.js';
import { plainText, type Json } from '../core/json.js';
import type { Mapping } from '../core/mapping.js';
import { valueOf, type CountryOfRow, type MappedRow } from '../core/map-row.js';
import { numbersIn, textOfKey } from '../core/number.js';
import { listedAs, personOf, type PhoneRule } from '../core/phone-key.js';
import type { InputRow, InputSource, Problem } from '../core/row.js';
import { isEmpty } from '../core/value.js';
import type { OptionValues, PushOperation } from '../core/vendor.js';

/** Rows in which somebody may say that they want no contact. */
interface Refusing {
  readonly operation: PushOperation;
  readonly options: OptionValues;
  readonly source: InputSource;
  readonly phone: PhoneRule;
  readonly mappingOf: (row: InputRow) => Mapping;
  readonly read: (row: InputRow) => MappedRow;
  readonly countryOf: CountryOfRow;
}

/** Reads whom any row of the input refuses; whatever other rows say of them, they are held by what is returned. */
export async function readRefusals(rows: Refusing): Promise<(mapped: MappedRow) => MappedRow> {
  const { operation, options, source } = rows;
  const refused = new Set<string>();
  for await (const row of source.rows())
    if (!row.broken) for (const name of await refusedIn(rows, row)) refused.add(name);
  const isRefused = (name: string): boolean =>
    refused.has(name) || (name.startsWith('+') && listedAs(name).some((entry) => refused.has(entry)));
  return (mapped) =>
    refused.size > 0 && namesOfPeople(operation, options, mapped).some(isRefused) ? hold(mapped) : mapped;
}

/** Whom a row refuses: its people, by every number that one which cannot be read could be, as on the do-not-call list. */
async function refusedIn(
  { operation, options, phone, mappingOf, read, countryOf }: Refusing,
  row: InputRow,
): Promise<string[]> {
  const mapping = mappingOf(row);
  if (!saysNo(mapping, row)) return [];
  const mapped = read(row);
  const country = countryOf(mapping, row);
  const ofRow = country === null || country === 'unknown' ? [] : [{ ...phone, ...country }];
  const meant = await numbersMeant(unreadNumbers(mapping, row, mapped), [phone, ...ofRow]);
  return [...namesOfPeople(operation, options, mapped), ...meant];
}

/** Whether a column of the row says that the person wants no contact. */
const saysNo = (mapping: Mapping, row: InputRow): boolean =>
  mapping.consent.some(
    ({ column, at }) => consentProblem(column, valueOf(row, column, at))?.code === 'consent.refused',
  );

/** What tells that two rows are about one person: their numbers, and the field that the operation names. */
function namesOfPeople({ key }: PushOperation, options: OptionValues, { lead }: MappedRow): string[] {
  const numbers = numbersIn(lead.fields).map((number) => textOfKey(number.key));
  const by = typeof key === 'function' ? key(options) : key;
  const own = by === 'content' ? undefined : lead.fields[by.field];
  return own === undefined || numbersIn(own).length > 0
    ? numbers
    : [...numbers, `key ${plainText(own as Json)}`];
}

/** Cells of a row that should hold a number and cannot be read as exactly one. */
const unreadNumbers = ({ fields }: Mapping, row: InputRow, { lead }: MappedRow): string[] =>
  fields.flatMap(({ field, column, at }) => {
    if (field.type.kind !== 'phone' || column === null || lead.fields[field.name] !== undefined) return [];
    const cell = valueOf(row, column, at);
    return isEmpty(cell) ? [] : [plainText(cell)];
  });

async function numbersMeant(cells: readonly string[], rules: readonly PhoneRule[]): Promise<string[]> {
  if (cells.length === 0) return [];
  const { readNumbers } = await import('./number-list.js');
  return readNumbers(cells, rules).numbers.flatMap(({ entries }) => entries.map(personOf));
}

const refusedElsewhere: Problem = {
  code: 'consent.refused',
  message: 'Another row of the file says that this person wants no contact',
};

/** The row of somebody whom another row refuses; one that says so itself stays as it is. */
const hold = (mapped: MappedRow): MappedRow =>
  mapped.problems.some(({ problem }) => problem.code === refusedElsewhere.code)
    ? mapped
    : { ...mapped, problems: [...mapped.problems, { problem: refusedElsewhere, state: 'held' }] };
