import { Exit, UserError } from '../../core/errors.js';
import type { Address } from './address.js';
import { pooled } from './errors.js';

/** What a session tells of itself at the start of each transaction. */
export interface Safety {
  /** Number of the transaction; null where it may not write. */
  readonly xid: string | null;
  readonly read_only: string;
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
  /** Where names without a schema are looked for. */
  readonly search_path: string;
}

export const safetyColumns = `
  case when current_setting('transaction_read_only') = 'off' then pg_current_xact_id()::text end as xid,
  current_setting('transaction_read_only') as read_only, current_setting('fsync') as fsync,
  current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit, current_setting('search_path') as search_path`;

/** Where names without a schema are looked for: nowhere but in ours, so that no other program's tables are mistaken for it. */
export const searchPath = (schema: string): string => `${schema}, pg_temp`;

/**
 * Every commit must be on the server's disk before it returns (https://www.postgresql.org/docs/current/wal-reliability.html).
 * Asked in each transaction: the settings can change while the server runs.
 * @throws UserError `ledger.unsafe`, `ledger.read-only`, `ledger.pooled` (exit 6)
 */
export function mustBeSafe<T extends Safety>(
  found: T | undefined,
  { schema, where }: Address,
): asserts found is T {
  if (found === undefined) throw new Error('The server did not tell its settings.');
  const off = (['fsync', 'full_page_writes', 'synchronous_commit'] as const).filter(
    (name) => found[name] === 'off',
  );
  const [first] = off;
  if (first !== undefined) throw unsafe(where, off, first);
  if (found.read_only === 'on') throw readOnly(where);
  if (found.search_path.replaceAll('"', '') !== searchPath(schema)) throw new UserError(pooled(where));
}

const unsafe = (where: string, off: readonly string[], first: string): UserError =>
  new UserError({
    code: 'ledger.unsafe',
    message: `The ledger ${where} would forget its last commits in a power cut (${off.join(', ')} = off).`,
    hint:
      first === 'synchronous_commit'
        ? 'ALTER ROLE <user> SET synchronous_commit = on; or take it out of postgresql.conf, database and address.'
        : `ALTER SYSTEM SET ${first} = on; SELECT pg_reload_conf();`,
    exit: Exit.unusable,
  });

const readOnly = (where: string): UserError =>
  new UserError({
    code: 'ledger.read-only',
    message: `The ledger ${where} cannot be written: the server is a standby, or this user's sessions are read-only.`,
    hint: 'Name the primary server, and a user that may write.',
    exit: Exit.unusable,
  });
