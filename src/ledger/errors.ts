import { Exit, UserError, type ExitCode } from '../core/errors.js';

/** When an error came up: while the ledger was opened nothing was sent, in use something may have been. */
export type Phase = 'open' | 'use';

interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exit: ExitCode;
}

/** The primary result code of an error of SQLite's, else null. */
export function sqliteCode(error: unknown): number | null {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : null;
}

/** True where another connection is in the way and trying again helps. */
export const isBusy = (error: unknown): boolean => [5, 6, 15].includes(sqliteCode(error) ?? 0);

/**
 * What the reader of a foreign error can do about it. Errors nobody but a programmer can act on come back unchanged.
 * A full disk or a failing device in use is exit 5: the run stops, and goes on when there is room again.
 */
export function ledgerError(error: unknown, where: string, phase: Phase): unknown {
  if (error instanceof UserError) return error;
  const told = fromSqlite(error, where, phase) ?? fromSystem(error, where, phase);
  return told === null ? error : new UserError(told);
}

type Telling = (where: string, phase: Phase) => Told;

function fromSqlite(error: unknown, where: string, phase: Phase): Told | null {
  const code = sqliteCode(error);
  if (code === null) return null;
  const noRoom = code === 10 && (error as { systemErrno?: unknown }).systemErrno === 28;
  return (noRoom ? diskFull : sqliteTellings.get(code))?.(where, phase) ?? null;
}

const fromSystem = (error: unknown, where: string, phase: Phase): Told | null =>
  systemTellings.get((error as NodeJS.ErrnoException | null)?.code ?? '')?.(where, phase) ?? null;

const later = (phase: Phase): ExitCode => (phase === 'open' ? Exit.unusable : Exit.temporary);

const busy = (where: string): Told => ({
  code: 'ledger.busy',
  message: `The ledger ${where} is being written by another process and did not come free in time.`,
  hint: 'Wait for the other salesq command to end, then try again.',
  exit: Exit.locked,
});

const readOnly = (where: string): Told => ({
  code: 'ledger.read-only',
  message: `The ledger ${where} cannot be written.`,
  hint: 'Make the file and its folder writable for this user, or name another place with --ledger.',
  exit: Exit.unusable,
});

const notAFile = (where: string): Told => ({
  code: 'ledger.not-a-file',
  message: `No ledger can be kept at ${where}: it is a folder, or something on the way to it is not one.`,
  hint: 'Name a file with --ledger.',
  exit: Exit.unusable,
});

const diskFull = (where: string, phase: Phase): Told => ({
  code: 'ledger.disk-full',
  message: `There is no room left for the ledger ${where}.`,
  hint: 'Free some space; then run the same command again, it goes on where it stopped.',
  exit: later(phase),
});

const device = (where: string, phase: Phase): Told => ({
  code: 'ledger.device',
  message: `The device that holds the ledger ${where} does not read or write.`,
  hint: 'Check the disk; then run the same command again, it goes on where it stopped.',
  exit: later(phase),
});

const corrupt = (where: string): Told => ({
  code: 'ledger.corrupt',
  message: `${where} is not a ledger, or it is damaged.`,
  hint: 'Check the path given with --ledger; if it is right, restore the ledger from a backup.',
  exit: Exit.unusable,
});

/** The schema is of a later program. */
export const newer = (where: string, found: number, known: number): UserError =>
  new UserError({
    code: 'ledger.newer',
    message: `The ledger ${where} was written by a newer salesq (schema ${found}, this one knows ${known}).`,
    hint: 'Update salesq on this machine.',
    exit: Exit.unusable,
  });

/** A database, but some other program's. */
export const foreign = (where: string): UserError =>
  new UserError({
    code: 'ledger.foreign',
    message: `${where} is a database of another program.`,
    hint: 'Name another file with --ledger.',
    exit: Exit.unusable,
  });

/** A commit would not survive a power cut here. */
export const unsafe = (where: string, found: string): UserError =>
  new UserError({
    code: 'ledger.unsafe',
    message: `The ledger ${where} would forget its last commits in a power cut (${found}).`,
    hint: 'Keep the ledger on a local disk, not on a network share.',
    exit: Exit.unusable,
  });

/** What `where` asks for is not there yet. */
export const unsupported = (what: string): UserError =>
  new UserError({
    code: 'ledger.unsupported',
    message: `${what} is not supported as a ledger yet.`,
    hint: 'Give --ledger the path of a file.',
    exit: Exit.unusable,
  });

/** By primary result code (https://sqlite.org/rescode.html). */
const sqliteTellings = new Map<number, Telling>([
  [3, readOnly],
  [5, busy],
  [6, busy],
  [8, readOnly],
  [10, device],
  [11, corrupt],
  [13, diskFull],
  [14, readOnly],
  [15, busy],
  [26, corrupt],
]);

const systemTellings = new Map<string, Telling>([
  ['EACCES', readOnly],
  ['EPERM', readOnly],
  ['EROFS', readOnly],
  ['EISDIR', notAFile],
  ['ENOTDIR', notAFile],
  ['EEXIST', notAFile],
  ['ENOENT', notAFile],
  ['ENAMETOOLONG', notAFile],
  ['ELOOP', notAFile],
  ['ENOSPC', diskFull],
  ['EDQUOT', diskFull],
  ['EIO', device],
]);
