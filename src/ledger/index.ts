import type { Ledger } from '../core/ledger.js';
import { unsupported } from './errors.js';
import type { World } from './store.js';

export { currentOwner, processAlive, type Kill } from './owner.js';

export interface LedgerOptions extends World {
  /** A throwaway file for a dry run: fast, not durable, deleted when it is closed; it must not exist yet. */
  readonly scratch?: boolean;
  /** Called where a new file was made. */
  readonly onMade?: () => void;
}

/**
 * Opens the ledger that `where` names, making it if it is not there.
 * @param where path of a file, or address of a database, `postgres://user@host/database`
 * @throws UserError `ledger.unsupported`, `ledger.read-only`, `ledger.not-a-file`, `ledger.disk-full`, `ledger.device`,
 * `ledger.corrupt`, `ledger.foreign`, `ledger.newer`, `ledger.unsafe` (exit 6), `ledger.busy` (exit 11); of a database
 * also those of `openPostgres`
 */
export async function openLedger(where: string, options: LedgerOptions): Promise<Ledger> {
  const { SqlLedger } = await import('./ledger.js');
  if (/^postgres(ql)?:\/\//i.test(where)) {
    const { openPostgres } = await import('./postgres/open.js');
    return new SqlLedger(await openPostgres(where, options));
  }
  if (where === ':memory:' || where === '') throw unsupported('Memory that is gone when the program ends');
  const { openSqlite } = await import('./sqlite/open.js');
  const { store, made } = await openSqlite(where, options, options.scratch ?? false);
  if (made) options.onMade?.();
  return new SqlLedger(store);
}
