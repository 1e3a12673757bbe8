import parsePhoneNumber from 'libphonenumber-js/max';
import type { CountryCode } from 'libphonenumber-js/max';
import { readPhone } from '../../../src/core/phone.js';
import type { ReadPhone } from '../../core/phone-checks.js';
import { readPhone as defaultCountry } from '../../core/wrong/phone-default-country.js';

const none = {
  ok: false,
  state: 'invalid',
  problem: { code: 'phone.invalid', message: 'not valid' },
} as const;

/** Rules of reading a number that are wrong on purpose. */
export const wrongRules: readonly { readonly id: string; readonly idea: string; readonly read: ReadPhone }[] =
  [
    {
      id: 'default-country',
      idea: 'every number is parsed with the country of the profile',
      read: defaultCountry,
    },
    {
      id: 'as-typed',
      idea: 'the digits of a cell are the person',
      read: (text) => {
        const digits = text.replace(/\D/g, '');
        return digits.length >= 7 ? { ok: true, e164: `+${digits}` } : none;
      },
    },
    {
      id: 'plus-in-front',
      idea: 'a number without + has only lost it',
      read: (text, rule) =>
        readPhone(/^\d/.test(text.trim()) ? `+${text.trim().replace(/^0+/, '')}` : text, rule),
    },
    {
      id: 'cell-to-number',
      idea: 'a spreadsheet cell is a number: 4.91788E+11 is 491788000000',
      read: (text, rule) => {
        const value = Number(
          text
            .trim()
            .replace(',', '.')
            .replace(/^[='"]+|"+$/g, ''),
        );
        return readPhone(Number.isFinite(value) && value > 1e6 ? `+${value.toFixed(0)}` : text, rule);
      },
    },
    {
      id: 'last-nine-digits',
      idea: 'numbers that end alike are one person',
      read: (text, { country }) => {
        const number = parsePhoneNumber(text, (country ?? 'DE') as CountryCode);
        return number?.isValid() ? { ok: true, e164: `+${number.number.slice(-7)}` } : none;
      },
    },
  ];
