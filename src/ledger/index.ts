import type { Ledger } from '../core/ledger.js';
import { unsupported } from './errors.js';
import type { World } from './store.js';

export { currentOwner, processAlive, type Kill } from './owner.js';

export interface LedgerOptions extends World {
  /** A throwaway file for a dry run: fast, not durable, deleted when it is closed; it must not exist yet. */
  readonly scratch?: boolean;
}

/**
 * Opens the ledger that `where` names, making it if it is not there.
 * @param where path of a file
 * @throws UserError `ledger.unsupported`, `ledger.read-only`, `ledger.not-a-file`, `ledger.disk-full`, `ledger.device`,
 * `ledger.corrupt`, `ledger.foreign`, `ledger.newer`, `ledger.unsafe` (exit 6), `ledger.busy` (exit 11)
 */
export async function openLedger(where: string, options: LedgerOptions): Promise<Ledger> {
  if (/^postgres(ql)?:\/\//i.test(where)) throw unsupported('PostgreSQL');
  if (where === ':memory:' || where === '') throw unsupported('Memory that is gone when the program ends');
  const [{ openSqlite }, { SqlLedger }] = await Promise.all([
    import('./sqlite/open.js'),
    import('./ledger.js'),
  ]);
  const { store } = await openSqlite(where, options, options.scratch ?? false);
  return new SqlLedger(store);
}
