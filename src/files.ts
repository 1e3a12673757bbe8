import { randomBytes } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import {
  access,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileError, type FileContent, type Files, type FileTrouble, type WriteHow } from './core/files.js';
import { systemCode } from './core/errors.js';

/**
 * Every write to disk but SQLite's own. A file is written beside its place under a name nobody can guess, synced, given
 * its name in one step, and its folder is synced: a kill or a power cut leaves the old file or the new one.
 */

const ownerOnly = 0o600;

/** A file being written; until `finish` resolves nothing has changed under its name. */
export interface WholeFile {
  /** Throws FileError (exit 6) once the file cannot be written; it is then given up. */
  write(chunk: string | Uint8Array): Promise<void>;
  /** The file is on disk under its name. Throws FileError; `file.exists` where it may not replace one. */
  finish(): Promise<void>;
  /** Leaves what was there before. Safe to call twice and after `finish`. */
  abort(): Promise<void>;
}

/** Begins a file. Throws FileError where the folder refuses one, or what has the name may not be replaced. */
export async function openWhole(path: string, how: WriteHow): Promise<WholeFile> {
  const target = resolve(path);
  const beside = besideOf(target);
  const handle = await writing(path, async () => {
    const there = await checkTarget(target, how);
    const opened = await open(beside, 'wx', ownerOnly);
    // Where the file system knows no modes it stays private.
    if (there && how.mode === 'keep') await opened.chmod(there.mode & 0o777).catch(() => undefined);
    return opened;
  });
  let ended = false;
  const abort = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    await handle.close().catch(() => undefined);
    await rm(beside, { force: true }).catch(() => undefined);
  };
  const orAbort = (work: () => Promise<void>): Promise<void> =>
    writing(path, work).catch(async (error: unknown) => {
      await abort();
      throw error;
    });
  return {
    abort,
    write: (chunk) => orAbort(() => handle.writeFile(chunk, 'utf8')),
    finish: () =>
      orAbort(async () => {
        await handle.sync();
        await handle.close();
        await putInPlace(beside, target, how.replace);
        ended = true;
      }),
  };
}

/** What has the name now. Throws FileError where it is no regular file, or a file that must stay. */
async function checkTarget(target: string, how: WriteHow): Promise<{ readonly mode: number } | null> {
  const there = await lstat(target).catch(unlessMissing);
  if (!there) return null;
  if (!how.replace) throw taken();
  // A link is replaced, not followed; one in /dev (`/dev/stdout`) stands for what its reader has open.
  const isLink = there.isSymbolicLink();
  const meant = isLink ? await lookAt(target) : null;
  if (isLink ? (meant && !meant.isFile) || dirname(target) === '/dev' : !there.isFile())
    throw new Refused('no-file', 'it is no regular file');
  return isLink ? null : there;
}

async function writeWhole(path: string, content: FileContent, how: WriteHow): Promise<void> {
  const file = await openWhole(path, how);
  try {
    if (typeof content === 'string' || content instanceof Uint8Array) await file.write(content);
    else for await (const chunk of content) await file.write(chunk);
    await file.finish();
  } finally {
    await file.abort();
  }
}

const temporaryName = /^[0-9a-f]{12}\.tmp/;

/** A name for a temporary file in the folder of this one, which nobody can guess. */
export const besideOf = (target: string): string =>
  join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);

/** A temporary file that was not written to for so long is of a process that was killed; ms. */
const leftoverMs = 600_000;

/** Deletes the temporary files that killed writers of this file left beside it. */
export async function removeLeftovers(target: string, now: number): Promise<void> {
  const folder = dirname(resolve(target));
  const start = `.${basename(target)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(start) || !temporaryName.test(name.slice(start.length))) continue;
    const found = await stat(join(folder, name)).catch(() => null);
    if (found?.isFile() && now - found.mtimeMs > leftoverMs) await rm(join(folder, name), { force: true });
  }
}

/**
 * Gives a synced temporary file its name in one step and syncs the folder. Throws the system's error; `EEXIST` where
 * the name is taken and `replace` is false.
 */
export async function putInPlace(beside: string, target: string, replace: boolean): Promise<void> {
  if (replace) await rename(beside, target);
  else await linkInPlace(beside, target);
  await syncFolder(dirname(target));
}

/** Codes of file systems that have no hard links. */
const noLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']);

/** Renaming would replace a file that appeared meanwhile; a link is refused. */
async function linkInPlace(beside: string, target: string): Promise<void> {
  try {
    await link(beside, target);
  } catch (error) {
    if (!noLinks.has(systemCode(error))) throw error;
    // The name is taken by an empty file of ours first: nobody else's is replaced.
    await createPrivate(target);
    await rename(beside, target).catch(async (failed: unknown) => {
      await rm(target, { force: true });
      throw failed;
    });
    return;
  }
  await rm(beside);
}

/** Some work with a file, which is closed after it; one that is made is readable by its owner only. */
async function withFile<T>(
  path: string,
  flags: string | number,
  work: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags, ownerOnly);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** Makes an empty file, readable by its owner only. Throws the system's error; `EEXIST` where the name is taken. */
export const createPrivate = (path: string): Promise<void> => withFile(path, 'wx', () => Promise.resolve());

/** Makes an empty file, readable by its owner only, where there is none. Returns its size. Throws the system's error. */
export const openOrCreatePrivate = (path: string): Promise<number> =>
  withFile(path, constants.O_RDWR | constants.O_CREAT, async (file) => (await file.stat()).size);

/**
 * Finds out whether a file can be made beside this one, and deletes what killed writers left there. Throws the system's
 * error where none can.
 */
export async function tryBeside(target: string): Promise<void> {
  const probe = besideOf(target);
  await createPrivate(probe);
  const now = (await lookAt(probe))?.modifiedMs ?? 0;
  await rm(probe, { force: true });
  await removeLeftovers(target, now).catch(() => undefined);
}

/** A private copy of what can be read only once. The caller deletes it. Throws the system's error, or the source's. */
export const copyToPrivate = (from: NodeJS.ReadableStream, path: string): Promise<void> =>
  pipeline(from, createWriteStream(path, { flags: 'wx', mode: ownerOnly }));

/** Everything written to a file is on disk. Returns its size. Throws the system's error. */
export const syncFile = (path: string): Promise<number> =>
  withFile(path, 'r+', async (file) => {
    await file.sync();
    return (await file.stat()).size;
  });

/** Codes of systems that do not let a folder be opened or synced; they keep its entries without being asked. */
const noFolderOpen: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EISDIR']);
const noFolderSync: ReadonlySet<string> = new Set([
  'EBADF',
  'EINVAL',
  'EISDIR',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EPERM',
]);

/** Makes the names in a folder survive a power cut. Throws the system's error where the device fails. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch((error: unknown) => {
    if (noFolderOpen.has(systemCode(error))) return null;
    throw error;
  });
  try {
    await folder?.sync();
  } catch (error) {
    if (!noFolderSync.has(systemCode(error))) throw error;
  } finally {
    await folder?.close();
  }
}

/**
 * Makes a folder and those above it, entered by their owner only, and syncs their names. A folder that is there stays as
 * it is. Throws the system's error; `EEXIST` where something else has the name.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  const folders = [resolve(path)];
  for (let at = dirname(resolve(path)); at !== dirname(at) && (await sizeOf(at)) === null; at = dirname(at))
    folders.unshift(at);
  // One at a time: `mkdir` with `recursive` never returns where a file system refuses folders as if their parent were missing.
  for (const folder of folders) {
    await mkdir(folder, { mode: 0o700 }).catch(async (error: unknown) => {
      if (!(await lookAt(folder))?.isFolder) throw error;
    });
    await syncFolder(dirname(folder));
  }
}

/** A private folder among the system's temporary ones, under a name nobody can guess. */
export interface TemporaryFolder {
  readonly path: string;
  /** Removes it with everything in it. Safe to call twice. */
  remove(): Promise<void>;
}

const noteName = '.owner';

const temporaryAt = (path: string): TemporaryFolder => ({
  path,
  remove: () => rm(path, { recursive: true, force: true }),
});

/**
 * Makes a temporary folder.
 * @param note kept in it, for whoever finds the folder later
 */
export async function openTemporaryFolder(prefix: string, note?: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  if (note !== undefined) await writeFile(join(path, noteName), note, { mode: 0o600 });
  return temporaryAt(path);
}

/** The temporary folders of that prefix, with their notes; null where one has none. */
export async function* findTemporaryFolders(
  prefix: string,
): AsyncIterable<
  TemporaryFolder & { readonly uid: number; readonly modifiedMs: number; readonly note: string | null }
> {
  const names = await readdir(tmpdir()).catch((): string[] => []);
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const path = join(tmpdir(), name);
    const found = await lstat(path).catch(() => null);
    if (!found?.isDirectory()) continue;
    const note = await readFile(join(path, noteName), 'utf8').catch(() => null);
    yield { ...temporaryAt(path), uid: found.uid, modifiedMs: found.mtimeMs, note };
  }
}

/** Size of what a path names, in bytes; null where there is nothing. Throws the system's error where that cannot be told. */
export async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(({ size }) => size, unlessMissing);
}

async function writePiece(path: string, piece: Uint8Array, at: number): Promise<void> {
  const flags = constants.O_WRONLY | (at === 0 ? constants.O_CREAT : 0) | constants.O_NOFOLLOW;
  await writing(path, () =>
    withFile(path, flags, async (file) => {
      const found = await file.stat();
      if (!found.isFile()) throw new Refused('no-file', 'it is no regular file');
      if (found.size < at) throw new Refused('other', 'it became shorter meanwhile');
      await file.truncate(at);
      let written = 0;
      // A disk that fills up takes a part of what it is given, and says so with the next.
      while (written < piece.length) {
        const { bytesWritten } = await file.write(piece, written, piece.length - written, at + written);
        written += bytesWritten;
      }
      await file.sync();
    }),
  );
}

async function moveInPlace(from: string, to: string): Promise<void> {
  await writing(to, async () => {
    await checkTarget(to, { mode: 'private', replace: true });
    await putInPlace(from, to, true);
  });
}

/** Deletes a file; does nothing where there is none. Throws the system's error. */
export const removeFile = (path: string): Promise<void> => rm(path, { force: true });

export interface FoundFile {
  readonly isFile: boolean;
  readonly isFolder: boolean;
  readonly size: number;
  /** The same for two names of one file. */
  readonly identity: string;
  readonly modifiedMs: number;
  /** How many names it has (hard links). */
  readonly links: number;
}

/** What a path names, links followed; null where nothing can be found. */
export async function lookAt(path: string): Promise<FoundFile | null> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  return (
    found && {
      isFile: found.isFile(),
      isFolder: found.isDirectory(),
      size: Number(found.size),
      identity: `${found.dev} ${found.ino}`,
      modifiedMs: Number(found.mtimeMs),
      links: Number(found.nlink),
    }
  );
}

/**
 * How many names a file has, links followed; 0 where there is none. A temporary name of ours that a killed `putInPlace`
 * left beside it is deleted and does not count.
 */
export async function countNames(path: string): Promise<number> {
  const target = await followLinks(path);
  const found = await lookAt(target);
  if (!found || found.links < 2) return found?.links ?? 0;
  const start = `.${basename(target)}.`;
  for (const name of await readdir(dirname(target)).catch(() => [])) {
    if (!name.startsWith(start) || !temporaryName.test(name.slice(start.length))) continue;
    const other = join(dirname(target), name);
    if ((await lookAt(other))?.identity === found.identity) await rm(other).catch(() => undefined);
  }
  return (await lookAt(target))?.links ?? 0;
}

/** The file a path means: a symbolic link is followed, so that what is written there leaves the link a link. */
export async function followLinks(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

/** Whether this user may write to the file. */
export const isWritable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  );

/** The first bytes of a file; null where it cannot be read. */
export async function readStart(path: string, bytes: number): Promise<Buffer | null> {
  const file = await open(path, 'r').catch(() => null);
  if (!file) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const unlessMissing = (error: unknown): null => {
  if (systemCode(error) === 'ENOENT') return null;
  throw error;
};

/** The Files that vendors are given. */
export const files: Files = {
  readText: (path) => reading(path, () => readFile(path, 'utf8')),
  async *readBytes(path) {
    try {
      for await (const chunk of createReadStream(path)) yield chunk as Buffer;
    } catch (error) {
      throw unreadable(path, error);
    }
  },
  async sizeOf(path) {
    const found = await lookAt(path);
    return found?.isFile ? found.size : null;
  },
  writeWhole,
  privateFolder: (path) => writing(path, () => makePrivateFolder(path)),
  writePiece,
  rename: moveInPlace,
  remove: (path) => writing(path, () => removeFile(path)),
};

/** What is refused although the system would do it. */
class Refused extends Error {
  constructor(
    readonly why: 'exists' | 'no-file' | 'other',
    message: string,
  ) {
    super(message);
  }
}

const taken = (): Refused => new Refused('exists', 'there is one of that name, which is not replaced');

interface Trouble {
  readonly why: FileTrouble;
  readonly text: string;
  readonly hint: string;
}

const trouble = (why: FileTrouble, text: string, hint: string): Trouble => ({ why, text, hint });

const noFolder = trouble(
  'no-folder',
  'its folder does not exist',
  'Make the folder, or name a file in another one.',
);
const noFile = trouble('no-file', 'it is a folder or a link', 'Name another file.');
const denied = trouble(
  'denied',
  'this user may not write there',
  'Name a file in a folder that you may write to.',
);
const noRoom = trouble(
  'no-room',
  'there is no room left',
  'Free some space there, then run the same command again.',
);
const other = trouble(
  'other',
  'the system refuses it',
  'Check the path, its permissions and the space left.',
);

const troubles: Readonly<Record<string, Trouble>> = {
  EEXIST: trouble('exists', taken().message, 'Name another file, or move that one away.'),
  ENOENT: noFolder,
  ENOTDIR: noFolder,
  EISDIR: noFile,
  ELOOP: noFile,
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  ENOSPC: noRoom,
  EDQUOT: noRoom,
  EIO: trouble(
    'device',
    'the device that holds it fails',
    'Check the disk, then run the same command again.',
  ),
};

/** Whether the system, not this program, made the error. */
const isSystem = (error: unknown): boolean =>
  !(error instanceof FileError) && /^E[A-Z0-9]+$/.test(systemCode(error));

/** The error of a write in words; a FileError, and an error of a programmer's, comes back as it is. */
function unwritable(path: string, error: unknown): unknown {
  const refused = error instanceof Refused;
  if (!refused && !isSystem(error)) return error;
  const system = refused ? '' : systemCode(error);
  const { why, text, hint } = refused
    ? { why: error.why, text: error.message, hint: noFile.hint }
    : (troubles[system] ?? other);
  return new FileError({
    code: why === 'exists' ? 'file.exists' : 'file.unwritable',
    message: `${path} cannot be written: ${text}${system && ` (${system})`}.`,
    hint,
    why,
    system,
  });
}

function unreadable(path: string, error: unknown): unknown {
  if (!isSystem(error)) return error;
  const system = systemCode(error);
  const missing = system === 'ENOENT' || system === 'ENOTDIR';
  return new FileError({
    code: 'file.unreadable',
    message: missing ? `${path} does not exist.` : `${path} cannot be read (${system}).`,
    hint: missing ? 'Check the path.' : 'Check that it is a file this user may read.',
    why: missing ? 'missing' : (troubles[system] ?? other).why,
    system,
  });
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unreadable(path, error);
  }
}
