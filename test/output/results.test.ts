import {
  chmod,
  link,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.js';
import { PhoneNumber } from '../../src/core/number.js';
import { checkResults, columnsOfRows, openResults, type ResultRow } from '../../src/output/results.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'salesq-results-'));
  path = join(dir, 'results.csv');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const row = (number: number, source: Json, more: Partial<ResultRow> = {}): ResultRow => ({
  run: '01JRUN',
  row: number,
  state: 'delivered',
  code: null,
  reason: null,
  vendorId: 'v1',
  payload: { mobile: new PhoneNumber('+491788046563', '+491788046563', true) },
  phone: '+491788046563',
  source,
  ...more,
});

const ours = [
  '_salesq_row',
  '_salesq_state',
  '_salesq_code',
  '_salesq_reason',
  '_salesq_vendor_id',
  '_salesq_run',
  '_salesq_numbers',
];

describe('the results file', () => {
  it('holds own columns first, then ours, byte for byte', async () => {
    const results = await openResults(path, ['phone', 'note'], dir);
    await results.add(row(1, ['+49 178', 'a "b", c\rd']));
    await results.add(
      row(2, ['\r', '=1+1'], {
        state: 'invalid',
        code: 'phone.invalid',
        reason: 'no number',
        vendorId: null,
        payload: null,
        phone: null,
      }),
    );
    expect(await readdir(dir)).not.toContain('results.csv');
    expect(await results.finish()).toBe(path);
    expect(await readFile(path, 'utf8')).toBe(
      `phone,note,${ours.join(',')}\n` +
        '+49 178,"a ""b"", c\rd",1,delivered,,,v1,01JRUN,+491788046563\n' +
        '"\r",=1+1,2,invalid,phone.invalid,no number,,01JRUN,\n',
    );
    expect(await readdir(dir)).toEqual(['results.csv']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('gives every cell back to csv-parse, and keeps its shape when pushed again', async () => {
    const cells = [
      'a\nb',
      'a\rb',
      'a\r\nb',
      '"',
      '',
      ' spaced ',
      '\t',
      ';',
      'ü山👩‍🚀',
      '00491',
      '\u0000',
      "'",
      '\\',
    ];
    const columns = cells.map((_, at) => `c${at}`);
    let head = columns;
    let source = cells;
    for (let round = 0; round < 3; round += 1) {
      const results = await openResults(path, head, dir);
      for (let number = 1; number <= 1_200; number += 1) await results.add(row(number, source));
      await results.finish();
      const [names, ...records] = parse(await readFile(path));
      expect(names).toEqual([...columns, ...ours]);
      expect(records).toHaveLength(1_200);
      expect(records.every((record) => record.length === columns.length + 7)).toBe(true);
      expect(records[1_199]?.slice(0, cells.length)).toEqual(cells);
      [head, source] = [names ?? [], records[7] ?? []];
    }
  });

  it('drops old columns of ours wherever they stand', async () => {
    const results = await openResults(path, ['_salesq_run', 'phone', '_salesq_state', 'name'], dir);
    await results.add(row(1, ['old', '+49', 'invalid', 'Ann']));
    await results.finish();
    expect(parse(await readFile(path), { to_line: 2 })[1]?.slice(0, 4)).toEqual([
      '+49',
      'Ann',
      '1',
      'delivered',
    ]);
  });

  it('takes rows with their own keys, objects as JSON', async () => {
    const sources: Json[] = [
      JSON.parse('{"phone":"+49","data":{"a":[1,"x"]},"__proto__":"p"}') as Json,
      { late: true, phone: null, _salesq_row: 9, n: 1.5 },
    ];
    const rows = async function* (): AsyncGenerator<ResultRow> {
      for (const [at, source] of sources.entries()) yield await Promise.resolve(row(at + 1, source));
    };
    const columns = await columnsOfRows(rows());
    expect(columns).toEqual(['phone', 'data', '__proto__', 'late', 'n']);
    const results = await openResults(path, columns, dir);
    for await (const one of rows()) await results.add(one);
    await results.finish();
    const [, first, second] = parse(await readFile(path));
    expect(first?.slice(0, 5)).toEqual(['+49', '{"a":[1,"x"]}', 'p', '', '']);
    expect(second?.slice(0, 5)).toEqual(['', '', '', 'true', '1.5']);
  });

  it('leaves what was there when it is aborted, and keeps its mode when not', async () => {
    await writeFile(path, 'old');
    await chmod(path, 0o640);
    const aborted = await openResults(path, ['a'], dir);
    await aborted.add(row(1, ['x']));
    await aborted.abort();
    await aborted.abort();
    expect(await readdir(dir)).toEqual(['results.csv']);
    expect(await readFile(path, 'utf8')).toBe('old');
    const finished = await openResults(path, ['a'], dir);
    await finished.finish();
    await finished.abort();
    expect(await readFile(path, 'utf8')).toBe(`a,${ours.join(',')}\n`);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  it('refuses a row out of order, or twice', async () => {
    const results = await openResults(path, ['a'], dir);
    await results.add(row(2, ['x']));
    await expect(results.add(row(2, ['x']))).rejects.toThrow(RangeError);
    await results.abort();
  });

  it('starts a relative path from the folder given, whatever the process stands in', async () => {
    await checkResults('here.csv', null, dir);
    const results = await openResults('here.csv', ['a'], dir);
    expect(await results.finish()).toBe(join(dir, 'here.csv'));
    expect(await readdir(dir)).toEqual(['here.csv']);
  });

  it('writes through a symbolic link', async () => {
    const real = join(dir, 'real.csv');
    await writeFile(real, 'old');
    await symlink(real, path);
    const results = await openResults(path, ['a'], dir);
    await results.finish();
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await readFile(real, 'utf8')).toContain('_salesq_row');
  });

  it('says so when the folder goes away before the end', async () => {
    const results = await openResults(path, ['a'], dir);
    await rm(dir, { recursive: true });
    await expect(results.finish()).rejects.toMatchObject({ code: 'results.write-failed', exit: 5 });
  });
});

describe('checkResults', () => {
  it('passes for a new and an existing file and leaves no trace', async () => {
    await checkResults(path, null, dir);
    expect(await readdir(dir)).toEqual([]);
    await writeFile(path, 'Tel,_salesq_row,_salesq_state\nold');
    await checkResults(path, join(dir, 'other.csv'), dir);
    expect(await readFile(path, 'utf8')).toMatch(/old$/);
  });

  it('overwrites no file that is not a results file', async () => {
    await writeFile(path, 'SQLite format 3');
    await expect(checkResults(path, null, dir)).rejects.toMatchObject({
      code: 'results.foreign-file',
      exit: 6,
    });
  });

  it.each([
    ['no folder', (base: string) => join(base, 'none', 'r.csv')],
    ['a folder', (base: string) => base],
    ['under a file', (base: string) => join(base, 'file', 'r.csv')],
    ['a device', () => '/dev/null'],
    ['no new file there', () => '/proc/r.csv'],
  ])('refuses %s', async (_name, at) => {
    await writeFile(join(dir, 'file'), '');
    await expect(checkResults(at(dir), null, dir)).rejects.toMatchObject({
      code: 'results.not-writable',
      exit: 6,
    });
  });

  it('refuses the input under any of its names', async () => {
    const input = join(dir, 'in.csv');
    await writeFile(input, 'phone\n1\n');
    await link(input, join(dir, 'hard.csv'));
    await symlink(input, join(dir, 'soft.csv'));
    for (const name of ['in.csv', 'hard.csv', 'soft.csv', './x/../in.csv']) {
      await expect(checkResults(`${dir}/${name}`, input, dir)).rejects.toMatchObject({
        code: 'results.same-as-input',
        exit: 6,
      });
    }
    expect(await readFile(input, 'utf8')).toBe('phone\n1\n');
  });
});
