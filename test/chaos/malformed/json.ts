import type { Random } from '../../../src/core/twin.js';
import { byteDamages, encodings } from './bytes.js';
import { type MakeCase, type Operation, chance, operations, pick } from './case.js';
import { flagsFor, inputOf } from './tables.js';

/** Rows as objects, each already written as JSON, so that what JSON cannot hold can be written too. */
const rowsOf = (operation: Operation, random: Random): string[] =>
  Array.from({ length: random.between(1, 5) }, (_, index) => {
    const cells = operation.row(index);
    return JSON.stringify(Object.fromEntries(operation.header.map((name, at) => [name, cells[at] ?? ''])));
  });

/** Values in place of a cell. */
const values = [
  'null',
  'true',
  '[]',
  '{}',
  '0',
  '-0',
  '1e400',
  '4.91788e11',
  '491713920001',
  '491713920001.5',
  '12345678901234567890123',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u0000"',
  '"\u0007"',
  '"\u001b[2J"',
  'NaN',
  'Infinity',
  'undefined',
  "'x'",
  '"x',
  '"\\x"',
  '[["a",{"b":[1]}]]',
  `${'['.repeat(40)}${']'.repeat(40)}`,
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  `"${'z'.repeat(70_000)}"`,
  '"\ud800"',
] as const;

const strangers = [
  'null',
  '17',
  '"text"',
  '[]',
  '[1,2]',
  'true',
  '{}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"a":1,"a":2}',
  '{"":1}',
  '{"\\u0000":1}',
  '{"Telefon":"+491713920000","telefon":"+491713920001"}',
  '{"_salesq_row":1}',
  '{a:1}',
  '{"a":1,}',
  '{"a" 1}',
  '/* x */ {}',
  '{"a":1}}',
  '{"a":1}{"b":2}',
  '}',
  '',
  '\u0000',
  '{"toString":"x","hasOwnProperty":"y","valueOf":"z"}',
  `{${Array.from({ length: 1_500 }, (_, at) => `"c${at}":1`).join(',')}}`,
] as const;

type Damage = readonly [string, (rows: string[], random: Random) => string[]];

const damages: readonly Damage[] = [
  ['nothing', (rows) => rows],
  [
    'a value',
    (rows, random) =>
      rows.map((row, index) =>
        index === 0 ? row.replace(/:"[^"]*"/, () => `:${pick(random, values)}`) : row,
      ),
  ],
  [
    'a value further on',
    (rows, random) =>
      rows.map((row) =>
        row.replace(/,"([^"]*)":"[^"]*"/, (_all, key: string) => `,"${key}":${pick(random, values)}`),
      ),
  ],
  ['a row that is none', (rows, random) => [...rows.slice(0, 1), pick(random, strangers), ...rows.slice(1)]],
  ['first a row that is none', (rows, random) => [pick(random, strangers), ...rows]],
  [
    'a further key',
    (rows, random) =>
      rows.map((row) =>
        row.replace(
          '{',
          `{${pick(random, ['"__proto__":1,', '"constructor":"x",', '"id":5,', '"":"",', '"a.b":1,', '"$x":1,'])}`,
        ),
      ),
  ],
  ['rows cut', (rows, random) => rows.map((row) => row.slice(0, random.between(0, row.length)))],
  ['the last row cut', (rows) => [...rows.slice(0, -1), (rows.at(-1) ?? '').slice(0, -3)]],
];

type Wrap = readonly [string, (rows: readonly string[]) => string];

const wraps: readonly Wrap[] = [
  ['an array', (rows) => `[${rows.join(',')}]`],
  ['an array on lines', (rows) => `[\n  ${rows.join(',\n  ')}\n]\n`],
  ['NDJSON', (rows) => `${rows.join('\n')}\n`],
  ['NDJSON with CRLF and blanks', (rows) => rows.map((row) => ` ${row} \r\n\r\n`).join('')],
  ['NDJSON without a line end', (rows) => rows.join('\n')],
  ['an array not closed', (rows) => `[${rows.join(',')}`],
  ['an array with a comma too many', (rows) => `[${rows.join(',')},]`],
  ['an array without commas', (rows) => `[${rows.join(' ')}]`],
  ['two arrays', (rows) => `[${rows.join(',')}][${rows.join(',')}]`],
  ['arrays on lines', (rows) => rows.map((row) => `[${row}]\n`).join('')],
  ['an array in an array', (rows) => `[[${rows.join(',')}]]`],
  ['an object of rows', (rows) => `{"leads":[${rows.join(',')}]}`],
  ['text behind', (rows) => `[${rows.join(',')}] done`],
  ['a sequence of RFC 7464', (rows) => rows.map((row) => `\u001e${row}\n`).join('')],
  ['a prefix against hijacking', (rows) => `)]}',\n[${rows.join(',')}]`],
];

/** JSON or NDJSON of leads, damaged. */
export const jsonCase: MakeCase = (random, id) => {
  const operation = pick(random, operations);
  const [what, damage] = pick(random, damages);
  const [shape, wrap] = pick(random, wraps);
  const text = wrap(damage(rowsOf(operation, random), random));
  const [encoding, encode] = chance(random, 0.25)
    ? pick(random, encodings)
    : (encodings[0] as (typeof encodings)[0]);
  const spoilt = chance(random, 0.3) ? pick(random, byteDamages) : null;
  const content = spoilt ? spoilt[1](encode(text), random) : encode(text);
  const name = shape.startsWith('NDJSON')
    ? 'leads.ndjson'
    : pick(random, ['leads.json', 'leads.json', 'leads.txt', 'leads']);
  const { path, ...input } = inputOf(random, name, content);
  return {
    id,
    what: [what, shape, encoding, spoilt?.[0]].filter(Boolean).join(', '),
    args: [...operation.args, path, ...flagsFor(random)],
    leads: content,
    ...input,
  };
};
