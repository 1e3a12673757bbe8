import { getCountries } from 'libphonenumber-js/max';
import { expect, it } from 'vitest';
import { isCountryCode } from '../../src/core/phone-key.js';
import { isCountry } from '../../src/core/phone.js';

it('knows the countries that have phone numbers, and no others', () => {
  const letters = Array.from({ length: 26 }, (_, at) => String.fromCharCode(65 + at));
  const pairs = letters.flatMap((a) => letters.map((b) => a + b));
  expect(pairs.filter(isCountryCode)).toEqual([...getCountries()].sort());
  expect(pairs.filter(isCountryCode)).toEqual(pairs.filter(isCountry));
  expect(['de', 'De'].every(isCountryCode)).toBe(true);
  expect(['', 'D', 'DEU', '49', 'ZZ', ' DE'].some(isCountryCode)).toBe(false);
});
