import codes from 'i18n-iso-countries/codes.json' with { type: 'json' };
import english from 'i18n-iso-countries/langs/en.json' with { type: 'json' };
import german from 'i18n-iso-countries/langs/de.json' with { type: 'json' };
import russian from 'i18n-iso-countries/langs/ru.json' with { type: 'json' };
import { type Json, isNested, readableText } from './json.js';
import { countryOfCallingCode, isCountry } from './phone-metadata.js';
import { normaliseHeader, type CountryColumn } from './synonyms.js';

/** What people write beside the standard's names: plates, old and short names, parts of the United Kingdom. */
const others: readonly (readonly [country: string, names: string])[] = [
  ['AT', 'A, Oesterreich, Österr., Republik Österreich, Republic of Austria'],
  ['BE', 'B'],
  ['BY', 'Weißrussland, Weissrussland, Белоруссия, Республика Беларусь'],
  ['CH', 'Suisse, Svizzera, Schweizerische Eidgenossenschaft, Swiss'],
  ['CZ', 'Tschechei, Czechia, Чешская Республика'],
  ['DE', 'D, BRD, Bundesrepublik Deutschland, Deutschl., Federal Republic of Germany, Allemagne, ФРГ'],
  ['ES', 'E, Espana'],
  ['FR', 'F'],
  [
    'GB',
    'UK, U.K., GB, England, Scotland, Wales, Northern Ireland, Britain, Schottland, Nordirland, Англия, Шотландия',
  ],
  ['IT', 'I, Italia'],
  ['KZ', 'Республика Казахстан'],
  ['LI', 'FL'],
  ['LU', 'L'],
  ['NL', 'Holland, Nederland, Голландия'],
  ['PL', 'Polska'],
  ['PT', 'P'],
  ['RU', 'RF, Russland, РФ'],
  ['SE', 'S'],
  ['TR', 'Türkiye, Turkei'],
  ['US', 'United States, America, Amerika, Америка, США'],
];

/** Letters and digits of a name, so that case, spaces, points and umlauts make no difference. */
const table: ReadonlyMap<string, string> = (() => {
  const known = new Map<string, string>();
  const add = (name: string, country: string): void => void known.set(normaliseHeader(name), country);
  for (const { countries } of [english, german, russian] as readonly { countries: Record<string, unknown> }[])
    for (const [country, names] of Object.entries(countries))
      for (const name of [names].flat()) add(String(name), country);
  for (const [country, names] of others) for (const name of names.split(', ')) add(name, country);
  for (const [two, three] of codes as readonly (readonly string[])[]) {
    for (const code of [two, three]) if (code !== undefined && two !== undefined) add(code, two);
  }
  return known;
})();

/**
 * The country a cell names, ISO 3166 alpha-2 in capitals: by its code of two or three letters, its calling code (`+49`,
 * `0049`, `49`), or its name in English, German or Russian. Null for anything else, and for what a column of this kind
 * cannot mean.
 */
export function countryIn(cell: Json, by: CountryColumn['by'] = 'any'): string | null {
  if (isNested(cell) || typeof cell === 'boolean') return null;
  const text = readableText(cell).trim();
  if (by === 'calling' && !/^(?:\+|00)/.test(text)) return null;
  if (by === 'iso' && /^\d/.test(text)) return null;
  const calling = /^(?:\+|00)?(\d{1,3})$/.exec(text)?.[1];
  const country = calling === undefined ? table.get(normaliseHeader(text)) : countryOfCallingCode(calling);
  return country !== undefined && isCountry(country) ? country : null;
}
