import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushOperation } from '../../src/core/vendor.js';
import { rowsOf, type RowSettings, type Rows } from '../../src/engine/rows.js';
import { openInput } from '../../src/input/open.js';
import { addLeads } from '../../src/vendors/mmdial/leads-add.js';
import { importLeads } from '../../src/vendors/sales-q/import.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-rows-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const settings: RowSettings = {
  options: {},
  mapFile: null,
  set: {},
  phone: { format: 'auto', country: 'DE' },
  allowDuplicates: false,
  skipInvalid: false,
  consentIgnored: null,
};

interface Outcome {
  readonly phones: readonly (string | null)[];
  readonly codes: readonly string[];
  readonly rows: Rows;
}

/** The rows of a file as a push to Sales_Q reads them. */
async function read(
  text: string,
  more: Partial<RowSettings> = {},
  operation: unknown = importLeads,
): Promise<Outcome> {
  const file = path.join(folder, 'leads.txt');
  await writeFile(file, text);
  const stdin = Readable.from([]);
  const source = await openInput({ path: file, skipInvalid: false, stdin, spoolDir: folder });
  try {
    const rows = await rowsOf(operation as PushOperation, { ...settings, ...more }, source);
    const phones: (string | null)[] = [];
    const codes: string[] = [];
    for await (const row of source.rows()) {
      const { phone, problems } = rows.map(row);
      phones.push(phone);
      codes.push(problems.map(({ problem }) => problem.code).join(' '));
    }
    return { phones, codes, rows };
  } finally {
    await source.close();
  }
}

const table = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;
const vienna = '06641234567';
const inVienna = '+436641234567';

describe('the country of a row', () => {
  it.each([
    ['Ländervorwahl', '+43'],
    ['Laendervorwahl', '43'],
    ['Landesvorwahl', '0043'],
    ['Landeskennzahl', '43'],
    ['LKZ', 'A'],
    ['country calling code', '43'],
    ['calling code', '+43'],
    ['dial code', '+43'],
    ['phone country', 'AT'],
    ['phone_country', 'at'],
    ['country_phone_code', '43'],
    ['billing_country', 'Austria'],
    ['shipping country', 'AT'],
    ['Wohnsitzland', 'Österreich'],
    ['ISO', 'AT'],
    ['ISO country', 'AUT'],
    ['country iso', 'AT'],
    ['код страны', '43'],
    ['телефонный код страны', '+43'],
    ['Vorwahl', '+43'],
    ['Vorwahl', '0043'],
  ])('is read from %s', async (column, cell) => {
    const { phones, codes } = await read(table(`Handy;${column}`, `${vienna};${cell}`));
    expect([phones, codes]).toEqual([[inVienna], ['']]);
  });

  it.each([
    ['Vorwahl', '030'],
    ['Vorwahl', '43'],
    ['Prefix', 'Dr.'],
    ['Herkunftsland', 'AT'],
    ['ISO', '9001'],
    ['ISO', '040'],
    ['ISO', '43'],
  ])('is not read from %s = %s', async (column, cell) => {
    const { phones } = await read(table(`Handy;${column}`, `01713920610;${cell}`));
    expect(phones).toEqual(['+491713920610']);
  });

  it('is read from an area code only where all of them are codes of countries, and that is said', async () => {
    const mixed = table('Handy;Vorwahl', `01713920610;+43`, `01713920611;`, `01713920612;030`);
    const { phones, rows } = await read(mixed);
    expect(phones).toEqual(['+491713920610', '+491713920611', '+491713920612']);
    expect(rows.notes).toEqual([expect.stringContaining('holds not only codes of countries')]);
    expect((await read(table('Handy;Vorwahl', '01713920610;030'))).rows.notes).toEqual([]);
    const whole = await read(table('Handy;Vorwahl', `${vienna};+43`, `01713920611;`));
    expect(whole.phones).toEqual([inVienna, '+491713920611']);
  });

  it("is the number's own before the person's; two of a kind that differ are nobody's guess", async () => {
    const own = await read(table('Handy;Land;Ländervorwahl', `${vienna};DE;+43`, `${vienna};AT;`));
    expect(own.phones).toEqual([inVienna, inVienna]);
    const two = await read(table('Handy;Land;billing_country', `${vienna};DE;AT`));
    expect(two.codes).toEqual(['phone.ambiguous']);
  });

  it("leaves a vendor's own field to the names that mean it", async () => {
    for (const column of ['Ländervorwahl', 'ISO', 'billing_country', 'Vorwahl']) {
      const { rows } = await read(table(`Handy;${column};Land`, `${vienna};+43;AT`), {}, addLeads);
      const fields = rows.mapping?.fields.map(({ field, column: from }) => [field.name, from]);
      expect(fields).toContainEqual(['country', 'Land']);
      const alone = await read(table(`Handy;${column}`, `${vienna};+43`), {}, addLeads);
      expect(alone.rows.mapping?.fields.map(({ field }) => field.name)).toEqual(['phone']);
    }
  });
});

describe('a person whom one row refuses', () => {
  const no = 'consent.refused';

  it('is held in all rows, whatever their order and however the number is written', async () => {
    const { codes } = await read(
      table(
        'Handy;do_not_call',
        '0171 3920622;',
        '0171 3920610;',
        '+49 171 3920622;ja',
        '0049-171-3920622;nein',
      ),
    );
    expect(codes).toEqual([no, '', no, no]);
  });

  it('is held where every row brings its own keys', async () => {
    const rows = [
      { Handy: '01713920622' },
      { Telefon: '+491713920622', opt_out: true },
      { Handy: '01713920610' },
    ];
    const { codes } = await read(rows.map((row) => JSON.stringify(row)).join('\n'));
    expect(codes).toEqual([no, no, '']);
  });

  it('is held where their number is the second of another row', async () => {
    const { codes } = await read(
      table('Handy;Festnetz;dnc', '01713920622;030 12345678;x', '030 12345678;;', '01713920610;01713920622;'),
      {},
      addLeads,
    );
    expect(codes).toEqual([no, no, no]);
  });

  it.each([
    ['without its zero', '1713920622'],
    ['with two readings', '491713920622'],
    ['with an extension', '0171 3920622 (2)'],
  ])('is held where the row that says so has the number %s', async (_how, number) => {
    const { codes } = await read(
      table('Handy;do_not_call', '0171 3920622;', '0171 3920610;', `${number};ja`, '+491713920622;'),
    );
    expect([codes[0], codes[1], codes[3]]).toEqual([no, '', no]);
  });

  it('goes where somebody vouched for the column', async () => {
    const consentIgnored = { columns: ['DO NOT CALL'], reason: 'about letters' };
    const { codes } = await read(table('Handy;do_not_call', '01713920622;', '01713920622;ja'), {
      consentIgnored,
    });
    expect(codes).toEqual(['', '']);
  });

  it('is held in whatever order any rows say so, and nobody else is', async () => {
    const cell = fc.constantFrom('', 'ja', 'nein', 'x', '-');
    const rowsOfFile = fc.array(fc.record({ person: fc.integer({ min: 10, max: 16 }), cell }), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(rowsOfFile, async (rows) => {
        const lines = rows.map(({ person, cell: said }) => `017139206${person};${said}`);
        const { codes } = await read(table('Handy;Werbesperre', ...lines));
        const refused = new Set(
          rows.filter(({ cell: said }) => said === 'ja' || said === 'x').map(({ person }) => person),
        );
        expect(codes).toEqual(rows.map(({ person }) => (refused.has(person) ? no : '')));
      }),
      { numRuns: 40 },
    );
  });
});

describe('a column somebody vouches for', () => {
  it('must be one of the input', async () => {
    const consentIgnored = { columns: ['do_not_cal'], reason: 'about letters' };
    const wanted = { code: 'map.unknown-column', exit: 6 };
    await expect(
      read(table('Handy;do_not_call', '01713920622;ja'), { consentIgnored }),
    ).rejects.toMatchObject(wanted);
    await expect(
      read('{"Handy":"01713920622","do_not_call":"ja"}\n', { consentIgnored }),
    ).rejects.toMatchObject(wanted);
    const named = { consentIgnored: { ...consentIgnored, columns: ['Do-Not-Call'] } };
    expect((await read('{"Handy":"01713920622","do_not_call":"ja"}\n', named)).codes).toEqual(['']);
  });
});
