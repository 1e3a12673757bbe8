import { Exit, type UserErrorDetails } from '../../core/errors.js';
import type { Explain, Phase } from '../flavour.js';

/** What a server said to a statement or to a connection. Holds no values: PostgreSQL quotes rows in its details. */
export class ServerError extends Error {
  constructor(
    /** Five characters (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
    readonly sqlstate: string,
    about: string,
  ) {
    super(`PostgreSQL refused a statement (SQLSTATE ${sqlstate}${about}).`);
    this.name = 'ServerError';
  }
}

export type LostWhy = 'unreachable' | 'tls' | 'no-password';

/** There is no connection, or it broke. What was not committed was undone, or will be. */
export class Lost extends Error {
  constructor(readonly why: LostWhy = 'unreachable') {
    super(`No connection to the ledger (${why}).`);
    this.name = 'Lost';
  }
}

/** The connection broke during a commit, and no server could say whether it was committed. */
export class UnknownCommit extends Error {
  constructor() {
    super('It is not known whether a commit happened.');
    this.name = 'UnknownCommit';
  }
}

/** Codes by which the TLS layer says that it trusts no connection; a file of certificates that cannot be opened is one too. */
const tlsCode = /CERT|SIGNATURE|^ERR_(TLS|SSL)|ISSUER|CRL|^EPROTO$/;

interface Foreign {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly severity?: unknown;
  readonly routine?: unknown;
  readonly constraint?: unknown;
  readonly table?: unknown;
  readonly syscall?: unknown;
}

/** Classes of errors whose message names tables, columns and syntax only, never a value. */
const plainClasses = new Set(['0A', '23', '42', '55']);

/** SQLSTATEs that end a connection, or with which one is refused for now. */
const ending = /^(08|57P0[1235]|25P0[34])/;

/** What went wrong, in this program's own words, nothing foreign kept that could hold a value or a password. */
export function translated(error: unknown): Error {
  if (error instanceof ServerError || error instanceof Lost || error instanceof UnknownCommit) return error;
  const { code, message, severity, routine, constraint, table, syscall } = (error ?? {}) as Foreign;
  if (typeof severity === 'string' && typeof code === 'string') {
    // A statement that was prepared before a table changed: on a new connection it is prepared anew.
    if (ending.test(code) || routine === 'RevalidateCachedQuery') return new Lost();
    const about = plainClasses.has(code.slice(0, 2)) ? `: ${String(message)}` : '';
    const parts = [constraint, table, routine].filter((part) => typeof part === 'string').join(', ');
    return new ServerError(code, parts === '' ? about : `, ${parts}${about}`);
  }
  if (typeof code === 'string' && (tlsCode.test(code) || syscall === 'open')) return new Lost('tls');
  const text = typeof message === 'string' ? message : '';
  if (/SSL|TLS/.test(text)) return new Lost('tls');
  if (/password/i.test(text)) return new Lost('no-password');
  if (error instanceof TypeError || error instanceof RangeError || /after calling end/.test(text))
    return error as Error;
  return new Lost();
}

/** The SQLSTATE of a server's error, else null. */
export const sqlState = (error: unknown): string | null =>
  error instanceof ServerError ? error.sqlstate : null;

/** Another session is in the way: lock timeout, deadlock, serialization failure, statement cancelled. */
export const isServerBusy = (error: unknown): boolean =>
  ['55P03', '40P01', '40001', '57014', '53300'].includes(sqlState(error) ?? '');

/** Another session was quicker between looking and writing: looking again helps. */
export const isOvertaken = (error: unknown): boolean => ['23505', '23503'].includes(sqlState(error) ?? '');

/** What a reader can do about an error of this engine; null where only a programmer can. */
export function fromPostgres(error: unknown, where: string, phase: Phase): UserErrorDetails | null {
  if (error instanceof Lost) return lostErrors[error.why](where, phase);
  if (error instanceof UnknownCommit) return unknownCommit(where);
  const state = sqlState(error);
  if (state === null) return null;
  return (stateErrors.get(state) ?? stateErrors.get(state.slice(0, 2)))?.(where, phase) ?? null;
}

const unreachable = (where: string, phase: Phase): UserErrorDetails => ({
  code: 'ledger.unreachable',
  message:
    phase === 'open'
      ? `The ledger ${where} cannot be reached.`
      : `The connection to the ledger ${where} was lost and did not come back in time.`,
  hint:
    phase === 'open'
      ? 'Check host, port and network, and that PostgreSQL runs there; then try again.'
      : 'When the server is back, run the same command again, it goes on where it stopped.',
  exit: Exit.temporary,
});

const unknownCommit = (where: string): UserErrorDetails => ({
  code: 'ledger.unreachable',
  message: `The connection to the ledger ${where} was lost while something was being stored; whether it was is not known.`,
  hint: 'When the server is back, run the same command again, it goes on where it stopped.',
  exit: Exit.temporary,
});

const noTls = (where: string): UserErrorDetails => ({
  code: 'ledger.tls',
  message: `No secure connection to the ledger ${where} could be made.`,
  hint: 'Compare sslmode, sslrootcert and the host name with the certificate of the server.',
  exit: Exit.unusable,
});

const credentials = (where: string): UserErrorDetails => ({
  code: 'ledger.credentials',
  message: `The server of the ledger ${where} does not let this user in.`,
  hint: 'Check user and password of the address (or PGPASSWORD), and pg_hba.conf on the server.',
  exit: Exit.unusable,
});

const noDatabase = (where: string): UserErrorDetails => ({
  code: 'ledger.no-database',
  message: `There is no such database: ${where}.`,
  hint: 'Make it once with `createdb`, or correct the name in the address.',
  exit: Exit.unusable,
});

export const permission = (where: string): UserErrorDetails => ({
  code: 'ledger.permission',
  message: `This user may not do in the ledger ${where} what salesq needs.`,
  hint: 'Let it own its schema: CREATE SCHEMA salesq AUTHORIZATION <user>.',
  exit: Exit.unusable,
});

const readOnly = (where: string): UserErrorDetails => ({
  code: 'ledger.read-only',
  message: `The ledger ${where} cannot be written: the server or this session is read-only.`,
  hint: 'Name the primary server, not a standby, and a user that may write.',
  exit: Exit.unusable,
});

const busy = (where: string): UserErrorDetails => ({
  code: 'ledger.busy',
  message: `The ledger ${where} is being written by another process and did not come free in time.`,
  hint: 'Wait for the other salesq command to end, then try again.',
  exit: Exit.locked,
});

const crowded = (where: string): UserErrorDetails => ({
  code: 'ledger.busy',
  message: `The server of the ledger ${where} has no free connection.`,
  hint: 'Stop other programs that use it, or raise max_connections.',
  exit: Exit.locked,
});

const diskFull = (where: string, phase: Phase): UserErrorDetails => ({
  code: 'ledger.disk-full',
  message: `There is no room left on the server of the ledger ${where}.`,
  hint: 'Free some space there; then run the same command again, it goes on where it stopped.',
  exit: phase === 'open' ? Exit.unusable : Exit.temporary,
});

const device = (where: string, phase: Phase): UserErrorDetails => ({
  code: 'ledger.device',
  message: `The server of the ledger ${where} cannot read or write its disk.`,
  hint: 'Check the disk of the server; then run the same command again.',
  exit: phase === 'open' ? Exit.unusable : Exit.temporary,
});

const corrupt = (where: string): UserErrorDetails => ({
  code: 'ledger.corrupt',
  message: `The ledger ${where} is damaged.`,
  hint: 'Have the server checked; if need be, restore the database from a backup.',
  exit: Exit.unusable,
});

/** Sessions that are not ours alone lose their settings and prepared statements. */
export const pooled = (where: string): UserErrorDetails => ({
  code: 'ledger.pooled',
  message: `Between salesq and the ledger ${where} is a pooler that changes the session between two statements.`,
  hint: 'Name the port of PostgreSQL itself, or set the pooler to session mode for this user.',
  exit: Exit.unusable,
});

const lostErrors: Record<LostWhy, Explain> = {
  unreachable,
  tls: noTls,
  'no-password': credentials,
};

/** By SQLSTATE, or by its class where no single one is listed. */
const stateErrors = new Map<string, Explain>([
  ['28', credentials],
  ['26000', pooled],
  ['42P05', pooled],
  ['3D000', noDatabase],
  ['42501', permission],
  ['25006', readOnly],
  ['55P03', busy],
  ['40', busy],
  ['57014', busy],
  ['53300', crowded],
  ['53100', diskFull],
  ['58030', device],
  ['XX001', corrupt],
  ['XX002', corrupt],
]);
