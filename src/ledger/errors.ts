import { isoTime } from '../core/clock.js';
import { Exit, unusable, UserError, type ExitCode, type UserErrorDetails } from '../core/errors.js';
import type { LedgerMark } from '../core/ledger-admin.js';
import type { Explain, Phase } from './flavour.js';
import { fromPostgres, isOvertaken, isServerBusy, Lost, sqlState, UnknownCommit } from './postgres/errors.js';

/**
 * The primary result code of an error of SQLite's, else null. The package leaves the code out where a statement that
 * returns rows fails (`all`): then the library's own fixed text tells it.
 */
export function sqliteCode(error: unknown): number | null {
  const { errcode, code, message } = (error ?? {}) as Record<'errcode' | 'code' | 'message', unknown>;
  if (typeof errcode === 'number') return errcode & 0xff;
  return code === 'ERR_SQLITE_ERROR' ? (codeOfText.get(String(message)) ?? null) : null;
}

/** What sqlite3_errstr says of the codes that are acted on. */
const codeOfText: ReadonlyMap<string, number> = new Map([
  ['database is locked', 5],
  ['database table is locked', 6],
  ['attempt to write a readonly database', 8],
  ['disk I/O error', 10],
  ['database disk image is malformed', 11],
  ['database or disk is full', 13],
  ['unable to open database file', 14],
  ['locking protocol', 15],
  ['file is not a database', 26],
]);

/**
 * Why a unit of work failed, where trying again may help. `busy`: another process is writing. `overtaken`: another process
 * changed a row between reading and writing. `lost`: no connection, nothing was stored. `unknown`: no connection, and it may
 * have been stored. `full`: no room, or a device that fails; nothing was stored.
 */
export type Obstacle = 'busy' | 'overtaken' | 'lost' | 'unknown' | 'full';

export function obstacleOf(error: unknown): Obstacle | null {
  if (error instanceof Lost) return error.why === 'unreachable' ? 'lost' : null;
  if (error instanceof UnknownCommit) return 'unknown';
  const code = sqliteCode(error);
  if ([5, 6, 15].includes(code ?? 0) || isServerBusy(error)) return 'busy';
  if (error instanceof Overtaken || isOvertaken(error)) return 'overtaken';
  return code === 13 || code === 10 || ['53100', '58030'].includes(sqlState(error) ?? '') ? 'full' : null;
}

/** A row was changed by another process since it was read. */
export class Overtaken extends Error {}

/**
 * A foreign error as a UserError with the next step. Errors only a programmer can act on come back unchanged.
 * A full disk or a failing device in use is exit 5: the run stops, and goes on when there is room again.
 */
export function ledgerError(error: unknown, where: string, phase: Phase): unknown {
  if (error instanceof UserError) return error;
  if (isClosed(error)) return movedMeanwhile(where);
  const told =
    fromSqlite(error, where, phase) ?? fromPostgres(error, where, phase) ?? fromSystem(error, where, phase);
  return told === null ? error : new UserError(told);
}

/** Does what opens or makes a ledger; its errors name the place the reader gave, not a temporary file. */
export async function withLedgerErrors<T>(where: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw ledgerError(error, where, 'open');
  }
}

/** The database refuses a change because the ledger was moved to another place. */
const isClosed = (error: unknown): boolean =>
  sqlState(error) === movedState || (error instanceof Error && error.message === movedText);

function fromSqlite(error: unknown, where: string, phase: Phase): UserErrorDetails | null {
  const code = sqliteCode(error);
  if (code === null) return null;
  const noRoom = code === 10 && (error as { systemErrno?: unknown }).systemErrno === 28;
  return (noRoom ? diskFull : sqliteErrors.get(code))?.(where, phase) ?? null;
}

const fromSystem = (error: unknown, where: string, phase: Phase): UserErrorDetails | null =>
  systemErrors.get((error as NodeJS.ErrnoException | null)?.code ?? '')?.(where, phase) ?? null;

const later = (phase: Phase): ExitCode => (phase === 'open' ? Exit.unusable : Exit.temporary);

const busy = (where: string): UserErrorDetails => ({
  code: 'ledger.busy',
  message: `The ledger ${where} is being written by another process and did not come free in time.`,
  hint: 'Wait for the other salesq command to end, then try again.',
  exit: Exit.locked,
});

const readOnly = (where: string): UserErrorDetails => ({
  code: 'ledger.read-only',
  message: `The ledger ${where} cannot be written.`,
  hint: 'Make the file and its folder writable for this user; every other ledger would know nobody of this one.',
  exit: Exit.unusable,
});

const notAFile = (where: string): UserErrorDetails => ({
  code: 'ledger.not-a-file',
  message: `No ledger can be kept at ${where}: it is a folder, or something on the way to it is not one.`,
  hint: 'Check the path in --ledger, SALESQ_LEDGER or ledger: of the profile.',
  exit: Exit.unusable,
});

const diskFull = (where: string, phase: Phase): UserErrorDetails => ({
  code: 'ledger.disk-full',
  message: `There is no room left for the ledger ${where}.`,
  hint: 'Free some space; then run the same command again, it goes on where it stopped.',
  exit: later(phase),
});

const device = (where: string, phase: Phase): UserErrorDetails => ({
  code: 'ledger.device',
  message: `The device that holds the ledger ${where} does not read or write.`,
  hint: 'Check the disk; then run the same command again, it goes on where it stopped.',
  exit: later(phase),
});

const corrupt = (where: string): UserErrorDetails => ({
  code: 'ledger.corrupt',
  message: `${where} is not a ledger, or it is damaged.`,
  hint: 'Check the path in --ledger, SALESQ_LEDGER or ledger: of the profile; if it is right, restore the ledger from a backup.',
  exit: Exit.unusable,
});

/** A file that is there without a byte was not made by a run that was cut off: those leave a mark beside it. */
export const emptied = (where: string): UserError =>
  new UserError({
    code: 'ledger.corrupt',
    message: `The ledger ${where} is empty: its content is lost, and with it who was contacted.`,
    hint: 'Restore it from a backup. Only if it never held anything: delete the empty file.',
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

/** What is written under one name of the file is not found under another one: SQLite keeps the newest beside each. */
export const hardLinked = (where: string, names: number): UserError =>
  unusable({
    code: 'ledger.hard-link',
    message: `The ledger ${where} has ${names} names (hard links): what is written under one of them may be lost under the other.`,
    hint: `Find its other names (find <folder> -samefile ${where}), delete all but the one that was used, and keep the -wal file beside that one.`,
  });

/** A database of another program. */
export const foreign = (where: string): UserError =>
  new UserError({
    code: 'ledger.foreign',
    message: `${where} is a database of another program.`,
    hint: 'Check the path in --ledger, SALESQ_LEDGER or ledger: of the profile.',
    exit: Exit.unusable,
  });

/** The file at the ledger's path is another one, or none: what is sent now would be noted where no later run looks. */
export const replaced = (where: string): UserError =>
  new UserError({
    code: 'ledger.replaced',
    message: `The ledger ${where} was moved, deleted or replaced while it was in use; nothing more is sent.`,
    hint: 'Put the file back, with its -wal file; then run the same command again, it goes on where it stopped.',
    exit: Exit.gate,
  });

/** A commit would not survive a power cut here. */
export const unsafe = (where: string, found: string): UserError =>
  new UserError({
    code: 'ledger.unsafe',
    message: `The ledger ${where} would forget its last commits in a power cut (${found}).`,
    hint: 'Keep the ledger on a local disk, not on a network share.',
    exit: Exit.unusable,
  });

/** `where` names a kind of place in which no ledger can be kept. */
export const unsupported = (what: string): UserError =>
  new UserError({
    code: 'ledger.unsupported',
    message: `${what} is not supported as a ledger yet.`,
    hint: 'Give --ledger the path of a file.',
    exit: Exit.unusable,
  });

/** By primary result code (https://sqlite.org/rescode.html). */
const sqliteErrors = new Map<number, Explain>([
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

const systemErrors = new Map<string, Explain>([
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

export const missing = (where: string): UserError =>
  unusable({
    code: 'ledger.missing',
    message: `There is no ledger at ${where}.`,
    hint: 'Check the path in --ledger, SALESQ_LEDGER or ledger: of the profile; the first push makes one there.',
  });

/** The error of a ledger whose mark says that it is out of use. */
export function outOfUse(where: string, mark: LedgerMark): UserError {
  switch (mark.kind) {
    case 'moved':
      return unusable({
        code: 'ledger.moved',
        message: `The ledger ${where} was moved to ${mark.to} on ${isoTime(mark.at)}: this one does not know what is sent from there.`,
        hint: `Use --ledger ${mark.to}; or take this one back: salesq ledger adopt --ledger ${where}`,
      });
    case 'backup':
      return unusable({
        code: 'ledger.backup',
        message: `${where} is a backup of ${isoTime(mark.at)}: it does not know what was sent since.`,
        hint: `Look at it with \`salesq ledger status\`; to go on with it: salesq ledger adopt --ledger ${where}`,
      });
    case 'arriving':
      return unusable({
        code: 'ledger.arriving',
        message: `The ledger ${where} is a copy of ${mark.from} that was not finished.`,
        hint: `Finish it by the same command: salesq ledger copy ${where} --ledger ${mark.from}`,
      });
  }
}

/** The error of a process that had the ledger open before it was moved. */
const movedMeanwhile = (where: string): UserError =>
  unusable({
    code: 'ledger.moved',
    message: `The ledger ${where} was moved to another place while this command was running; nothing more is written here.`,
    hint: `salesq ledger status --ledger ${where} tells where it is now.`,
  });

export const inUse = (where: string): UserError =>
  unusable({
    code: 'ledger.in-use',
    message: `The ledger ${where} was neither moved nor restored from a backup: it is in use as it is.`,
    hint: '`salesq ledger status` tells what it is.',
  });

export const placeTaken = (path: string, hint: string): UserError =>
  unusable({ code: 'ledger.exists', message: `${path} is there already.`, hint });

export const notEmpty = (where: string): UserError =>
  unusable({
    code: 'ledger.not-empty',
    message: `The ledger ${where} holds something already: two ledgers are not mixed.`,
    hint: 'Copy to an empty database, or to a file that is not there yet.',
  });

export const behind = (where: string, found: number, known: number): UserError =>
  unusable({
    code: 'ledger.behind',
    message: `The ledger ${where} has schema ${found}; this salesq works with ${known}.`,
    hint: `salesq ledger migrate --ledger ${where}`,
  });

/** What was written is not what was read. The new ledger is thrown away, the old one stays as it was. */
export const notVerified = (where: string, table: string): UserError =>
  unusable({
    code: 'ledger.not-verified',
    message: `Table ${table} read back from ${where} is not what was copied; the copy was thrown away.`,
    hint: 'Check the disk or server; then run `salesq ledger check` on the ledger it was copied from.',
  });

/**
 * The error that triggers raise in a moved ledger, for a process that still has it open; `ledgerError` makes `ledger.moved`
 * of it. PostgreSQL tells it by the SQLSTATE `movedState`.
 */
export const movedText = 'salesq: this ledger was moved';
export const movedState = 'SQ001';
