import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import iconv from 'iconv-lite';
import { afterAll, expect } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import type { InputRow, InputSource } from '../../src/core/row.js';
import { openInput, type OpenOptions } from '../../src/input/open.js';

export const fixture = (name: string): string => join(import.meta.dirname, '../../fixtures/input', name);

const folder = await mkdtemp(join(tmpdir(), 'salesq-input-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

export const tempDir = folder;
let count = 0;

/** Writes a file with a name of its own into the test's folder. */
export async function file(
  content: string | Buffer,
  name = 'leads.csv',
  encoding = 'utf-8',
): Promise<string> {
  const path = join(await mkdtemp(join(folder, `${count++}-`)), name);
  await writeFile(path, typeof content === 'string' ? iconv.encode(content, encoding) : content);
  return path;
}

export const options = (path: string, more: Partial<OpenOptions> = {}): OpenOptions => ({
  path,
  stdin: Readable.from([]),
  spoolDir: join(folder, 'spool'),
  skipInvalid: false,
  ...more,
});

/** Opens and reads all; the source is closed. */
export async function readAll(
  path: string,
  more: Partial<OpenOptions> = {},
): Promise<{ source: InputSource; rows: InputRow[] }> {
  const source = await openInput(options(path, more));
  const rows: InputRow[] = [];
  try {
    for await (const row of source.rows()) rows.push(row);
  } finally {
    await source.close();
  }
  return { source, rows };
}

/** Values of all rows of a text. */
export async function valuesOf(
  content: string | Buffer,
  more: Partial<OpenOptions> = {},
  name = 'leads.csv',
) {
  return (await readAll(await file(content, name), more)).rows.map((row) => row.values);
}

/** The UserError (exit 6) that a thing ends with; fails on any other end. */
export async function failure(run: Promise<unknown>): Promise<UserError> {
  const error: unknown = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error(`expected a UserError, got ${String(error)}`);
  expect(error.exit).toBe(6);
  return error;
}

/** The UserError that reading a content ends with. */
export const failureOf = async (
  content: string | Buffer,
  more: Partial<OpenOptions> = {},
  name = 'leads.csv',
): Promise<UserError> => failure(readAll(await file(content, name), more));
