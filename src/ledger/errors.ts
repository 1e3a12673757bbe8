import { Exit, UserError, type ExitCode } from '../core/errors.js';
import { movedMeanwhile } from './admin/errors.js';
import { movedState, movedText } from './admin/closed.js';
import { fromPostgres, isOvertaken, isServerBusy, Lost, sqlState, UnknownCommit } from './postgres/errors.js';
import type { Phase, Telling, Told } from './telling.js';

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
 * What keeps a unit of work from being done, where waiting may help. `busy`: somebody else is at it. `overtaken`: somebody
 * was quicker between looking and writing. `lost`: no connection, nothing was stored. `unknown`: no connection, and it may
 * have been stored. `full`: no room, or a device that fails; nothing was stored.
 */
export type Hindrance = 'busy' | 'overtaken' | 'lost' | 'unknown' | 'full';

export function hindrance(error: unknown): Hindrance | null {
  if (error instanceof Lost) return error.why === 'unreachable' ? 'lost' : null;
  if (error instanceof UnknownCommit) return 'unknown';
  const code = sqliteCode(error);
  if ([5, 6, 15].includes(code ?? 0) || isServerBusy(error)) return 'busy';
  if (error instanceof Overtaken || isOvertaken(error)) return 'overtaken';
  return code === 13 || code === 10 || ['53100', '58030'].includes(sqlState(error) ?? '') ? 'full' : null;
}

/** A row is not any more what it was a statement ago. */
export class Overtaken extends Error {}

/**
 * What the reader of a foreign error can do about it. Errors nobody but a programmer can act on come back unchanged.
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
  hint: 'Make the file and its folder writable for this user; every other ledger would know nobody of this one.',
  exit: Exit.unusable,
});

const notAFile = (where: string): Told => ({
  code: 'ledger.not-a-file',
  message: `No ledger can be kept at ${where}: it is a folder, or something on the way to it is not one.`,
  hint: 'Check the path in --ledger, SALESQ_LEDGER or ledger: of the profile.',
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

/** A database, but some other program's. */
export const foreign = (where: string): UserError =>
  new UserError({
    code: 'ledger.foreign',
    message: `${where} is a database of another program.`,
    hint: 'Check the path in --ledger, SALESQ_LEDGER or ledger: of the profile.',
    exit: Exit.unusable,
  });

/** Another file has taken the ledger's place, or none: what is sent now would be in a memory nobody looks into. */
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
