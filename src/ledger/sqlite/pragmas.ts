import { foreign, unsafe } from '../errors.js';
import type { Database } from './engine.js';

/** Marks a file as a salesq ledger; the letters SLSQ. */
export const applicationId = 0x534c5351;

/** SQLite blocks the whole process while it waits, so it waits shortly; the store waits on between tries. */
const busyMs = 15;

const value = (database: Database, pragma: string): unknown =>
  Object.values(database.prepare(`pragma ${pragma}`).get() as object)[0];

/** Throws `ledger.foreign` for a database of another program, before anything in it is changed. */
export function recognise(database: Database, where: string): void {
  database.exec(`pragma busy_timeout = ${busyMs}`);
  const id = value(database, 'application_id');
  const { n } = database.prepare('select count(*) as n from sqlite_schema').get() as { n: number };
  if (id !== applicationId && (id !== 0 || n !== 0)) throw foreign(where);
}

/** Every commit is on the disk before it returns. WAL comes first: switching to it resets `synchronous` in some builds. */
export function makeDurable(database: Database): void {
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  speedUp(database);
}

/** Nothing is kept: for a file that is thrown away. */
export function makeFleeting(database: Database): void {
  database.exec('pragma journal_mode = memory');
  database.exec('pragma synchronous = off');
  speedUp(database);
}

/** A plan inserts into wide indexes in no order: they must fit the cache (KiB), and not be checkpointed too often. */
function speedUp(database: Database): void {
  database.exec('pragma foreign_keys = on');
  database.exec('pragma cache_size = -12288');
  database.exec('pragma wal_autocheckpoint = 8000');
  // Every update that reads a list has a table of its own for it: not worth a file.
  database.exec('pragma temp_store = memory');
}

/** Reads back what was asked for; to be called after the first write. Throws `ledger.unsafe`. */
export function checkDurable(database: Database, where: string): void {
  const journal = value(database, 'journal_mode');
  const synchronous = Number(value(database, 'synchronous'));
  if (journal !== 'wal' || synchronous < 2)
    throw unsafe(where, `journal ${String(journal)}, synchronous ${synchronous}`);
}

/**
 * Brings the side file's content home, so that the file alone is the whole ledger. SQLite does so itself when the last
 * connection closes, but the package's connections only close when their statements are garbage collected.
 */
export function bringHome(database: Database): void {
  try {
    database.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // Nothing is lost: the next one to open the ledger does it.
  }
}
