import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { UserError } from '../core/errors.js';
import { chunkBytes } from './limits.js';
import { fileError } from './problems.js';

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

/** The system's error as one its reader can act on; anything else is given back as it is. */
export function asFileError(name: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return fileError(name, { code: 'input.not-found', message: 'there is no such file' });
  }
  const why =
    code === 'EISDIR' ? 'this is a folder' : code === 'EACCES' ? 'reading it is not permitted' : code;
  return fileError(name, { code: 'input.unreadable', message: `the file cannot be read (${why})` });
}

/** The chunks of an open file, in order, each in memory of its own. */
export async function* readChunks(handle: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  for (;;) {
    const buffer = Buffer.allocUnsafeSlow(chunkBytes);
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

const changed = (name: string): UserError =>
  fileError(name, { code: 'input.changed', message: 'the file has changed since it was opened' });

/**
 * The chunks of a known file, read again from its start.
 * @throws UserError `input.changed`, as soon as its size and at the end when its SHA-256 is not what it was.
 */
export async function* readAgain(file: KnownFile): AsyncGenerator<Buffer, void, undefined> {
  const handle = await open(file.path, 'r').catch((error: unknown) => {
    throw asFileError(file.name, error);
  });
  try {
    if ((await handle.stat()).size !== file.bytes) throw changed(file.name);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of readChunks(handle)) {
      bytes += chunk.length;
      if (bytes > file.bytes) throw changed(file.name);
      hash.update(chunk);
      yield chunk;
    }
    if (bytes !== file.bytes || hash.digest('hex') !== file.sha256) throw changed(file.name);
  } catch (error) {
    throw asFileError(file.name, error);
  } finally {
    await handle.close();
  }
}
