import { describe, expect, it } from 'vitest';
import { countryIn } from '../../src/core/country.js';

describe('a cell that names a country', () => {
  it.each([
    ['AT', 'AT'],
    ['at', 'AT'],
    ['AUT', 'AT'],
    ['Österreich', 'AT'],
    ['Oesterreich', 'AT'],
    ['Austria', 'AT'],
    ['Австрия', 'AT'],
    ['A', 'AT'],
    ['D', 'DE'],
    ['DEU', 'DE'],
    ['Deutschland', 'DE'],
    ['germany', 'DE'],
    ['Германия', 'DE'],
    ['+49', 'DE'],
    ['0049', 'DE'],
    ['49', 'DE'],
    ['CH', 'CH'],
    ['Schweiz', 'CH'],
    ['UK', 'GB'],
    ['United Kingdom', 'GB'],
    ['Großbritannien', 'GB'],
    ['Россия', 'RU'],
    ['Russian Federation', 'RU'],
    ['USA', 'US'],
    ['U.S.A.', 'US'],
    ['Vereinigte Staaten', 'US'],
    ['Niederlande', 'NL'],
    ['Holland', 'NL'],
    ['Polen', 'PL'],
    ['Türkei', 'TR'],
    ['Tschechien', 'CZ'],
    ['Czech Republic', 'CZ'],
    ['  Italien ', 'IT'],
  ])('%s is %s', (cell, country) => {
    expect(countryIn(cell)).toBe(country);
  });

  it.each([
    'Bayern',
    'Hessen',
    'NRW',
    'Wien',
    'Europa',
    '',
    '-',
    '999',
    'XX',
    'k.A.',
    'Deutschland/Österreich',
  ])('%s is none', (cell) => {
    expect(countryIn(cell)).toBeNull();
  });
});
