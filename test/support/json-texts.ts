import fc from 'fast-check';

/** JSON as programs may write it, with numbers and keys that a careless reader changes. All of it is invented. */

const awkwardNumbers = [
  ...['9007199254740992', '9007199254740993', '12345678901234567890', '-98765432109876543210987654321'],
  ...['1.10', '1.0', '0.00', '-0', '-0.0', '100.000', '0.1234567890123456789', '1234567890.1234567890'],
  ...['1e400', '-1E-400', '1e3', '1E+5', '2.50e2', '0e0', '5e-324', '0.0000001', '1e21'],
];

/** A number of JSON in any notation. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...awkwardNumbers),
  fc.integer().map(String),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => (Object.is(value, -0) ? '-0' : String(value))),
  fc.stringMatching(/^-?(?:0|[1-9]\d{0,24})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/),
);

const keys = fc.oneof(
  fc.constantFrom(
    '7',
    '10',
    '2',
    '007',
    '1.5',
    '4294967294',
    '4294967295',
    '-1',
    'vertrag',
    'toJSON',
    'constructor',
  ),
  fc.nat(30).map(String),
  fc.string({ unit: 'grapheme-composite', maxLength: 6 }).filter((key) => key !== '__proto__'),
);

const texts = fc.oneof(
  fc.string({ unit: 'grapheme-composite', maxLength: 12 }),
  fc.constantFrom('1.10', ' 1.10, ', '"', '\\', '\\"1":', '{"2":1,"1":2}', '-0', '\u2028', 'ä\u0001'),
);

/** Strings and keys that no check of a file minds. */
const quiet = fc.constantFrom(
  'a',
  'Straße 7',
  ' 1.10, ',
  '"quoted"',
  '\\',
  '{"2":1,"1":2}',
  '-0',
  '',
  'тест',
);
const quietKeys = fc.oneof(
  fc.constantFrom('7', '10', '2', '007', 'vertrag', 'preis', 'toJSON'),
  fc.nat(30).map(String),
);

interface Texts {
  readonly value: string;
  readonly object: string;
}

const make = (strings: fc.Arbitrary<string>, names: fc.Arbitrary<string>): fc.LetrecValue<Texts> =>
  fc.letrec<Texts>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      numberText,
      strings.map((text) => JSON.stringify(text)),
      fc.constantFrom('true', 'false', 'null'),
      tie('object') as fc.Arbitrary<string>,
      fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    ),
    object: fc
      .uniqueArray(fc.tuple(names, tie('value') as fc.Arbitrary<string>), {
        maxLength: 6,
        selector: ([key]) => key,
      })
      .map((entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
  }));

const made = make(texts, keys);

/** The text of a JSON value, without space, strings as `JSON.stringify` writes them. */
export const jsonText: fc.Arbitrary<string> = made.value;

/** The same of a JSON object. */
export const objectText: fc.Arbitrary<string> = made.object;

/** A JSON text without the space between its parts, strings as `JSON.stringify` writes them. */
export const compact = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (part) =>
    part.startsWith('"') ? JSON.stringify(JSON.parse(part)) : '',
  );

/** So many texts of objects that hold something, always the same: first what was seen to be changed. */
export const objectTexts = (count: number): string[] => {
  const drawn = make(quiet, quietKeys).object.filter((text) => text !== '{}');
  return [
    '{"vertrag":12345678901234567890,"preis":1.10}',
    '{"10":"a","9":{"2":1.0,"1":-0},"x":1e400}',
    ...fc.sample(drawn, { seed: 10, numRuns: count }),
  ];
};
