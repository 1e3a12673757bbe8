import { readFile } from 'node:fs/promises';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { failureOf, file, fixture, readAll, valuesOf } from './helpers.js';

const found: [name: string, encoding: string, delimiter: string | null, row: number, cells: string[]][] = [
  ['leads-de-utf8.csv', 'utf-8', ';', 2, ['Herr', 'Jörg', 'Weiß']],
  ['leads-de-utf8-bom.csv', 'utf-8', ';', 1, ['Frau', 'Käthe', 'Müller-Lüdenscheid']],
  ['leads-de-utf16le.csv', 'utf-16le', '\t', 3, ['Herr', 'Günther', 'Öztürk']],
  ['leads-de-utf16be.csv', 'utf-16be', '\t', 4, ['Frau', 'Zoë', 'Größ']],
  [
    'leads-de-windows1252.csv',
    'windows-1252',
    ';',
    1,
    ['Bäckerei „Zur Mühle“', '0221 4710-234', '1.250,00 €'],
  ],
  ['leads-de-iso88591.csv', 'windows-1252', ';', 4, ['Frau', 'Zoë', 'Größ']],
  ['leads-ru-windows1251.csv', 'windows-1251', ';', 2, ['Фёдор', 'Щукин', '8 (812) 555-01-27']],
  ['leads-ru-utf16le-nobom.csv', 'utf-16le', ';', 3, ['Юлия', 'Объедкова', '+7 843 555-01-33']],
  ['leads-ru-utf8.csv', 'utf-8', ';', 1, ['Анна', 'Кузнецова', '8 (495) 555-01-14']],
  ['leads-uk-comma.csv', 'utf-8', ',', 1, ['Siân', 'O’Hara', '07700 900123']],
];

describe('encodings found out', () => {
  it.each(found)('%s is %s', async (name, encoding, delimiter, row, cells) => {
    const { source, rows } = await readAll(fixture(name));
    expect(source.facts).toMatchObject({ name, encoding, delimiter, format: 'csv' });
    expect(rows[row - 1]?.values.slice(0, cells.length)).toEqual(cells);
    expect(rows.every((each) => each.broken === null)).toBe(true);
  });

  it('says that an encoding was guessed, and which flag overrides it', async () => {
    for (const name of [
      'leads-de-windows1252.csv',
      'leads-ru-windows1251.csv',
      'leads-ru-utf16le-nobom.csv',
    ]) {
      const { source } = await readAll(fixture(name));
      expect(source.warnings).toHaveLength(1);
      expect(source.warnings[0]).toContain('--encoding');
    }
    expect((await readAll(fixture('leads-de-utf8.csv'))).source.warnings).toEqual([]);
  });

  const short: [encoding: string, text: string][] = [
    ['windows-1252', 'Name;Ort\nMüller;Köln\n'],
    ['windows-1252', 'Name\nÄ\n'],
    ['windows-1252', 'Name\nÖz\nÜzüm\n'],
    ['windows-1252', 'NAME\nGRÖSSE ÄRGER ÜBEL\n'],
    ['windows-1252', 'n\nChloé Créée;Hélène Noël\n'],
    ['windows-1252', 'n\nPreis 5 € – Straße\n'],
    ['windows-1251', 'Имя\nАнна\n'],
    ['windows-1251', 'a;b\nЛи;Ян\n'],
    ['windows-1251', 'ФИО\nИВАНОВ ИВАН\n'],
    ['windows-1251', 'name;phone\nПётр;8 495\n'],
    ['windows-1251', 'n\nИван Petrov\nJohn Сидоров\n'],
    ['koi8-r', 'Имя;Город\nАнна Кузнецова;Москва\n'],
    ['cp850', 'Name;Ort\nMüller;Köln\nGroß;Österreich\n'],
  ];
  it.each(short)('tells %s from few words: %j', async (encoding, text) => {
    const { source } = await readAll(await file(text, 'leads.csv', encoding), { delimiter: '|' });
    expect(source.facts.encoding).toBe(encoding);
  });

  it('decides on the whole file: a first umlaut after 300 KB that is UTF-8', async () => {
    const head = `Name\n${'Meier\n'.repeat(50_000)}`;
    expect((await readAll(await file(`${head}Müller\n`))).source.facts.encoding).toBe('utf-8');
    const western = await readAll(await file(`${head}Müller\n`, 'leads.csv', 'windows-1252'));
    expect(western.source.facts.encoding).toBe('windows-1252');
    expect(western.rows.at(-1)?.values).toEqual(['Müller']);
  });

  it('does not read UTF-8 with one bad byte as windows-1252', async () => {
    const bytes = Buffer.concat([
      Buffer.from('Name;Ort\nMüller;Köln\nJ'),
      Buffer.of(0xf6),
      Buffer.from('rg;Bonn\n'),
    ]);
    const error = await failureOf(bytes);
    expect(error.code).toBe('input.undecodable');
    expect(error.message).toContain('row 2, line 3, column "Name"');
    const { rows, source } = await readAll(await file(bytes), { skipInvalid: true });
    expect(source.facts.encoding).toBe('utf-8');
    expect(rows.map((row) => row.broken?.code ?? null)).toEqual([null, 'input.undecodable']);
    expect(rows[0]?.values).toEqual(['Müller', 'Köln']);
  });

  it('keeps a character that lies across two chunks, in each encoding', async () => {
    for (const encoding of ['utf-8', 'utf-16le', 'utf-16be', 'gb18030']) {
      for (const pad of [65_531, 65_532, 65_533, 65_534, 65_535]) {
        const cell = `${'x'.repeat(pad % 4)}${'😀ä'.repeat(20_000)}`;
        const path = await file(`a\n${cell}\n`, 'leads.csv', encoding);
        const { rows } = await readAll(path, { encoding });
        expect(rows[0]?.values[0] === cell, `${encoding} ${pad}`).toBe(true);
      }
    }
  });
});

describe('UTF-8 across chunks', () => {
  it.each([0, 1, 2, 3, 4, 5])(
    'is sound where a chunk ends inside a character, shifted by %i',
    async (shift) => {
      const cell = `${'x'.repeat(shift)}${'😀ä'.repeat(20_000)}`;
      for (const [name, text] of [
        ['x.csv', `a;b\n${cell};1\n`],
        ['x.json', `[{"a":"${cell}"}]`],
        ['x.ndjson', `{"a":"${cell}"}\n`],
      ] as const) {
        const { source, rows } = await readAll(await file(text, name));
        expect(source.facts.encoding).toBe('utf-8');
        expect(source.warnings).toEqual([]);
        expect(rows[0]?.values[0] === cell, name).toBe(true);
      }
    },
  );
});

describe('encodings declared', () => {
  it('are used, whatever the bytes look like', async () => {
    const bytes = iconv.encode('Name\nМосква\n', 'windows-1251');
    expect(await valuesOf(bytes, { encoding: 'windows-1252' })).toEqual([['Ìîñêâà']]);
    expect(await valuesOf(bytes, { encoding: 'CP1251' })).toEqual([['Москва']]);
    expect(await valuesOf(iconv.encode('Name\nPößl\n', 'utf-16le'), { encoding: 'utf-16' })).toEqual([
      ['Pößl'],
    ]);
  });

  it('iso-8859-1 is accepted and reported; bytes 0x80 to 0x9F are refused in it', async () => {
    const { source } = await readAll(fixture('leads-de-iso88591.csv'), { encoding: 'ISO-8859-1' });
    expect(source.facts.encoding).toBe('iso-8859-1');
    const error = await failureOf(iconv.encode('Name\n5 €\n', 'windows-1252'), { encoding: 'latin1' });
    expect(error.code).toBe('input.undecodable');
  });

  const undecodable: [encoding: string, bytes: number[]][] = [
    ['utf-8', [0xfc]],
    ['utf-8', [0xed, 0xa0, 0x80]],
    ['utf-8', [0xc0, 0x80]],
    ['windows-1252', [0x81]],
    ['windows-1251', [0x98]],
    ['utf-16le', [0x00, 0xd8, 0x41, 0x00]],
    ['utf-16be', [0xdc, 0x00]],
  ];
  it.each(undecodable)('an undecodable byte in %s is found in its row: %j', async (encoding, bytes) => {
    const text = (part: string): Buffer => iconv.encode(part, encoding);
    const content = Buffer.concat([text('a;b\n1;2\n3;x'), Buffer.from(bytes), text('y\n5;6\n')]);
    const error = await failureOf(content, { encoding });
    expect(error.code).toBe('input.undecodable');
    expect(error.message).toContain('row 2, line 3, column "b"');
    const { rows } = await readAll(await file(content), { encoding, skipInvalid: true });
    expect(rows.map((row) => row.broken?.code ?? null)).toEqual([null, 'input.undecodable', null]);
    expect(rows[2]?.values).toEqual(['5', '6']);
  });

  it('half a UTF-16 unit at the end is undecodable', async () => {
    const bytes = Buffer.concat([iconv.encode('a;b\n1;2', 'utf-16le'), Buffer.of(0x33)]);
    expect((await failureOf(bytes, { encoding: 'utf-16le' })).code).toBe('input.undecodable');
  });

  it('U+FFFD that stands in the file is data, with a warning', async () => {
    const { source, rows } = await readAll(await file('Name\nM\ufffdller\n'));
    expect(rows[0]?.values).toEqual(['M\ufffdller']);
    expect(source.warnings[0]).toContain('U+FFFD');
    expect(await valuesOf(iconv.encode('Name\nM\ufffdller\n', 'utf-16le', { addBOM: true }))).toEqual([
      ['M\ufffdller'],
    ]);
  });

  it('a byte order mark that contradicts is refused', async () => {
    const error = await failureOf('\ufeffName\nMüller\n', { encoding: 'windows-1252' });
    expect(error.code).toBe('input.undecodable');
    expect(error.hint).toContain('utf-8');
    expect((await failureOf('\ufeffName\nx\n', { encoding: 'utf-16' })).code).toBe('input.undecodable');
  });

  it.each(['klingon', '', 'base64', 'x-user-defined', 'hex'])('%j is no encoding', async (encoding) => {
    expect((await failureOf('a\n1\n', { encoding })).code).toBe('input.bad-encoding-name');
  });

  it('damaged headers stop the file even where broken rows are skipped', async () => {
    const content = Buffer.concat([Buffer.from('a;b'), Buffer.of(0xff), Buffer.from('\n1;2\n')]);
    const error = await failureOf(content, { encoding: 'utf-8', skipInvalid: true });
    expect(error.code).toBe('input.undecodable');
  });

  it('fixtures are in the encoding their name says', async () => {
    expect((await readFile(fixture('leads-de-utf8-bom.csv'))).subarray(0, 3).toString('hex')).toBe('efbbbf');
    expect((await readFile(fixture('leads-ru-windows1251.csv'))).toString('latin1')).toContain('Àííà');
  });
});
