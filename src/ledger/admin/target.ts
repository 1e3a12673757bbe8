import { resolve } from 'node:path';
import type { LedgerMark } from '../../core/ledger-admin.js';
import type { Db, World } from '../store.js';
import { placeTaken } from '../errors.js';
import { intoFile, isThere } from './file-target.js';
import type { Keeper } from './keeper.js';
import { setMark } from '../migrate.js';
import { keepSqlite, markOf } from './sqlite.js';

/** Where a ledger is copied to. */
export interface Target {
  /** Without credentials. */
  readonly where: string;
  /** All that `fill` writes becomes durable in one step, or nothing. Returns the size of a new file, null for a server. */
  load(fill: (keeper: Keeper, db: Db) => Promise<void>): Promise<number | null>;
  /** The copy may be used: its mark is this one from now on. */
  arrived(mark: LedgerMark | null): Promise<void>;
  close(): Promise<void>;
}

/** A file that is not there yet, or holds a copy that was not finished. Throws `ledger.exists` (exit 6). */
export async function fileTarget(path: string, world: World): Promise<Target> {
  const where = resolve(path);
  if ((await isThere(where)) && (await markOf(where, world))?.kind !== 'arriving')
    throw placeTaken(where, 'Name a file that is not there yet.');
  return {
    where,
    load: (fill) => intoFile(where, world, null, fill),
    arrived: async (mark) => {
      const keeper = await keepSqlite(where, world, true);
      try {
        await keeper.store.write(({ db }) => setMark(db, mark));
      } finally {
        await keeper.close();
      }
    },
    close: () => Promise.resolve(),
  };
}
