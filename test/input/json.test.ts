import { describe, expect, it } from 'vitest';
import { writeJson } from '../../src/core/json.js';
import { failureOf, file, fixture, readAll } from './helpers.js';

describe('JSON', () => {
  it('gives the elements of an array with keys of their own', async () => {
    const { source, rows } = await readAll(fixture('leads.json'));
    expect(source.facts).toMatchObject({ format: 'json', delimiter: null, encoding: 'utf-8' });
    expect(source.columns).toBeNull();
    expect(rows).toEqual([
      {
        row: 1,
        line: 2,
        columns: ['name', 'phone', 'id', 'tags'],
        values: ['Käthe Müller', '030 23125 014', 4711, ['solar', 'heat']],
        broken: null,
      },
      {
        row: 2,
        line: 11,
        columns: ['name', 'phone', 'notes'],
        values: ['Фёдор Щукин', 78125550127, null],
        broken: null,
      },
    ]);
  });

  it('gives one object a line of NDJSON, empty lines aside', async () => {
    const { source, rows } = await readAll(
      await file('{"a":1}\n\n  \r\n{"a":"x","b":{"c":[true]}}', 'x.jsonl'),
    );
    expect(source.facts.format).toBe('ndjson');
    expect(rows.map(({ row, line }) => [row, line])).toEqual([
      [1, 1],
      [2, 4],
    ]);
    expect(JSON.stringify(rows[1]?.values)).toBe('["x",{"c":[true]}]');
    expect((await readAll(fixture('leads.ndjson'))).rows).toHaveLength(2);
  });

  const formats: [name: string, text: string, format: string][] = [
    ['x', '[{"a":1}]', 'json'],
    ['x', '\n [ \n]', 'json'],
    ['x', '{"a":1}\n{"a":2}\n', 'ndjson'],
    ['x', '{"a":1}', 'ndjson'],
    ['x.json', '{"a":1}\n{"a":2}\n', 'ndjson'],
    ['x.txt', '[id];name\n1;2\n', 'csv'],
    ['x.csv', '{"a";b\n', 'csv'],
  ];
  it.each(formats)('%s with %j is %s', async (name, text, format) => {
    if (text === '{"a";b\n') expect((await failureOf(text, {}, name)).code).toBe('input.bad-quote');
    else expect((await readAll(await file(text, name))).source.facts.format).toBe(format);
  });

  it('reads other encodings', async () => {
    const { rows } = await readAll(await file('[{"имя":"Анна"}]', 'x.json', 'windows-1251'));
    expect(rows[0]).toMatchObject({ columns: ['имя'], values: ['Анна'] });
    const wide = await readAll(await file('\ufeff{"a":"ä"}\n', 'x.ndjson', 'utf-16le'));
    expect(wide.rows[0]?.values).toEqual(['ä']);
  });

  it('keeps the digits of numbers, and the order of keys', async () => {
    const numbers = '[491701234567,9007199254740993,4.91788E+11,1e3,-0,12.50,10.0,0.1234567890123456789]';
    const { rows } = await readAll(await file(`[{"b":${numbers},"9":{"2":1,"1":0}}]`, 'x.json'));
    expect(rows[0]?.columns).toEqual(['b', '9']);
    expect(writeJson(rows[0]?.values)).toBe(`[${numbers},{"2":1,"1":0}]`);
    const [first] = rows[0]?.values[0] as readonly unknown[];
    expect(first).toBe(491701234567);
  });

  it('has objects without prototype, so that a key is only a key', async () => {
    const { rows } = await readAll(await file('[{"o":{"constructor":1}}]', 'x.json'));
    expect('toString' in (rows[0]?.values[0] as object)).toBe(false);
  });

  const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
  const rowBroken: [code: string, element: string][] = [
    ['input.not-an-object', '[1]'],
    ['input.not-an-object', '"x"'],
    ['input.not-an-object', '12'],
    ['input.not-an-object', 'null'],
    ['input.proto-header', '{"__proto__":{"x":1}}'],
    ['input.proto-header', '{"\\u005f_proto__":1}'],
    ['input.proto-header', '{"a":{"__proto__":1}}'],
    ['input.duplicate-key', '{"a":1,"b":2,"a":3}'],
    ['input.duplicate-key', '{"a":{"b":1,"b":2}}'],
    ['input.nul', '{"a":"x\\u0000"}'],
    ['input.undecodable', '{"a":"x\\ud800"}'],
    ['input.oversize', `{"a":"${'x'.repeat(65_537)}"}`],
    ['input.oversize', `{"a":${deep}}`],
    [
      'input.too-many-columns',
      JSON.stringify(Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`c${at}`, 1]))),
    ],
  ];
  it.each(rowBroken)('%s: %.40s', async (code, element) => {
    for (const [name, text] of [
      ['x.json', `[{"a":0},\n${element},\n{"a":9}]`],
      ['x.ndjson', `{"a":0}\n${element}\n{"a":9}\n`],
    ] as const) {
      const error = await failureOf(text, {}, name);
      expect(error.code).toBe(code);
      expect(error.message).toContain('row 2, line 2');
      const { rows } = await readAll(await file(text, name), { skipInvalid: true });
      expect(rows.map((row) => row.broken?.code ?? null)).toEqual([null, code, null]);
      expect(rows[2]).toMatchObject({ row: 3, line: 3, values: [9] });
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('names the column and the row of an undecodable byte', async () => {
    const text = Buffer.concat([
      Buffer.from('[{"a":"ä"},\n{"b":"x'),
      Buffer.of(0xff),
      Buffer.from('"},{"c":1}]'),
    ]);
    const error = await failureOf(text, { encoding: 'utf-8' }, 'x.json');
    expect(error.code).toBe('input.undecodable');
    expect(error.message).toContain('row 2, line 2, column "b"');
    const { rows } = await readAll(await file(text, 'x.json'), { encoding: 'utf-8', skipInvalid: true });
    expect(rows.map((row) => row.broken?.code ?? null)).toEqual([null, 'input.undecodable', null]);
  });

  const fileBroken: [code: string, name: string, text: string, place: string][] = [
    ['input.not-an-array', 'x.json', '{"leads":[{"a":1}]}', 'x.json'],
    ['input.not-an-array', 'x', '{\n "leads": []\n}', 'x:'],
    ['input.not-an-array', 'x.json', '"text"', 'line 1'],
    ['input.bad-json', 'x.json', 'hello', 'line 1'],
    ['input.bad-json', 'x.json', '[{"a":1},\n{"a":}]', 'row 2, line 2'],
    ['input.bad-json', 'x.json', '[{"a":1}\n{"a":2}]', 'row 2, line 2'],
    ['input.bad-json', 'x.json', '[{"a":1},]', 'row 2, line 1'],
    ['input.bad-json', 'x.json', '[{"a":1}', 'row 2'],
    ['input.bad-json', 'x.json', '[{"a":1}]\n[]', 'line 2'],
    ['input.bad-json', 'x.json', "[{'a':1}]", 'row 1'],
    ['input.oversize', 'x.json', `[{"a":1},{"a":"${'x'.repeat(1_200_000)}"}]`, 'row 2, line 1'],
    ['input.bad-json', 'x.json', '[{"a":1},{"a":2},{"a":3}}]', 'row 4, line 1'],
    ['input.empty', 'x.json', '', ''],
    ['input.empty', 'x.ndjson', ' \n\n', ''],
  ];
  it.each(fileBroken)('%s: %s %.30j', async (code, name, text, place) => {
    for (const skipInvalid of [false, true]) {
      const error = await failureOf(text, { skipInvalid }, name);
      expect(error.code).toBe(code);
      expect(error.message).toContain(place);
    }
  });

  it.each(['{"a":1', '{"a":1} {"a":2}', 'nonsense', '{"a":01}', '{"a":tru}', '[', '{"a":"\t"}'])(
    'a bad NDJSON line can be set aside: %j',
    async (line) => {
      const text = `{"a":0}\n${line}\n{"a":9}\n`;
      expect((await failureOf(text, {}, 'x.ndjson')).code).toBe('input.bad-json');
      const { rows } = await readAll(await file(text, 'x.ndjson'), { skipInvalid: true });
      expect(rows.map((row) => row.broken?.code ?? null)).toEqual([null, 'input.bad-json', null]);
    },
  );

  it('an endless NDJSON line is skipped without being kept', async () => {
    const text = `{"a":0}\n{"a":"${'x'.repeat(3_000_000)}"}\n{"a":9}`;
    expect((await failureOf(text, {}, 'x.ndjson')).code).toBe('input.oversize');
    const { rows } = await readAll(await file(text, 'x.ndjson'), { skipInvalid: true });
    expect(rows.map((row) => row.broken?.code ?? null)).toEqual([null, 'input.oversize', null]);
    expect(rows[2]).toMatchObject({ row: 3, line: 3, values: [9] });
  });

  it('an empty array is no rows', async () => {
    expect((await readAll(await file('[]', 'x.json'))).rows).toEqual([]);
  });
});
