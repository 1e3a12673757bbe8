import { resolve } from 'node:path';
import type { LedgerAdmin } from '../../core/ledger-admin.js';
import type { World } from '../store.js';
import type { Keeper } from './keeper.js';
import type { Target } from './target.js';
import type { Checkpoint } from './transfer.js';

export interface AdminOptions extends World {
  /** Asked now and then during long work: throws where the command was stopped. */
  readonly interrupted: () => void;
}

const isServer = (where: string): boolean => /^postgres(ql)?:\/\//i.test(where);

/** Looks after the ledger at that place, which is opened by each call and closed after it. Throws `ledger.address` (exit 6). */
export async function openLedgerAdmin(where: string, options: AdminOptions): Promise<LedgerAdmin> {
  const shown = isServer(where) ? (await import('../postgres/address.js')).readAddress(where).where : where;
  const checkpoint: Checkpoint = async () => {
    await new Promise((done) => setImmediate(done));
    options.interrupted();
  };
  const kept = <T>(write: boolean, work: (keeper: Keeper) => Promise<T>): Promise<T> =>
    closing(() => openKeeper(where, options, write), work);
  return {
    where: shown,
    status: async () => {
      const { status } = await import('./status.js');
      return kept(false, status);
    },
    check: async () => {
      const { check } = await import('./check.js');
      return kept(false, check);
    },
    migrate: async () => {
      const { migrateLedger } = await import('./migration.js');
      return kept(true, (keeper) => migrateLedger(keeper, checkpoint));
    },
    backup: async (to, force) => {
      const { backup } = await import('./backup.js');
      return kept(false, (keeper) => backup(keeper, resolve(to), force, checkpoint));
    },
    copy: async (to) => {
      const { copyLedger } = await import('./copy.js');
      return kept(true, (keeper) =>
        closing(
          () => openTarget(to, options),
          (target) => copyLedger(keeper, target, checkpoint),
        ),
      );
    },
    adopt: async (nothingSent) => {
      const { adopt } = await import('./adopt.js');
      return kept(true, (keeper) => adopt(keeper, nothingSent));
    },
    purgeable: async (before) => {
      const { purgeable } = await import('./purge.js');
      return kept(false, (keeper) => purgeable(keeper, before));
    },
    purge: async (before) => {
      const { purge } = await import('./purge.js');
      return kept(true, (keeper) => purge(keeper, before, checkpoint));
    },
  };
}

async function closing<T extends { close(): Promise<void> }, R>(
  open: () => Promise<T>,
  work: (opened: T) => Promise<R>,
): Promise<R> {
  const opened = await open();
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

/** An engine's part of it; `write` where something will be changed. */
export async function openKeeper(where: string, world: World, write: boolean): Promise<Keeper> {
  if (isServer(where)) return (await import('./postgres.js')).keepPostgres(where, world);
  return (await import('./sqlite.js')).keepSqlite(where, world, write);
}

/** The place of a copy. */
export async function openTarget(where: string, world: World): Promise<Target> {
  if (isServer(where)) return (await import('./server-target.js')).serverTarget(where, world);
  return (await import('./target.js')).fileTarget(where, world);
}
