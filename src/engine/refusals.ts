import { refusalIn, strongerRefusal, type Refusal } from '../core/consent.js';
import { plainText, type Json } from '../core/json.js';
import type { Mapping } from '../core/mapping.js';
import { valueOf, type CountryOfRow, type MappedRow } from '../core/map-row.js';
import { numbersIn, textOfKey } from '../core/number.js';
import { isKeptAsWritten, listedAs, personOf, type PhoneRule } from '../core/phone-key.js';
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
export async function readRefusals(rows: Refusing): Promise<(mapped: MappedRow, row: number) => MappedRow> {
  const { operation, options, source } = rows;
  const refused = new Map<string, Refusal>();
  const refusing = new Map<number, readonly string[]>();
  for await (const row of source.rows()) {
    const { refuses, people } = row.broken ? nobody : await refusedIn(rows, row);
    for (const name of people) {
      const strongest = strongerRefusal(refuses, refused.get(name) ?? null);
      if (strongest !== null) refused.set(name, strongest);
    }
    const numbers = people.filter((name) => name.startsWith('+') || isKeptAsWritten(name));
    if (numbers.length > 0) refusing.set(row.row, numbers);
  }
  const refusalOf = (name: string): Refusal | null =>
    [name, ...(name.startsWith('+') ? listedAs(name) : [])]
      .map((entry) => refused.get(entry) ?? null)
      .reduce(strongerRefusal, null);
  return (mapped, row) => {
    if (refused.size === 0) return mapped;
    const refusals = namesOfPeople(operation, options, mapped).map(refusalOf);
    const held = hold(mapped, refusals.reduce(strongerRefusal, null));
    const numbers = refusing.get(row);
    return numbers ? { ...held, refusing: numbers } : held;
  };
}

interface Refused {
  readonly refuses: Refusal | null;
  readonly people: readonly string[];
}

const nobody: Refused = { refuses: null, people: [] };

/** Whom a row refuses: its people, by every number that one which cannot be read could be, as on the do-not-call list. */
async function refusedIn(
  { operation, options, phone, mappingOf, read, countryOf }: Refusing,
  row: InputRow,
): Promise<Refused> {
  const mapping = mappingOf(row);
  const refuses = mapping.consent
    .map(({ column, at }) => refusalIn(column, valueOf(row, column, at)))
    .reduce(strongerRefusal, null);
  if (refuses === null) return nobody;
  const mapped = read(row);
  const country = countryOf(mapping, row);
  const ofRow = country === null || country === 'unknown' ? [] : [{ ...phone, ...country }];
  const meant = await numbersMeant(unreadNumbers(mapping, row, mapped), [phone, ...ofRow]);
  return { refuses, people: [...namesOfPeople(operation, options, mapped), ...meant] };
}

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

/** The row of somebody whom another row may refuse; one that says so itself needs no second word. */
function hold(mapped: MappedRow, refusal: Refusal | null): MappedRow {
  if (refusal === null) return mapped;
  const refuses = strongerRefusal(mapped.refuses, refusal);
  if (mapped.problems.some(({ problem }) => problem.code === refusedElsewhere.code))
    return { ...mapped, refuses };
  const problems = [...mapped.problems, { problem: refusedElsewhere, state: 'held' as const }];
  return { ...mapped, refuses, problems };
}
