import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { copyToPrivate, makePrivateFolder, removeFile } from '../files.js';
import { asFileError, type LocalFile } from './file.js';
import { fileError } from './problems.js';

/** A file that can be read more than once, and how to let go of it. */
export interface LocalInput extends LocalFile {
  /** Deletes the private copy of a pipe; does nothing for a file. Safe to call twice. */
  release(): Promise<void>;
}

/** What is needed to make an input local. */
export interface LocalInputOptions {
  readonly path: string;
  readonly stdin: NodeJS.ReadableStream;
  readonly spoolDir: string;
}

/**
 * The file itself, or where it can be read only once (`-`, a named pipe, `<(command)`) a private copy: folder 0700,
 * file 0600, deleted by `release`.
 * @throws UserError `input.not-found`, `input.unreadable`
 */
export async function localInput(options: LocalInputOptions): Promise<LocalInput> {
  if (options.path === '-') return spool('stdin', options.stdin, options.spoolDir);
  const name = basename(options.path);
  const kind = await stat(options.path).catch((error: unknown) => {
    throw asFileError(name, error);
  });
  if (kind.isFile()) return { path: options.path, name, release: () => Promise.resolve() };
  if (kind.isDirectory()) {
    throw fileError(name, {
      code: 'input.unreadable',
      message: 'the file cannot be read (this is a folder)',
    });
  }
  return spool(name, createReadStream(options.path), options.spoolDir);
}

async function spool(name: string, from: NodeJS.ReadableStream, folder: string): Promise<LocalInput> {
  const path = join(folder, `input-${randomUUID()}`);
  const release = (): Promise<void> => removeFile(path);
  try {
    await makePrivateFolder(folder);
    await copyToPrivate(from, path);
  } catch (error) {
    await release().catch(() => undefined);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw fileError(
      name,
      { code: 'input.unreadable', message: `the input could not be read and kept (${code})` },
      {},
      'What comes through a pipe is first kept in a private file: check the free space and the folder for state.',
    );
  }
  return { path, name, release };
}
