import { describe, expect, it } from 'vitest';
import { openInput } from '../../src/input/open.js';
import { failureOf, file, options, readAll, valuesOf } from './helpers.js';

describe('CSV rows', () => {
  it('keep text as it is, with number and line', async () => {
    const text = 'a;b\r\n 1 ;\t2\r\n\r\n"x\r\ny";"""q"""\r\n4,91788E+11;=1+1\r\n';
    const { source, rows } = await readAll(await file(text));
    expect(source.columns).toEqual(['a', 'b']);
    expect(rows.map(({ row, line, values }) => [row, line, ...values])).toEqual([
      [1, 2, ' 1 ', '\t2'],
      [2, 4, 'x\r\ny', '"q"'],
      [3, 6, '4,91788E+11', '=1+1'],
    ]);
    expect(rows[0]?.columns).toBe(rows[1]?.columns);
  });

  it('end with CRLF, LF or CR, mixed, and without a last one', async () => {
    const { rows } = await readAll(await file('a;b\r\n1;2\n3;4\r5;6\r\n\n\r\r\n7;8'));
    expect(rows.map(({ line, values }) => [line, ...values])).toEqual([
      [2, '1', '2'],
      [3, '3', '4'],
      [4, '5', '6'],
      [8, '7', '8'],
    ]);
  });

  it('skip empty lines, but not rows of empty cells', async () => {
    expect(await valuesOf('\n\na\n\n""\n\nx\n""')).toEqual([[''], ['x'], ['']]);
    expect(await valuesOf('a;b\n;\n\n')).toEqual([['', '']]);
  });

  it('count lines right across chunks', async () => {
    const text = `a;b\r\n${'"x\r\ny";1\r\n'.repeat(30_000)}last;1\r\n`;
    const { rows } = await readAll(await file(text));
    expect(rows.at(-1)).toMatchObject({ row: 30_001, line: 60_002 });
  });

  it('may be none', async () => {
    expect(await valuesOf('a;b\n')).toEqual([]);
    expect(await valuesOf('a;b')).toEqual([]);
  });

  it('come again from the start', async () => {
    const source = await openInput(options(await file(`n\n${'1\n'.repeat(2_500)}`)));
    for (let turn = 0; turn < 2; turn++) {
      const numbers: number[] = [];
      for await (const { row } of source.rows()) numbers.push(row);
      expect(numbers).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1));
    }
    for await (const row of source.rows()) {
      expect(row.row).toBe(1);
      break;
    }
  });

  it('are safe with column names of Object.prototype', async () => {
    const { source, rows } = await readAll(await file('constructor;prototype;toString\n1;2;3\n'));
    expect(source.columns).toEqual(['constructor', 'prototype', 'toString']);
    expect(rows[0]?.values).toEqual(['1', '2', '3']);
  });
});

describe('delimiters', () => {
  const cases: [text: string, delimiter: string, columns: number][] = [
    ['a,b,c\n1,2,3\n', ',', 3],
    ['a;b;c\n"1,5";2,0;3,1\n1,5;2;3\n', ';', 3],
    ['a\tb\n1,5\t2;3\n', '\t', 2],
    ['a,b\n"x;y;z",1\n"x;y;z",2\n', ',', 2],
    ['Name\nMüller, Hans\nMeier; Eva\n', ',', 1],
    ['a;b;c\n1;2;3\n1;2\n1;2;3\n', ';', 3],
    ['sep=;\r\na;b,c\r\n1;2,3\r\n', ';', 2],
    ['a;b', ';', 2],
  ];
  it.each(cases)('%j has %j', async (text, delimiter, columns) => {
    const source = await openInput(options(await file(text)));
    expect(source.facts.delimiter).toBe(delimiter);
    expect(source.columns).toHaveLength(columns);
  });

  it('are found where the head ends inside quotes', async () => {
    const text = `a;b\n${'1;"x, y\nz"\n'.repeat(20_000)}`;
    const { source, rows } = await readAll(await file(text));
    expect(source.facts.delimiter).toBe(';');
    expect(rows).toHaveLength(20_000);
  });

  it('can be declared by character or name', async () => {
    expect(await valuesOf('a|b\n1|2\n', { delimiter: '|' })).toEqual([['1', '2']]);
    expect(await valuesOf('a\tb\n1\t2\n', { delimiter: 'tab' })).toEqual([['1', '2']]);
    for (const delimiter of ['', ';;', '"', '\n', 'ä', 'x']) {
      expect((await failureOf('a\n1\n', { delimiter })).code).toBe('input.bad-delimiter');
    }
  });

  it('that could be two are warned about', async () => {
    const { source } = await readAll(await file('name;city,zip\nx;y,z\n'));
    expect(source.warnings[0]).toContain('--delimiter');
  });
});

describe('CSV files refused', () => {
  const wide = Array.from({ length: 1_001 }, (_, at) => `c${at}`).join(';');
  const broken: [code: string, text: string, place: string][] = [
    ['input.empty', '', ''],
    ['input.empty', '\ufeff', ''],
    ['input.empty', '\n\r\n\n', ''],
    ['input.duplicate-header', 'Name;Ort; Name \n1;2;3\n', 'line 1'],
    ['input.empty-header', 'a;b;;\n1;2;;\n', 'column 3'],
    ['input.empty-header', 'a;"  ";c\n', 'column 2'],
    ['input.proto-header', 'a;__proto__\n1;2\n', 'line 1'],
    ['input.too-many-columns', `${wide}\n`, 'line 1'],
    ['input.unclosed-quote', 'a;b\n1;2\n3;"4\n5;6\n', 'row 2, line 3'],
    ['input.bad-quote', 'a;b\n1;2\n3;4"5"\n', 'row 2, line 3'],
    ['input.bad-quote', 'a;b\n1;"x"y\n', 'row 1, line 2'],
    ['input.unclosed-quote', 'a;"b\n1;2\n', 'line 1'],
    ['input.oversize', `a;b\n1;2\n3;"${'x'.repeat(1_200_000)}\n`, 'row 2, line 3'],
    ['input.oversize', `a;b\n1;2\n${';'.repeat(1_300_000)}\n`, 'row 2, line 3'],
    ['input.oversize', `${'x'.repeat(70_000)};b\n1;2\n`, 'line 1'],
    ['input.nul', 'a;b\0\n1;2\n', 'line 1'],
  ];
  it.each(broken)('%s: %.40j', async (code, text, place) => {
    for (const skipInvalid of [false, true]) {
      const error = await failureOf(text, { skipInvalid });
      expect(error.code).toBe(code);
      expect(error.message).toMatch(/^leads\.csv/);
      expect(error.message).toContain(place);
      expect(error.hint).toBeTruthy();
    }
  });

  const brokenRows: [code: string, row: string, place: string][] = [
    ['input.ragged', '3', 'row 2, line 3'],
    ['input.ragged', '3;4;5', 'row 2, line 3'],
    ['input.ragged', ' ', 'row 2, line 3'],
    ['input.nul', '3;4\u00005', 'row 2, line 3, column "b"'],
    ['input.oversize', `${'x'.repeat(65_537)};4`, 'row 2, line 3, column "a"'],
  ];
  it.each(brokenRows)('%s: %.20j, or the row is set aside', async (code, row, place) => {
    const text = `a;b\n1;2\n${row}\n5;6\n`;
    const error = await failureOf(text);
    expect(error.code).toBe(code);
    expect(error.message).toContain(place);
    const { rows } = await readAll(await file(text), { skipInvalid: true });
    expect(rows.map((each) => each.broken?.code ?? null)).toEqual([null, code, null]);
    expect(rows[1]).toMatchObject({ row: 2, line: 3, columns: ['a', 'b'] });
    expect(rows[2]).toMatchObject({ row: 3, line: 4, values: ['5', '6'] });
  });

  it('gives the rows before the broken one first', async () => {
    const source = await openInput(options(await file('a;b\n1;2\n3;4\n5\n')));
    const seen: number[] = [];
    await expect(
      (async () => {
        for await (const row of source.rows()) seen.push(row.row);
      })(),
    ).rejects.toMatchObject({ code: 'input.ragged' });
    expect(seen).toEqual([1, 2]);
  });

  it('allows the longest cell and the most columns', async () => {
    const names = Array.from({ length: 1_000 }, (_, at) => `c${at}`).join(';');
    expect(await valuesOf(`${names}\n`)).toEqual([]);
    expect(await valuesOf(`a;b\n${'ä'.repeat(65_536)};1\n`)).toHaveLength(1);
  });

  it('never quotes a cell, not even one taken for a header', async () => {
    const secret = '0301234567';
    for (const text of [
      `${secret};${secret}\n1;2\n`,
      `a;b\n${secret}\n`,
      `a;b\n${secret}"x";1\n`,
      `a;b\n"${secret}"x;1\n`,
      `a;b\n"${secret}`,
      `${secret};b\n1;2\u0000\n`,
    ]) {
      const error = await failureOf(text);
      expect(`${error.message} ${error.hint}`).not.toContain(secret);
    }
  });

  it('keeps terminal control codes of a header out of messages', async () => {
    const error = await failureOf('a;b\u001b[2J\n1;2\u0000\n');
    expect(error.message).not.toMatch(/[\u0000-\u001f]/); // eslint-disable-line no-control-regex
  });
});
