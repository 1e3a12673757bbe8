import { writeJson } from '../core/json.js';
import { valueOf, type CountryOfRow } from '../core/map-row.js';
import type { InputSource } from '../core/row.js';
import { countryColumn, type CountryColumn } from '../core/synonyms.js';
import { isEmpty } from '../core/value.js';

interface Countries {
  readonly of: CountryOfRow;
  readonly notes: readonly string[];
}

/** Of an input in which no column holds any. */
export const noCountries: Countries = { of: () => null, notes: [] };

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
