import { isoTime } from '../../core/clock.js';
import { Exit, UserError } from '../../core/errors.js';
import type { Lock, Owner } from '../../core/ledger.js';
import type { World } from '../store.js';
import type { Tx } from '../store.js';

/** A holder nobody can ask after counts as dead when it was silent for so long, in ms. */
const silentMs = 60_000;

/**
 * Takes a lock. A dead holder's is taken over, and the epoch grows, so that nothing the old holder still says counts.
 * @throws UserError `run.locked` (exit 11) where the holder lives, or may live
 */
export async function lock(tx: Tx, world: World, name: string, owner: Owner): Promise<Lock> {
  const { db, now } = tx;
  const held = await db.selectFrom('locks').selectAll().where('name', '=', name).executeTakeFirst();
  const holder = {
    owner: owner.id,
    host: owner.host,
    pid: owner.pid,
    started: owner.started,
    since: now,
    heartbeat_at: now,
  };
  if (!held) {
    await db
      .insertInto('locks')
      .values({ name, epoch: 1, ...holder })
      .execute();
    return { name, owner, epoch: 1 };
  }
  if (held.owner !== null) {
    const old = { id: held.owner, host: held.host, pid: held.pid, started: held.started };
    const alive = world.processAlive(old);
    if (alive ?? now - held.heartbeat_at <= silentMs) throw locked(old, held.since);
  }
  const epoch = held.epoch + 1;
  await db
    .updateTable('locks')
    .set({ epoch, ...holder })
    .where('name', '=', name)
    .where('epoch', '=', held.epoch)
    .execute();
  return { name, owner, epoch };
}

/** Notes that the holder lives. False where the lock is no longer ours. */
export async function heartbeat({ db, now }: Tx, lock: Lock): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('locks')
    .set({ heartbeat_at: now })
    .where('name', '=', lock.name)
    .where('owner', '=', lock.owner.id)
    .where('epoch', '=', lock.epoch)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Frees a lock that is still ours; does nothing to one that is not. */
export async function unlock({ db }: Tx, lock: Lock): Promise<void> {
  await db
    .updateTable('locks')
    .set({ owner: null })
    .where('name', '=', lock.name)
    .where('owner', '=', lock.owner.id)
    .where('epoch', '=', lock.epoch)
    .execute();
}

/** Throws UserError `run.lock-lost` (exit 11) where another process has taken the lock over. */
export async function mustHold({ db }: Tx, lock: Lock): Promise<void> {
  const held = await db
    .selectFrom('locks')
    .select('epoch')
    .where('name', '=', lock.name)
    .where('owner', '=', lock.owner.id)
    .where('epoch', '=', lock.epoch)
    .executeTakeFirst();
  if (!held) throw lost();
}

const lost = (): UserError =>
  new UserError({
    code: 'run.lock-lost',
    message: 'Another process has taken this run over.',
    hint: 'Let it finish; `salesq runs list` shows what became of the run.',
    exit: Exit.locked,
  });

const locked = (holder: Owner, since: number): UserError =>
  new UserError({
    code: 'run.locked',
    message: `Process ${holder.pid} on ${holder.host} has been working on this since ${isoTime(since)}.`,
    hint: 'Wait for it to end, or stop it and try again; a holder that died is replaced within a minute.',
    exit: Exit.locked,
  });
