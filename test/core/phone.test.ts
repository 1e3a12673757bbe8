import fc from 'fast-check';
import parsePhoneNumber, { getCountries } from 'libphonenumber-js/max';
import metadata from 'libphonenumber-js/max/metadata';
import { describe, expect, it } from 'vitest';
import { isWrittenWithZero, readInternational, readNational, slowly } from '../../src/core/phone-metadata.js';
import {
  isCountry,
  maskPhone,
  phoneDigits,
  phoneFormats,
  readNumber,
  readPhone,
} from '../../src/core/phone.js';
import type { PhoneFormat, PhoneReading } from '../../src/core/phone.js';
import { textOfKey } from '../../src/core/number.js';
import { ambiguous, excelForms, exampleSpellings, spellingsOf, tally } from './phone-checks.js';
import { readPhone as wrongRule } from './wrong/phone-default-country.js';

const mobile = '+491788046563';
const read = (text: string, format: PhoneFormat = 'auto', country: string | null = 'DE'): PhoneReading =>
  readPhone(text, { format, country });
const keyOf = (reading: PhoneReading): string =>
  reading.ok ? reading.e164 : `${reading.state} ${reading.problem.code}`;

describe('the trap: digits with a country code that are a valid landline too', () => {
  it.each(ambiguous)('%s in %s is held', (text, country) => {
    expect(keyOf(read(text, 'auto', country))).toBe('held phone.ambiguous');
  });

  it('says which of the two it is', () => {
    const message = (text: string): string => {
      const reading = read(text);
      return reading.ok ? '' : reading.problem.message;
    };
    expect(message('491788046563')).toContain('country code');
    expect(message('1788046563')).toContain('leading zero');
  });

  it('is read as declared', () => {
    expect(keyOf(read('491788046563', 'intl-digits'))).toBe(mobile);
    expect(keyOf(read('0491788046563', 'national'))).toBe('+49491788046563');
    expect(keyOf(read('1788046563', 'national'))).toBe(mobile);
  });

  it.each([
    ['491788046563', 'DE'],
    ['49 171 3920068', 'DE'],
    ['49\u00A0(171) 3920068', 'DE'],
    ['435236085', 'AT'],
    ['3903312345', 'IT'],
  ])('%s declared national in %s is held', (text, country) => {
    expect(keyOf(read(text, 'national', country))).toBe('held phone.ambiguous');
  });

  it('is read where only one reading is possible', () => {
    expect(keyOf(read('491788046563', 'auto', null))).toBe(mobile);
    expect(keyOf(read('491788046563', 'auto', 'ES'))).toBe(mobile);
    expect(keyOf(read('612345678', 'auto', 'ES'))).toBe('+34612345678');
    expect(keyOf(read('2125550123', 'auto', 'US'))).toBe('+12125550123');
    expect(keyOf(read('89161234567', 'auto', 'RU'))).toBe('+79161234567');
    expect(keyOf(read('79161234567', 'auto', 'RU'))).toBe('+79161234567');
  });
});

describe('spellings of one number', () => {
  it.each([
    '+491788046563',
    '+49 178 8046563',
    '+49 (0) 178 8046563',
    '+49(0)178-804-6563',
    '(+49) 178 8046563',
    '00491788046563',
    '0049 (0)178 804 65 63',
    '0178 8046563',
    '0178/8046563',
    '+49 178/8046563',
    '0178.804.6563',
    '(0178) 804-6563',
    '(0)178 8046563',
    '\u202A+49\u00A0178\u20098046563\u202C',
    '\uFEFF0178\u00AD8046563 ',
    '\uFF0B\uFF14\uFF19\uFF11\uFF17\uFF18 8046563',
    '+49\u2011178\u20138046563',
    '٠١٧٨٨٠٤٦٥٦٣',
    '+49-178-8046563\t',
  ])('%s', (text) => {
    expect(keyOf(read(text))).toBe(mobile);
  });

  it('understands how a country dials abroad', () => {
    expect(keyOf(read('011 49 178 8046563', 'auto', 'US'))).toBe(mobile);
    expect(keyOf(read('0049 178 8046563', 'auto', 'US'))).toBe(mobile);
    expect(keyOf(read('0011 49 178 8046563', 'auto', 'AU'))).toBe(mobile);
    expect(keyOf(read('011 49 178 8046563', 'national', 'US'))).toBe(mobile);
  });

  it('holds a bracketed zero where the country keeps its zeros', () => {
    expect(keyOf(read('+39 (0) 331 1234567', 'e164', null))).toBe('held phone.ambiguous');
  });

  it('has one key for a line that is valid in two spellings', () => {
    expect(keyOf(read('+241 7204020'))).toBe('invalid phone.invalid');
    expect(keyOf(read('07 20 40 20', 'national', 'GA'))).toBe('+24107204020');
  });
});

describe('declared formats', () => {
  const rows: readonly (readonly [PhoneFormat, string, string | null, string])[] = [
    ['e164', '+49 178 8046563', null, mobile],
    ['e164', '491788046563', null, 'invalid phone.invalid'],
    ['e164', '00491788046563', 'DE', 'invalid phone.invalid'],
    ['intl-digits', '491788046563', null, mobile],
    ['intl-digits', '+491788046563', null, mobile],
    ['intl-digits', '0049 178 8046563', null, mobile],
    ['intl-digits', '49 (0) 178 8046563', null, mobile],
    ['intl-digits', '01788046563', 'DE', 'invalid phone.invalid'],
    ['intl-digits', '1788046563', 'DE', 'invalid phone.invalid'],
    ['national', '01788046563', 'DE', mobile],
    ['national', '+4917 88046563', 'DE', mobile],
    ['national', '00491788046563', 'DE', mobile],
    ['national', '01788046563', null, 'invalid phone.no-country'],
    ['national', '01788046563', 'XX', 'invalid phone.no-country'],
    ['auto', '01788046563', null, 'invalid phone.no-country'],
    ['auto', '1788046563', null, 'invalid phone.no-country'],
    ['auto', '12345', null, 'invalid phone.invalid'],
    ['auto', '00491788046563', null, mobile],
  ];
  it.each(rows)('%s %s (%s) is %s', (format, text, country, expected) => {
    expect(keyOf(read(text, format, country))).toBe(expected);
  });
});

describe('codes', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['', 'invalid phone.missing'],
    [' \u00A0\u200B', 'invalid phone.missing'],
    ['--', 'invalid phone.missing'],
    ['4.91788E+11', 'invalid phone.scientific'],
    ['4,91788E+11', 'invalid phone.scientific'],
    ['4.91788e11', 'invalid phone.scientific'],
    ['4.91788\uFF25+11', 'invalid phone.scientific'],
    ['4.91788×10¹¹', 'invalid phone.scientific'],
    ['4.91788\u0415+11', 'invalid phone.scientific'],
    ['4.91788E\u221211', 'invalid phone.scientific'],
    ['49178E8', 'invalid phone.scientific'],
    ['491788000000', 'held phone.scientific'],
    ['491788046563.0', 'invalid phone.decimal'],
    ['491788046563,00', 'invalid phone.decimal'],
    ['491.788.046.563', 'invalid phone.decimal'],
    ['1,788,046,563', 'invalid phone.decimal'],
    ['="01788046563"', 'invalid phone.formula'],
    ["'01788046563", 'invalid phone.formula'],
    ['=01788046563', 'invalid phone.formula'],
    ['0178 8046563, 0179 1234567', 'invalid phone.multiple'],
    ['01788046563;01791234567', 'invalid phone.multiple'],
    ['01788046563/01791234567', 'invalid phone.multiple'],
    ['01788046563 oder 01791234567', 'invalid phone.multiple'],
    ['01788046563\n01791234567', 'invalid phone.multiple'],
    ['+491788046563 +491791234567', 'invalid phone.multiple'],
    ['0178 8046563 0179 1234567', 'invalid phone.multiple'],
    ['030 123456/68', 'invalid phone.multiple'],
    ['+49 30 123456 ext. 12', 'held phone.extension'],
    ['+49 30 123456 x12', 'held phone.extension'],
    ['+49 30 123456 Durchwahl 5', 'held phone.extension'],
    ['+7 495 123-45-67 доб. 12', 'held phone.extension'],
    ['+49 30 123456,,12', 'held phone.extension'],
    ['0171 1234561 (2)', 'held phone.extension'],
    ['Tel. 0178 8046563', 'invalid phone.letters'],
    ['tel:+491788046563', 'invalid phone.letters'],
    ['1-800-FLOWERS', 'invalid phone.letters'],
    ['01.02.1978', 'invalid phone.date'],
    ['+49 178', 'invalid phone.invalid'],
    ['*31#01788046563', 'invalid phone.invalid'],
    ['0178 8046563 (', 'invalid phone.invalid'],
    ['+999 123456789', 'invalid phone.invalid'],
    ['9'.repeat(60_000), 'invalid phone.invalid'],
  ];
  it.each(rows)('%s is %s', (text, expected) => {
    expect(keyOf(read(text))).toBe(expected);
  });

  it.each([
    ['1788046563', 'DE', '+491788046563'],
    ['698123456', 'FR', '+33698123456'],
    ['9123456789', 'RU', '+79123456789'],
    ['8 912 345-67-89', 'RU', '+79123456789'],
    ['415 555 2671', 'US', '+14155552671'],
    ['3331234567', 'IT', '+393331234567'],
    ['612345678', 'ES', '+34612345678'],
    // A foreign number, or one that lost more than a spreadsheet takes.
    ['(415) 555-2671', 'DE', 'held phone.ambiguous'],
    ['178 8046563', 'DE', 'held phone.ambiguous'],
    ['30901820', 'DE', 'held phone.ambiguous'],
    ['4951234567', 'RU', 'held phone.ambiguous'],
  ])('%s declared national in %s is %s', (text, country, expected) => {
    expect(keyOf(read(text, 'national', country))).toBe(expected);
  });

  it('is one person with Argentina’s 9 and without, and with Mexico’s old 1 and without', () => {
    const personIn = (text: string, country: string): string => {
      const reading = readNumber(text, { format: 'auto', country }, true);
      return reading.ok ? textOfKey(reading.value.key) : reading.problem.code;
    };
    const argentine = ['+5491123456789', '+541123456789', '011 15 2345-6789', '+54 9 11 2345-6789'];
    expect(new Set(argentine.map((text) => personIn(text, 'AR')))).toEqual(new Set(['+541123456789']));
    const mexican = ['+5215512345678', '+525512345678', '5215512345678', '+52 1 55 1234 5678'];
    expect(new Set(mexican.map((text) => personIn(text, 'MX')))).toEqual(new Set(['+525512345678']));
  });

  it('is not slow on the largest cells', () => {
    const started = performance.now();
    for (const part of ['9', '1 ', ' ', '(0', '1.', '0/', '1,', 'E1', '\u00A01']) {
      expect(read(part.repeat(32_000)).ok).toBe(false);
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('never quotes the cell', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[+0-9 eE.,x/;-]{7,30}$/),
        fc.constantFrom(...phoneFormats),
        (text, format) => {
          const reading = read(text, format);
          if (!reading.ok) expect(reading.problem.message).not.toMatch(/\d{4}/);
        },
      ),
    );
  });
});

describe('every region', () => {
  const spellings = exampleSpellings();

  it('has no wrong key among eight spellings of its example number', () => {
    expect(new Set(spellings.map(({ region }) => region)).size).toBe(245);
    const { right, refused, wrong } = tally(readPhone, spellings);
    expect(wrong).toEqual([]);
    expect(right).toBeGreaterThan(refused * 10);
  });

  it('is read from whatever has + or 00, whatever the country', () => {
    for (const { e164, text, name } of spellings) {
      if (!text.includes('+') && name !== '00') continue;
      for (const country of [null, 'DE', 'US', 'RU', 'IT']) {
        const reading = read(text, 'auto', country);
        if (reading.ok) expect(reading.e164).toBe(e164);
        else expect([text, country, reading.state]).toEqual([text, country, 'held']);
      }
    }
  });

  it('has no wrong key among random numbers of its plan', { timeout: 60_000 }, () => {
    const random = randomNumbers(60).flatMap(({ region, digits }) => {
      const number = parsePhoneNumber(`+${digits}`);
      return number?.country === region && readInternational(digits) === number.number
        ? spellingsOf(region, number)
        : [];
    });
    expect(random.length).toBeGreaterThan(1_000);
    expect(tally(readPhone, random).wrong).toEqual([]);
  });

  it('has its own calling code never read as part of a national number', { timeout: 60_000 }, () => {
    const valid = randomNumbers(60).flatMap(({ region, digits }) => {
      const international = readInternational(digits);
      return international === null
        ? []
        : [{ region, digits, international, reading: keyOf(read(digits, 'national', region)) }];
    });
    const [held, taken] = [true, false].map((isHeld) =>
      valid.filter(({ reading }) => (reading === 'held phone.ambiguous') === isHeld),
    );
    expect(held?.length).toBeGreaterThan(50);
    expect(taken?.length).toBeGreaterThan(1_000);
    expect(taken?.filter(({ reading, international }) => reading !== international)).toEqual([]);
  });

  it('keeps its key when the key is read again', () => {
    for (const { e164 } of spellings) expect(keyOf(read(e164, 'e164', null))).toBe(e164);
  });
});

describe('Excel', () => {
  const forms = excelForms();

  it('leaves at least 200 forms that none of the rules takes', () => {
    expect(forms.length).toBeGreaterThanOrEqual(200);
    const taken = forms.flatMap((text) =>
      phoneFormats.flatMap((format) =>
        ['DE', 'GB', 'RU', 'US', null].flatMap((country) =>
          read(text, format, country).ok ? [`${format} ${country}: ${text}`] : [],
        ),
      ),
    );
    expect(taken).toEqual([]);
  });

  it('has taken leading zeros: auto holds them', () => {
    for (const { region, e164, name, text } of exampleSpellings()) {
      if (name !== 'national digits' || !text.startsWith('0')) continue;
      const reading = read(text.replace(/^0+/, ''), 'auto', region);
      expect([region, reading.ok && reading.e164 !== e164]).toEqual([region, false]);
    }
  });
});

describe('the wrong rule of the test folder', () => {
  it('is caught by each of the checks', () => {
    expect(ambiguous.some(([text, country]) => wrongRule(text, { format: 'auto', country }).ok)).toBe(true);
    expect(tally(wrongRule, exampleSpellings()).wrong.length).toBeGreaterThan(0);
    expect(
      excelForms().filter((text) => wrongRule(text, { format: 'auto', country: 'DE' }).ok).length,
    ).toBeGreaterThan(20);
  });
});

describe('the fast path', () => {
  it('says what libphonenumber says', { timeout: 60_000 }, () => {
    for (const { region, digits, national } of randomNumbers(12)) {
      expect([digits, readInternational(digits)]).toEqual([digits, slowly.international(digits)]);
      for (const text of [national, `0${national}`, `8${national}`, digits]) {
        expect([region, text, readNational(text, region)]).toEqual([
          region,
          text,
          slowly.national(text, region),
        ]);
      }
      const number = parsePhoneNumber(`+${digits}`);
      if (!number?.isValid()) continue;
      const written = number.formatNational().replace(/\D/g, '').startsWith('0');
      expect([number.number, isWrittenWithZero(number.number)]).toEqual([number.number, written]);
    }
  });
});

describe('masks and digits', () => {
  it.each([
    ['+491788046563', '+49178•••563'],
    ['491788046563', '49178•••563'],
    ['+12015550123', '+1201•••123'],
    ['+37812345', '+37•••45'],
    ['', '•••'],
    ['123', '•••'],
    ['anna@example.com', '•••'],
    ['+49 178 8046563', '•••'],
  ])('%s is shown as %s', (text, shown) => {
    expect(maskPhone(text)).toBe(shown);
  });

  it('hides at least four digits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+\d{0,17}$/), (text) => {
        const shown = maskPhone(text).replace(/\D/g, '').length;
        expect(shown).toBeLessThanOrEqual(Math.max(0, text.length - 1 - 4));
      }),
    );
  });

  it('gives the digits Sales_Q wants', () => {
    expect(phoneDigits(mobile)).toBe('491788046563');
  });

  it('knows countries', () => {
    expect(['DE', 'RU', 'GB'].every(isCountry)).toBe(true);
    expect(['XX', 'de', '', '__proto__', 'constructor'].some(isCountry)).toBe(false);
  });
});

/** Digits of the lengths each region's plan has, the same ones in every run. */
function randomNumbers(count: number) {
  let seed = 20_240_305;
  const below = (limit: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (seed >> 8) % limit;
  };
  return getCountries().flatMap((region) => {
    const plan = metadata.countries[region] as [string, string, string, number[]];
    return Array.from({ length: count }, () => {
      const length = plan[3][below(plan[3].length)] ?? 8;
      const national = Array.from({ length }, () => below(10)).join('');
      return { region, national, digits: plan[0] + national };
    });
  });
}
