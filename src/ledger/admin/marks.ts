import type { LedgerMark } from '../../core/ledger-admin.js';
import type { Db, Store } from '../store.js';
import { marked } from './errors.js';

/** Name of the mark in the table `meta`; its value is the LedgerMark as JSON. */
const name = 'mark';

/** What the ledger is besides in use; null where it is in use. */
export async function readMark(db: Db): Promise<LedgerMark | null> {
  const found = await db.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst();
  return found ? (JSON.parse(found.value) as LedgerMark) : null;
}

export async function setMark(db: Db, mark: LedgerMark | null): Promise<void> {
  await db.deleteFrom('meta').where('name', '=', name).execute();
  if (mark === null) return;
  await db
    .insertInto('meta')
    .values({ name, value: JSON.stringify(mark) })
    .execute();
}

/**
 * For whoever opens a ledger to work with it, after the schema is up to date and before anything is written.
 * @throws UserError `ledger.moved`, `ledger.backup`, `ledger.arriving` (exit 6)
 */
export async function refuseMarked(store: Store): Promise<void> {
  const mark = await store.read(readMark);
  if (mark) throw marked(store.where, mark);
}
