import type { LedgerAdmin } from '../../core/ledger-admin.js';
import type { App } from '../app.js';

/** For commands that look after the ledger: it is neither made nor changed by being looked at. */
export async function withLedgerAdmin<T>(app: App, work: (admin: LedgerAdmin) => Promise<T>): Promise<T> {
  return work(await app.ports.ledgerAdmin(await app.ports.place()));
}
