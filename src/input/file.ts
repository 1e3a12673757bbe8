import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { UserError } from '../core/errors.js';
import { copyToPrivate, makePrivateFolder, removeFile } from '../files.js';
import { chunkBytes, makeFileError } from './problems.js';

/** A regular file on disk, and the name it has in messages. */
export interface LocalFile {
  readonly path: string;
  readonly name: string;
}

/** A file that was read once to its end. */
export interface KnownFile extends LocalFile {
  readonly sha256: string;
  readonly bytes: number;
}

/** Turns a file system error into a UserError; returns anything else as it is. */
function toFileError(name: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return makeFileError(name, { code: 'input.not-found', message: 'there is no such file' });
  }
  const why =
    code === 'EISDIR' ? 'this is a folder' : code === 'EACCES' ? 'reading it is not permitted' : code;
  return makeFileError(name, { code: 'input.unreadable', message: `the file cannot be read (${why})` });
}

/** Yields the chunks of a file from its start. @throws UserError `input.unreadable`, `input.not-found` */
export async function* readOnce(file: LocalFile): AsyncGenerator<Buffer, void, undefined> {
  const handle = await openToRead(file);
  try {
    yield* readChunks(handle);
  } catch (error) {
    throw toFileError(file.name, error);
  } finally {
    await handle.close();
  }
}

const openToRead = (file: LocalFile): Promise<FileHandle> =>
  open(file.path, 'r').catch((error: unknown) => {
    throw toFileError(file.name, error);
  });

/** Yields the chunks of an open file in order, each in memory of its own. */
async function* readChunks(handle: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  for (;;) {
    const buffer = Buffer.allocUnsafeSlow(chunkBytes);
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

const changedFile = (name: string): UserError =>
  makeFileError(name, { code: 'input.changed', message: 'the file has changed since it was opened' });

/**
 * Yields the chunks of a known file again, from its start.
 * @throws UserError `input.changed`, as soon as its size and at the end when its SHA-256 is not what it was.
 */
export async function* readAgain(file: KnownFile): AsyncGenerator<Buffer, void, undefined> {
  const handle = await openToRead(file);
  try {
    if ((await handle.stat()).size !== file.bytes) throw changedFile(file.name);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of readChunks(handle)) {
      bytes += chunk.length;
      if (bytes > file.bytes) throw changedFile(file.name);
      hash.update(chunk);
      yield chunk;
    }
    if (bytes !== file.bytes || hash.digest('hex') !== file.sha256) throw changedFile(file.name);
  } catch (error) {
    throw toFileError(file.name, error);
  } finally {
    await handle.close();
  }
}

/** A file that can be read more than once. */
export interface LocalInput extends LocalFile {
  /** Deletes the private copy of a pipe; does nothing for a file. Safe to call twice. */
  release(): Promise<void>;
}

interface LocalInputOptions {
  readonly path: string;
  readonly stdin: NodeJS.ReadableStream;
  readonly spoolDir: string;
  /** Called when the private copy of a pipe is not needed any more. */
  readonly onReleased?: (() => Promise<void>) | undefined;
}

/**
 * The file itself, or where it can be read only once (`-`, a named pipe, `<(command)`) a private copy: folder 0700,
 * file 0600, deleted by `release`.
 * @throws UserError `input.not-found`, `input.unreadable`
 */
export async function makeLocal(options: LocalInputOptions): Promise<LocalInput> {
  if (options.path === '-') return keepPipe('stdin', options.stdin, options);
  const name = basename(options.path);
  const kind = await stat(options.path).catch((error: unknown) => {
    throw toFileError(name, error);
  });
  if (kind.isFile()) return { path: options.path, name, release: () => Promise.resolve() };
  if (kind.isDirectory()) {
    throw makeFileError(name, {
      code: 'input.unreadable',
      message: 'the file cannot be read (this is a folder)',
    });
  }
  return keepPipe(name, createReadStream(options.path), options);
}

async function keepPipe(
  name: string,
  from: NodeJS.ReadableStream,
  { spoolDir, onReleased }: LocalInputOptions,
): Promise<LocalInput> {
  const path = join(spoolDir, `input-${randomUUID()}`);
  const release = async (): Promise<void> => {
    await removeFile(path);
    await onReleased?.();
  };
  try {
    await makePrivateFolder(spoolDir);
    await copyToPrivate(from, path);
  } catch (error) {
    await release().catch(() => undefined);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw makeFileError(
      name,
      { code: 'input.unreadable', message: `the input could not be read and kept (${code})` },
      {},
      'What comes through a pipe is first kept in a private file: check the free space and the folder for state.',
    );
  }
  return { path, name, release };
}
