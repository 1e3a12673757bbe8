import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import iconv from 'iconv-lite';
import { file, readAll } from './helpers.js';

const repertoire: Readonly<Record<string, string>> = {
  'utf-8': 'aZ09 äßЖщ€😀中\u00a0\u200b\ufeff',
  'utf-16le': 'aZ09 äßЖщ€😀中\u00a0\u200b\ufeff',
  'utf-16be': 'aZ09 äßЖщ€😀中\u00a0\u200b\ufeff',
  'windows-1252': 'aZ09 äßñ€„“ÿ\u00a0',
  'iso-8859-1': 'aZ09 äßñÿ\u00a0',
  'windows-1251': 'aZ09 Жщёя№«»\u00a0',
};
const awkward = [...'";,\t\r\n\'|=+-@'];

const table = fc
  .record({
    encoding: fc.constantFrom(...Object.keys(repertoire)),
    delimiter: fc.constantFrom(',', ';', '\t'),
    end: fc.constantFrom('\n', '\r\n', '\r'),
    bom: fc.boolean(),
    width: fc.integer({ min: 1, max: 5 }),
  })
  .chain((shape) => {
    const unit = fc.constantFrom(...(repertoire[shape.encoding] as string), ...awkward);
    const cell = fc.string({ unit, maxLength: 12 });
    const row = fc.array(cell, { minLength: shape.width, maxLength: shape.width });
    return fc.record({ shape: fc.constant(shape), rows: fc.array(row, { maxLength: 12 }) });
  });

describe('any table', () => {
  it('comes back cell for cell', async () => {
    await fc.assert(
      fc.asyncProperty(table, async ({ shape, rows }) => {
        const { encoding, delimiter, end, width } = shape;
        const header = Array.from({ length: width }, (_, at) => `c${at}`);
        const text = stringify([header, ...rows], {
          delimiter,
          record_delimiter: end,
          quoted: true,
          quoted_empty: true,
        });
        const addBOM = shape.bom && encoding.startsWith('utf');
        const path = await file(iconv.encode(text, encoding, { addBOM }));
        const read = await readAll(path, { encoding, delimiter });
        expect(read.rows.map((row) => row.values)).toEqual(rows);
        expect(read.rows.map((row) => row.row)).toEqual(rows.map((_, at) => at + 1));
      }),
      { numRuns: 150 },
    );
  });

  it('in UTF-8 or with a byte order mark is understood without being told anything', async () => {
    await fc.assert(
      fc.asyncProperty(table, async ({ shape, rows }) => {
        fc.pre(shape.encoding.startsWith('utf') && shape.width > 1);
        const header = Array.from({ length: shape.width }, (_, at) => `c${at}`);
        const text = stringify([header, ...rows], {
          delimiter: shape.delimiter,
          record_delimiter: shape.end,
          quoted: true,
          quoted_empty: true,
        });
        const bytes = iconv.encode(text, shape.encoding, { addBOM: shape.encoding !== 'utf-8' || shape.bom });
        const read = await readAll(await file(bytes));
        expect(read.source.facts).toMatchObject({ encoding: shape.encoding, delimiter: shape.delimiter });
        expect(read.rows.map((row) => row.values)).toEqual(rows);
      }),
      { numRuns: 150 },
    );
  });
});

const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 });

/** A number that would lose something stays text, so numbers are compared by how they are written. */
const written = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'number' ? String(inner) : inner));

describe('any JSON rows', () => {
  it('come back value for value', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(json, { maxLength: 6 }),
        fc.boolean(),
        fc.nat(2),
        async (rows, lines, indent) => {
          const text = lines
            ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') || '{}'
            : JSON.stringify(rows, null, indent);
          const read = await readAll(await file(text, lines ? 'x.ndjson' : 'x.json'), { skipInvalid: true });
          const expected = rows.length === 0 && lines ? [{}] : rows;
          expect(read.rows).toHaveLength(expected.length);
          for (const [at, row] of read.rows.entries()) {
            if (row.broken) expect(text).toContain('__proto__');
            if (row.broken) continue;
            expect(row.columns).toEqual(Object.keys(expected[at] as object));
            expect(written(row.values)).toBe(written(Object.values(expected[at] as object)));
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('any bytes', () => {
  const pieces = fc.constantFrom(
    ...[
      'a;b\n',
      '"',
      ';',
      '\n',
      '\r',
      '{"a":',
      '[',
      ']',
      '}',
      ',',
      '1',
      '\0',
      'ä',
      '\ufeff',
      '"x"',
      'sep=;\n',
    ],
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array)),
    fc.array(pieces, { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''))),
    fc
      .tuple(fc.array(pieces, { maxLength: 30 }), fc.uint8Array({ maxLength: 4 }))
      .map(([parts, tail]) => Buffer.concat([Buffer.from(parts.join('')), tail])),
  );
  const known = /^input\.[a-z-]+$/;

  it('give rows or an error that says what to do', async () => {
    const format = fc.constantFrom(undefined, 'csv' as const, 'json' as const, 'ndjson' as const);
    const encoding = fc.constantFrom(undefined, 'utf-8', 'utf-16le', 'utf-16be', 'windows-1251', 'shift_jis');
    await fc.assert(
      fc.asyncProperty(
        bytes,
        format,
        encoding,
        fc.boolean(),
        async (content, as, inEncoding, skipInvalid) => {
          const path = await file(content, 'any');
          try {
            const { rows } = await readAll(path, { format: as, encoding: inEncoding, skipInvalid });
            rows.forEach((row, at) => expect(row.row).toBe(at + 1));
            for (const row of rows.filter((each) => each.broken === null)) {
              expect(row.values).toHaveLength(row.columns.length);
            }
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
            expect(error.exit).toBe(6);
            expect(error.code).toMatch(known);
          }
        },
      ),
      { numRuns: 800 },
    );
  });
});
