import { Exit, UserError } from '../../core/errors.js';
import { isoTime } from '../../core/clock.js';
import type { CopiedTable, HeldLock, LedgerCopy, LedgerMark } from '../../core/ledger-admin.js';
import type { Tx } from '../store.js';
import { copyAll } from './backup.js';
import { outOfUse } from '../errors.js';
import type { Keeper } from './keeper.js';
import { readMark, setMark } from '../migrate.js';
import { closable } from './order.js';
import { mustBeCurrent } from './schema-version.js';
import { heldLocks } from './status.js';
import type { Target } from './target.js';
import type { Checkpoint } from './transfer.js';

/**
 * Moves a ledger. In one transaction of the old one, which keeps everybody else from writing there: all of it is copied
 * and read back; the copy is committed as `arriving`, which nobody can use; the old one is marked as moved and closed by
 * the database itself. Then the mark of the new one goes. Cut off anywhere, at most one of the two can be used, and the
 * same command finishes it.
 */
export async function copyLedger(
  keeper: Keeper,
  target: Target,
  checkpoint: Checkpoint,
): Promise<LedgerCopy> {
  await mustBeCurrent(keeper);
  const { where } = keeper.store;
  let old: LedgerMark | null = null;
  let tables: CopiedTable[] = [];
  const bytes = await keeper.still(async ({ db, now }: Tx) => {
    old = await movable(keeper, target.where, await readMark(db));
    mustBeIdle(await heldLocks(db, keeper.store));
    const size = await target.load(async (copy, copyDb) => {
      tables = await copyAll({ keeper, db }, { keeper: copy, db: copyDb }, checkpoint);
      await setMark(copyDb, { kind: 'arriving', from: where, at: now });
    });
    if (old === null) {
      await setMark(db, { kind: 'moved', to: target.where, at: now });
      await keeper.refuseWrites(db, closable(await keeper.tables(db)));
    }
    return size;
  });
  await target.arrived(old);
  return { from: where, to: target.where, tables, bytes };
}

/** The mark the copy shall bear: a backup stays one wherever it is. Throws `ledger.moved`, `ledger.arriving` (exit 6). */
function movable(keeper: Keeper, to: string, mark: LedgerMark | null): Promise<LedgerMark | null> {
  if (mark === null || mark.kind === 'backup') return Promise.resolve(mark);
  if (mark.kind === 'moved' && mark.to === to) return Promise.resolve(null);
  throw outOfUse(keeper.store.where, mark);
}

/** Throws `run.locked` (exit 11) where somebody is at work, or may be. */
function mustBeIdle(locks: readonly HeldLock[]): void {
  const live = locks.find(({ alive }) => alive !== false);
  if (!live) return;
  throw new UserError({
    code: 'run.locked',
    message: `Process ${live.owner.pid} on ${live.owner.host} has been working with this ledger since ${isoTime(live.since)}.`,
    hint: 'Wait for it to end, or stop it; then copy again.',
    exit: Exit.locked,
  });
}
