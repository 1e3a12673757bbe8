import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { canonicalJson } from '../../src/core/json.js';
import type { Json } from '../../src/core/json.js';
import { makeMapping, parseMapFile } from '../../src/core/mapping.js';
import { describeMapping, mappingCache, mapRow } from '../../src/core/map-row.js';
import type { Mapping, MappingRequest } from '../../src/core/mapping.js';
import type { InputRow, Problem } from '../../src/core/row.js';
import { asE164 } from '../support/rows.js';
import { email, integer, phone, text, type Field } from '../../src/core/value.js';

const about = 'for the test';
const phoneField: Field = { name: 'Phone', type: phone, column: { concept: 'phone' }, required: true, about };
const fields: readonly Field[] = [
  phoneField,
  { name: 'alt_phone', type: phone, column: { concept: 'other-phone' }, about },
  { name: 'email', type: email, column: { concept: 'email' }, about },
  { name: 'first_name', type: text({ max: 10 }), column: { concept: 'first-name' }, about },
  { name: 'key', type: text(), column: { concept: 'external-id', aliases: ['mapping id'] }, about },
  { name: 'delays', type: integer(), about },
];
const noDots = (name: string): Problem | null =>
  name.includes('.')
    ? {
        code: 'field.forbidden-name',
        message: `Column "${name}" holds a dot; names take no dots`,
        column: name,
      }
    : null;
const request = (columns: readonly string[], more: Partial<MappingRequest> = {}): MappingRequest => ({
  columns,
  fields,
  freeColumn: noDots,
  mapFile: null,
  set: {},
  phone: { format: 'auto', country: 'DE' },
  ...more,
});
const row = (columns: readonly string[], values: readonly Json[], number = 1): InputRow => ({
  row: number,
  line: null,
  columns,
  values,
  broken: null,
});
const sources = (mapping: Mapping): Record<string, string | null> =>
  Object.fromEntries(mapping.fields.map(({ field, column }) => [field.name, column]));
const map = (value: Json) => parseMapFile(value);

function failure(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('makeMapping by headers', () => {
  it('takes the very name, then the name but for its spelling, then an alias, then a synonym', () => {
    const mapping = makeMapping(
      request(['Handy', 'Phone', 'E-MAIL', 'Mapping-ID', 'Vorname', 'Kundennummer']),
    );
    expect(sources(mapping)).toEqual({
      Phone: 'Phone',
      email: 'E-MAIL',
      first_name: 'Vorname',
      key: 'Mapping-ID',
    });
    expect(mapping.fields.map(({ how }) => how)).toEqual(['name', 'name', 'synonym', 'synonym']);
    expect(mapping.free.map(({ name }) => name)).toEqual(['Handy', 'Kundennummer']);
  });

  it('prefers mobile to telephone to landline, and gives the second number its own field', () => {
    expect(sources(makeMapping(request(['Telefon', 'Mobil'])))).toEqual({
      Phone: 'Mobil',
      alt_phone: 'Telefon',
    });
    expect(sources(makeMapping(request(['Festnetz', 'Telefon'])))).toEqual({
      Phone: 'Telefon',
      alt_phone: 'Festnetz',
    });
    const one = [phoneField];
    expect(sources(makeMapping(request(['Telefon', 'Mobil'], { fields: one })))).toEqual({ Phone: 'Mobil' });
    expect(sources(makeMapping(request(['Festnetz'], { fields: one })))).toEqual({ Phone: 'Festnetz' });
  });

  it('refuses two columns of the same meaning', () => {
    const error = failure(() => makeMapping(request(['Handy', 'WhatsApp'])));
    expect([error.code, error.exit]).toEqual(['map.ambiguous', 6]);
    expect(error.message).toContain('"Handy", "WhatsApp"');
    expect(error.hint).toContain('--map');
  });

  it('refuses a table without a phone and lists what it has', () => {
    const error = failure(() => makeMapping(request(['Vorname', 'Ort'])));
    expect([error.code, error.exit]).toEqual(['map.no-phone', 6]);
    expect(error.message).toContain('"Vorname", "Ort"');
  });

  it('refuses a table without another required field', () => {
    const id: Field = { name: 'id', type: text(), column: { concept: 'vendor-id' }, required: true, about };
    expect(failure(() => makeMapping(request(['x'], { fields: [id] }))).code).toBe('field.missing-column');
    expect(sources(makeMapping(request(['ID'], { fields: [id] })))).toEqual({ id: 'ID' });
  });

  it('ignores our own result columns and columns without a name', () => {
    const columns = ['Phone', '', '_salesq_row', '_salesq_vendor_id', '_SALESQ_State', 'Ort'];
    const mapping = makeMapping(request(columns));
    expect(mapping.ignored).toEqual(['', '_salesq_row', '_salesq_vendor_id', '_SALESQ_State']);
    expect(mapping.free.map(({ column }) => column)).toEqual(['Ort']);
  });

  it('ignores what the operation cannot take', () => {
    const mapping = makeMapping(request(['Phone', 'Ort'], { freeColumn: undefined }));
    expect([mapping.free, mapping.ignored]).toEqual([[], ['Ort']]);
  });

  it('passes on why the vendor refuses a free column, and how to mend it', () => {
    const error = failure(() => makeMapping(request(['Phone', 'a.b'])));
    expect([error.code, error.exit]).toEqual(['field.forbidden-name', 6]);
    expect(error.message).toContain('no dots');
    expect(error.hint).toContain('{"ignore":["a.b"]}');
  });
});

describe('makeMapping with a map file and --set', () => {
  it('goes before the headers', () => {
    const mapFile = map({
      fields: { Phone: { column: 'Festnetz', format: 'national' }, email: 'Kontakt', delays: { value: 600 } },
      free: { 'a.b': 'ab' },
      ignore: ['Geheim'],
    });
    const mapping = makeMapping(
      request(['Handy', 'Festnetz', 'Kontakt', 'a.b', 'Geheim', 'Ort'], { mapFile }),
    );
    expect(
      mapping.fields.map(({ field, column, constant, how, rule }) => [
        field.name,
        column,
        constant,
        how,
        rule,
      ]),
    ).toEqual([
      ['Phone', 'Festnetz', undefined, 'map', { format: 'national' }],
      ['email', 'Kontakt', undefined, 'map', {}],
      ['delays', null, 600, 'map', null],
    ]);
    expect(mapping.free.map(({ column, name }) => [column, name])).toEqual([
      ['Handy', 'Handy'],
      ['a.b', 'ab'],
      ['Ort', 'Ort'],
    ]);
    expect(mapping.ignored).toEqual(['Geheim']);
  });

  it('can give a format without naming the column', () => {
    const mapFile = map({ fields: { phone: { format: 'intl-digits' } } });
    const columns = ['Handy'];
    const mapping = makeMapping(request(columns, { mapFile }));
    const mapped = mapRow(mapping, row(columns, ['491788046563']), { format: 'auto', country: 'DE' });
    expect(mapped.phone).toBe('+491788046563');
  });

  it('leaves all the rest at home with *', () => {
    const mapFile = map({ ignore: ['*'], free: { Ort: 'City' } });
    const mapping = makeMapping(request(['Phone', 'Ort', 'x', 'a.b'], { mapFile }));
    expect(mapping.free.map(({ name }) => name)).toEqual(['City']);
    expect(mapping.ignored).toEqual(['x', 'a.b']);
  });

  it('does not match a column that is to travel free or to be ignored', () => {
    const mapFile = map({ free: { Telefon: 'Zentrale' }, ignore: ['Handy'] });
    expect(failure(() => makeMapping(request(['Telefon', 'Handy'], { mapFile }))).code).toBe('map.no-phone');
  });

  it('lets --set go before the map file and the column of that name', () => {
    const mapFile = map({ fields: { delays: { value: 1 } } });
    const mapping = makeMapping(
      request(['Phone', 'delays'], { mapFile, set: { Delays: '600', Quelle: 'Messe' } }),
    );
    expect(mapping.fields.at(-1)).toMatchObject({ constant: 600, how: 'set', column: null });
    expect(mapping.free).toEqual([{ column: null, name: 'Quelle', constant: 'Messe', at: -1 }]);
    expect(mapping.ignored).toEqual(['delays']);
  });

  const refused: readonly (readonly [string, string, readonly string[], Partial<MappingRequest>])[] = [
    [
      'an unknown column of a field',
      'map.unknown-column',
      ['Phone'],
      { mapFile: map({ fields: { email: 'Mail' } }) },
    ],
    ['an unknown column to rename', 'map.unknown-column', ['Phone'], { mapFile: map({ free: { x: 'y' } }) }],
    ['an unknown column to ignore', 'map.unknown-column', ['Phone'], { mapFile: map({ ignore: ['x'] }) }],
    ['an unknown field', 'map.unknown-field', ['Phone'], { mapFile: map({ fields: { fone: 'Phone' } }) }],
    ['--set of an unknown field', 'map.unknown-field', ['Phone'], { set: { x: '1' }, freeColumn: undefined }],
    ['--set of a forbidden free name', 'field.forbidden-name', ['Phone'], { set: { 'a.b': '1' } }],
    ['a constant that fails its check', 'field.bad-integer', ['Phone'], { set: { delays: 'soon' } }],
    ['a constant phone that is none', 'phone.scientific', ['Ort'], { set: { Phone: '4.9E+11' } }],
    ['an empty constant', 'field.missing', ['Phone'], { set: { delays: '' } }],
    ['a rename onto a field', 'map.collision', ['Phone', 'x'], { mapFile: map({ free: { x: 'email' } }) }],
    ['two columns of one name', 'map.collision', ['Phone', 'x', 'y'], { mapFile: map({ free: { x: 'y' } }) }],
    ['--set onto a free column', 'map.collision', ['Phone', 'Ort'], { set: { Ort: 'Ulm' } }],
    [
      'a left-over column called like a field',
      'map.collision',
      ['Phone', 'x'],
      { mapFile: map({ fields: { Phone: 'x' } }), fields: [phoneField] },
    ],
    [
      'free data where none is taken',
      'map.no-free-data',
      ['Phone', 'x'],
      { mapFile: map({ free: { x: 'y' } }), freeColumn: undefined },
    ],
  ];
  it.each(refused)('refuses %s', (_what, code, columns, more) => {
    const error = failure(() => makeMapping(request(columns, more)));
    expect([error.code, error.exit]).toEqual([code, 6]);
    expect(error.hint).not.toBeNull();
  });

  it('does not quote a constant', () => {
    const error = failure(() => makeMapping(request(['x'], { set: { Phone: '0178 80465 secret' } })));
    expect(`${error.message} ${error.hint}`).not.toMatch(/80465|secret/);
  });
});

describe('parseMapFile', () => {
  const broken: readonly (readonly [string, Json, RegExp])[] = [
    ['a list', [], /not a valid map file/],
    ['an unknown key', { felds: {} }, /felds/],
    ['a number for a column', { fields: { Phone: 7 } }, /fields\.Phone/],
    ['an unknown key of a field', { fields: { Phone: { colum: 'x' } } }, /fields\.Phone.*colum/],
    ['an unknown format', { fields: { Phone: { format: 'us' } } }, /fields\.Phone\.format/],
    [
      'an unknown country',
      { fields: { Phone: { country: 'Germany' } } },
      /fields\.Phone\.country.*country code/,
    ],
    ['column and value', { fields: { Phone: { column: 'a', value: 'b' } } }, /fields\.Phone.*not both/],
    ['a rename that is no text', { free: { a: 1 } }, /free\.a/],
    ['ignore that is no list', { ignore: 'a' }, /ignore/],
  ];
  it.each(broken)('refuses %s and says where', (_what, value, message) => {
    const error = failure(() => parseMapFile(value, 'm.json'));
    expect([error.code, error.exit]).toEqual(['map.invalid', 6]);
    expect(error.message).toMatch(message);
    expect(error.message).toContain('m.json');
  });

  it('does not list a thousand unknown keys', () => {
    const value = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`key${at}`, 1]));
    expect(failure(() => parseMapFile(value)).message.length).toBeLessThan(500);
  });

  it('keeps columns called like parts of an object', () => {
    const mapFile = parseMapFile(
      JSON.parse('{"fields":{"Phone":"constructor"},"free":{"__proto__":"proto","toString":"text"}}') as Json,
    );
    const columns = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];
    const mapping = makeMapping(request(columns, { mapFile }));
    const { lead } = mapRow(mapping, row(columns, ['0178 8046563', 'a', 'b', 'c']), {
      format: 'auto',
      country: 'DE',
    });
    expect(Object.entries(lead.free)).toEqual([
      ['proto', 'a'],
      ['text', 'b'],
      ['hasOwnProperty', 'c'],
    ]);
  });

  it('is plain JSON, so that another map file makes other settings', () => {
    const one = canonicalJson(map({ fields: { Phone: 'a' }, free: { b: 'c' } }) as unknown as Json);
    const other = canonicalJson(map({ fields: { Phone: 'b' }, free: { b: 'c' } }) as unknown as Json);
    expect(one).toContain('"column":"a"');
    expect(one).not.toBe(other);
  });
});

describe('mapRow', () => {
  const rule = { format: 'auto', country: 'DE' } as const;
  const columns = ['Handy', 'E-Mail', 'Vorname', 'Alter', 'Info', '__proto__'];
  const mapping = makeMapping(request(columns));

  it('gives fields by kind and free data as it stands', () => {
    const mapped = mapRow(
      mapping,
      row(columns, ['0178 8046563', ' a@b.de ', 'Anna', 23, { a: [true] }, 'p']),
      rule,
    );
    expect(mapped.problems).toEqual([]);
    expect(mapped.phone).toBe('+491788046563');
    expect(Object.entries(asE164(mapped.lead.fields) as object)).toEqual([
      ['Phone', '+491788046563'],
      ['email', 'a@b.de'],
      ['first_name', 'Anna'],
    ]);
    expect(Object.entries(mapped.lead.free)).toEqual([
      ['Alter', 23],
      ['Info', { a: [true] }],
      ['__proto__', 'p'],
    ]);
    for (const record of [mapped.lead.free, mapped.lead.fields])
      for (const name of Object.getOwnPropertyNames(Object.prototype))
        expect([name, name in record]).toEqual([name, Object.keys(record).includes(name)]);
  });

  it('leaves empty cells out', () => {
    const mapped = mapRow(mapping, row(columns, ['0178 8046563', '', ' ', null, '\u00A0', '']), rule);
    expect([Object.keys(mapped.lead.fields), Object.keys(mapped.lead.free)]).toEqual([['Phone'], []]);
  });

  it('reports every problem with its column, and no cell', () => {
    const mapped = mapRow(
      mapping,
      row(columns, ['4.91788E+11', 'nope', 'Maximiliane-Sophie', '', '', '']),
      rule,
    );
    expect(mapped.problems.map(({ problem, state }) => [problem.code, problem.column, state])).toEqual([
      ['phone.scientific', 'Handy', 'invalid'],
      ['field.bad-email', 'E-Mail', 'invalid'],
      ['field.too-long', 'Vorname', 'invalid'],
    ]);
    const text = mapped.problems.map(({ problem }) => problem.message).join();
    expect(text).toContain('Column "Handy"');
    expect(text).not.toMatch(/4\.91|nope|Maximiliane/);
    expect(mapped.phone).toBeNull();
  });

  it('holds what a person must decide', () => {
    const [found] = mapRow(mapping, row(columns, ['491788046563', '', '', '', '', '']), rule).problems;
    expect([found?.state, found?.problem.code]).toEqual(['held', 'phone.ambiguous']);
  });

  it('finds its columns by name where a row has them in another order', () => {
    const turned = [...columns].reverse();
    const mapped = mapRow(mapping, row(turned, ['p', '', '23', 'Anna', '', '0178 8046563']), rule);
    expect([mapped.phone, mapped.lead.fields['first_name'], mapped.lead.free['Alter']]).toEqual([
      '+491788046563',
      'Anna',
      '23',
    ]);
  });

  it('fills in constants', () => {
    const one = makeMapping(request(['Phone'], { set: { delays: '600', Quelle: 'Messe' } }));
    const { lead } = mapRow(one, row(['Phone'], ['0178 8046563']), rule);
    expect([lead.fields['delays'], lead.free['Quelle']]).toEqual([600, 'Messe']);
  });
});

describe('mappingCache', () => {
  const cacheOf = (more: Partial<MappingRequest> = {}) => mappingCache(request([], more));
  const codes = (
    columns: readonly string[],
    values: readonly Json[],
    more: Partial<MappingRequest> = {},
  ): string[] =>
    cacheOf(more)
      .mapRow(row(columns, values))
      .problems.map(({ problem }) => problem.code);

  it('maps each list of keys, once', () => {
    const cache = cacheOf();
    expect(cache.of(['Handy', 'Ort'])).toBe(cache.of(['Handy', 'Ort']));
    expect(cache.mapRow(row(['Ort', 'Handy'], ['Ulm', '0178 8046563'])).phone).toBe('+491788046563');
    expect(cache.mapRow(row(['Telefon'], ['+491788046563'])).phone).toBe('+491788046563');
  });

  it('makes a row problem of what a table is refused for', () => {
    expect(codes(['Ort'], ['Ulm'])).toEqual(['phone.missing']);
    expect(codes(['Handy', 'a.b'], ['0178 8046563', 1])).toEqual(['field.forbidden-name']);
    expect(codes(['Handy', 'WhatsApp'], ['0178 8046563', '0178 8046563'])).toEqual(['map.ambiguous']);
    expect(codes([], [])).toEqual(['phone.missing']);
  });

  it('does not take another column for the one the map file names', () => {
    const mapFile = map({ fields: { Phone: 'Handy' } });
    expect(codes(['Telefon'], ['0178 8046563'], { mapFile })).toEqual(['phone.missing']);
  });

  it('refuses at once what no row can mend', () => {
    expect(failure(() => cacheOf({ mapFile: map({ fields: { fone: 'x' } }) })).code).toBe(
      'map.unknown-field',
    );
    expect(failure(() => cacheOf({ set: { delays: 'soon' } })).code).toBe('field.bad-integer');
  });

  it('stays right when there are more lists than it keeps', () => {
    const cache = cacheOf();
    for (let at = 0; at < 2_500; at += 1) cache.of(['Handy', `x${at}`]);
    expect(cache.of(['Handy', 'x0']).free.map(({ name }) => name)).toEqual(['x0']);
  });
});

it('describes a mapping for people', () => {
  const mapFile = map({ ignore: ['x'] });
  const mapping = makeMapping(
    request(['Vorname', 'Ort', 'x'], { mapFile, set: { Phone: '0178 8046563', Quelle: 'Messe' } }),
  );
  expect(describeMapping(mapping)).toEqual([
    { field: 'Phone', from: 'constant +49178•••563', how: 'set' },
    { field: 'first_name', from: 'column Vorname', how: 'synonym' },
    { field: 'Ort', from: 'column Ort', how: 'free' },
    { field: 'Quelle', from: 'constant "Messe"', how: 'free' },
    { field: null, from: 'column x', how: 'ignored' },
  ]);
});

describe('whatever the header', () => {
  const header = fc.oneof(
    fc.constantFrom(
      'Phone',
      'Handy',
      'Telefon',
      'email',
      'Vorname',
      'Ort',
      '__proto__',
      'constructor',
      '',
      'a.b',
      '_salesq_row',
      'ID',
    ),
    fc.string({ maxLength: 8 }),
  );

  it('every column goes to one place and only UserErrors are thrown', () => {
    fc.assert(
      fc.property(fc.uniqueArray(header, { maxLength: 8 }), (columns) => {
        let mapping: Mapping;
        try {
          mapping = makeMapping(request(columns));
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          return;
        }
        const placed = [
          ...mapping.fields.map(({ column }) => column),
          ...mapping.free.map(({ column }) => column),
          ...mapping.ignored,
        ];
        expect(placed.sort()).toEqual([...columns].sort());
      }),
      { numRuns: 500 },
    );
  });

  it('a row never throws, and no value is lost or changes its place', () => {
    const cell = fc.oneof(fc.jsonValue(), fc.constantFrom<Json>('0178 8046563', '4.91788E+11', '', null));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(header, cell), { selector: ([name]) => name, maxLength: 6 }),
        (cells) => {
          const columns = cells.map(([name]) => name);
          const values = cells.map(([, value]) => value as Json);
          const cache = mappingCache(request([]));
          const { lead, problems } = cache.mapRow(row(columns, values));
          const mapping = cache.of(columns);
          for (const { column, name, at } of mapping.free) {
            expect(columns[at]).toBe(column);
            if (Object.hasOwn(lead.free, name)) expect(lead.free[name]).toBe(values[at]);
            else
              expect(typeof values[at] === 'string' ? values[at].trim() : values[at]).toBeOneOf(['', null]);
          }
          if (problems.length === 0) expect(asE164(lead.fields['Phone'])).toMatch(/^\+\d+$/);
        },
      ),
      { numRuns: 500 },
    );
  });
});
