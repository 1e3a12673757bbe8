import { resolve } from 'node:path';
import type { LedgerAdmin } from '../../core/ledger-admin.js';
import type { World } from '../store.js';
import type { Keeper } from './keeper.js';
import type { Target } from './target.js';
import type { Checkpoint } from './transfer.js';

export interface AdminOptions extends World {
  /** Called now and then during long work; throws where the command was stopped. */
  readonly interrupted: () => void;
}

const isServer = (where: string): boolean => /^postgres(ql)?:\/\//i.test(where);

/** The administration of the ledger at that place, which each call opens and closes. Throws `ledger.address` (exit 6). */
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
      const { migrateLedger } = await import('./copy.js');
      return kept(true, (keeper) => migrateLedger(keeper, checkpoint));
    },
    backup: async (to, force) => {
      const { backup } = await import('./copy.js');
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
    adopt: async (nothingSent, why = {}) => {
      const { adopt } = await import('./adopt.js');
      if (why.unmarked) await makeMissing(where, options);
      return kept(true, (keeper) => adopt(keeper, nothingSent, why));
    },
    adoptClock: async (reason) => {
      const { adoptClock } = await import('./adopt.js');
      return kept(true, (keeper) => adoptClock(keeper, reason));
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

/** Makes a new ledger where there is none; one that is there is not opened. */
async function makeMissing(where: string, options: AdminOptions): Promise<void> {
  try {
    await (await openKeeper(where, options, false)).close();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ledger.missing') throw error;
    const { openLedger } = await import('../index.js');
    await (await openLedger(where, options)).close();
  }
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

/** Opens a ledger for its administrator; `write` where something will be changed. */
export async function openKeeper(where: string, world: World, write: boolean): Promise<Keeper> {
  if (isServer(where)) return (await import('./postgres.js')).keepPostgres(where, world);
  return (await import('./sqlite.js')).keepSqlite(where, world, write);
}

/** Opens the place a ledger is copied to. */
export async function openTarget(where: string, world: World): Promise<Target> {
  const { fileTarget, serverTarget } = await import('./target.js');
  return isServer(where) ? serverTarget(where, world) : fileTarget(where, world);
}
