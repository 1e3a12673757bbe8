import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MendedRow } from '../../src/engine/retry.js';
import { mendedRows } from '../../src/engine/retry.js';
import { openInput } from '../../src/input/open.js';

const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const header = 'Handy,_salesq_row,_salesq_state,_salesq_run';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-mended-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(...lines: string[]): Promise<MendedRow[]> {
  const file = path.join(folder, 'results.csv');
  await writeFile(file, `${lines.join('\n')}\n`);
  const stdin = Readable.from([]);
  const source = await openInput({ path: file, skipInvalid: false, stdin, spoolDir: folder });
  const rows: MendedRow[] = [];
  try {
    for await (const row of mendedRows(source, { id })) rows.push(row);
  } finally {
    await source.close();
  }
  return rows;
}

describe('a mended results file', () => {
  it('names the row of the run each of its rows is, in whatever order', async () => {
    const rows = await read(header, `0171,9,rejected,${id}`, `0172,2,invalid,${id.toLowerCase()}`);
    expect(rows.map(({ of, cells }) => [of, cells.values[0]])).toEqual([
      [9, '0171'],
      [2, '0172'],
    ]);
  });

  it.each([
    ['retry.no-results-file', ['Handy,Name', '0171,Eva']],
    ['retry.other-run', [header, '0171,1,rejected,01ARZ3NDEKTSV4RRFFQ69G5FAW']],
    ['retry.other-run', [header, '0171,1,rejected,']],
    ['retry.bad-row', [header, `0171,one,rejected,${id}`]],
    ['retry.bad-row', [header, `0171,1.5,rejected,${id}`]],
    ['retry.row-twice', [header, `0171,3,rejected,${id}`, `0172,3,rejected,${id}`]],
  ])('is refused: %s %j', async (code, lines) => {
    const error = await read(...lines).catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({ code, exit: 6 });
    expect((error as Error).message).not.toContain('0171');
    expect((error as Error).message).not.toContain('0172');
  });
});
