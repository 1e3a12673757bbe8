import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openInput } from '../../src/input/open.js';
import type { InputSource } from '../../src/core/row.js';
import { failure, failureOf, file, options, readAll, tempDir } from './helpers.js';

const drain = async (source: InputSource): Promise<number> => {
  let rows = 0;
  for await (const row of source.rows()) rows = row.row;
  return rows;
};

describe('facts', () => {
  it('name the file and its bytes', async () => {
    const text = '\ufeffa;b\r\n1;ä\r\n';
    const { source } = await readAll(await file(text, 'März.csv'));
    expect(source.facts).toEqual({
      name: 'März.csv',
      sha256: createHash('sha256').update(text).digest('hex'),
      bytes: Buffer.byteLength(text),
      format: 'csv',
      encoding: 'utf-8',
      delimiter: ';',
    });
  });
});

describe('files that are none', () => {
  it('missing, a folder, below a file', async () => {
    expect((await failure(openInput(options(join(tempDir, 'no.csv'))))).code).toBe('input.not-found');
    expect((await failure(openInput(options(tempDir)))).code).toBe('input.unreadable');
    const below = join(await file('a\n'), 'x.csv');
    expect((await failure(openInput(options(below)))).code).toBe('input.not-found');
  });

  const binaries: [what: string, bytes: Buffer][] = [
    ['ZIP', Buffer.from('504b03041400060008000000', 'hex')],
    ['PDF', Buffer.from('%PDF-1.7\n')],
    ['gzip', gzipSync('a;b\n1;2\n')],
    ['XLS', Buffer.from('d0cf11e0a1b11ae1', 'hex')],
    ['binary', Buffer.from(Array.from({ length: 256 }, (_, at) => (at * 7) % 32))],
  ];
  it.each(binaries)('%s is binary', async (what, bytes) => {
    const error = await failureOf(bytes, { skipInvalid: true });
    expect(error.code).toBe('input.binary');
    expect(error.message).toContain(what);
    if (what === 'ZIP') expect(error.hint).toContain('CSV UTF-8');
  });

  it('xlsx comes later', async () => {
    expect((await failureOf('x', { format: 'xlsx' })).code).toBe('input.format-unsupported');
  });
});

describe('a file changed since it was opened', () => {
  const rows = 20_000;
  const content = `a;b\n${'12345;67890\n'.repeat(rows)}`;
  const changes: [how: string, change: (path: string) => Promise<void>][] = [
    ['appended', (path) => appendFile(path, '1;2\n')],
    ['truncated', (path) => truncate(path, 100)],
    ['emptied', (path) => truncate(path, 0)],
    ['same size, other bytes', (path) => writeFile(path, content.replace(/67890\n$/, '67891\n'))],
    ['gone', (path) => rm(path)],
  ];
  it.each(changes)('before it is read: %s', async (how, change) => {
    const path = await file(content);
    const source = await openInput(options(path));
    await change(path);
    const error = await failure(drain(source));
    expect(error.code).toBe(how === 'gone' ? 'input.not-found' : 'input.changed');
  });

  it.each(changes.slice(0, 4))('while it is read: %s', async (_how, change) => {
    const path = await file(content);
    const source = await openInput(options(path));
    const run = async (): Promise<void> => {
      for await (const row of source.rows()) if (row.row === 1) await change(path);
    };
    expect((await failure(run())).code).toBe('input.changed');
  });

  it('is not one that was only touched', async () => {
    const path = await file(content);
    const source = await openInput(options(path));
    await utimes(path, new Date(0), new Date(0));
    expect(await drain(source)).toBe(rows);
  });
});

describe('pipes', () => {
  const spoolDir = join(tempDir, 'private', 'spool');
  const piped = (content: string | Buffer) =>
    options('-', { stdin: Readable.from([Buffer.from(content)]), spoolDir });

  it('are kept in a private file until closed, and can be read twice', async () => {
    const source = await openInput(piped('a;b\n1;2\n'));
    expect(source.facts).toMatchObject({ name: 'stdin', bytes: 8 });
    const [name] = await readdir(spoolDir);
    expect((await stat(join(spoolDir, name as string))).mode & 0o777).toBe(0o600);
    expect((await stat(spoolDir)).mode & 0o777).toBe(0o700);
    expect(await drain(source)).toBe(1);
    expect(await drain(source)).toBe(1);
    await source.close();
    await source.close();
    expect(await readdir(spoolDir)).toEqual([]);
  });

  it('leave nothing behind when they cannot be used', async () => {
    expect((await failure(openInput(piped('')))).code).toBe('input.empty');
    expect((await failure(openInput(piped('a;a\n')))).message).toMatch(/^stdin, line 1/);
    const stdin = new Readable({ read: () => stdin.destroy(new Error('gone')) });
    expect((await failure(openInput(options('-', { stdin, spoolDir })))).code).toBe('input.unreadable');
    expect(await readdir(spoolDir)).toEqual([]);
  });

  it('need a folder', async () => {
    const blocked = await file('x');
    const error = await failure(openInput({ ...piped('a\n1\n'), spoolDir: join(blocked, 'x') }));
    expect(error.code).toBe('input.unreadable');
  });

  it.skipIf(process.platform === 'win32')('may have a name in the file system', async () => {
    const folder = join(tempDir, 'fifo');
    await mkdir(folder);
    const path = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [path]);
    const writing = writeFile(path, 'a;b\n1;2\n3;4\n');
    const source = await openInput(options(path, { spoolDir }));
    await writing;
    expect(await drain(source)).toBe(2);
    await source.close();
    expect(await readdir(spoolDir)).toEqual([]);
  });
});
