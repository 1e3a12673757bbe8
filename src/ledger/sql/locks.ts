import type { Selectable } from 'kysely';
import { isoTime } from '../../core/clock.js';
import { Exit, UserError } from '../../core/errors.js';
import type { Lock, Owner, Worker } from '../../core/ledger.js';
import { buildOnce, type Db, type Tx, type World } from '../store.js';
import type { LockTable } from '../schema.js';

/** A holder whose process cannot be looked up counts as dead after so long without a heartbeat; ms. */
const silentMs = 60_000;

/**
 * Takes a lock. A dead holder's lock is taken over with a higher epoch, so that the old holder can change nothing more.
 * @throws UserError `run.locked` (exit 11) where the holder lives, or may live
 */
export async function lock(tx: Tx, world: World, name: string, owner: Owner): Promise<Lock> {
  const { db, flavour, now } = tx;
  const named = db.selectFrom('locks').selectAll().where('name', '=', name);
  const held = await flavour.hold(named, 'alone').executeTakeFirst();
  const holder = holding(owner, now);
  if (!held) {
    await db
      .insertInto('locks')
      .values({ name, epoch: 1, ...holder })
      .execute();
    return { name, owner, epoch: 1 };
  }
  const living = livingHolder(world, now, held);
  if (living) throw locked(living, held.since);
  const epoch = held.epoch + 1;
  await db
    .updateTable('locks')
    .set({ epoch, ...holder })
    .where('name', '=', name)
    .where('epoch', '=', held.epoch)
    .execute();
  return { name, owner, epoch };
}

const holding = (owner: Owner, now: number) => ({
  owner: owner.id,
  host: owner.host,
  pid: owner.pid,
  started: owner.started,
  since: now,
  heartbeat_at: now,
});

/** The holder of a lock, if it lives or may live. */
export function livingHolder(world: World, now: number, held: Selectable<LockTable>): Owner | null {
  if (held.owner === null) return null;
  const holder = { id: held.owner, host: held.host, pid: held.pid, started: held.started };
  return (world.processAlive(holder) ?? now - held.heartbeat_at <= silentMs) ? holder : null;
}

const workPrefix = (run: string): string => `work ${run} `;

/** Takes a lock for one of several workers of a run; it is deleted when the worker leaves. */
export async function join({ db, now }: Tx, run: string, owner: Owner): Promise<Lock> {
  const name = `${workPrefix(run)}${owner.id}`;
  await db
    .insertInto('locks')
    .values({ name, epoch: 1, ...holding(owner, now) })
    .execute();
  return { name, owner, epoch: 1 };
}

/** Holders of these owners' locks that live, and everybody who joined the run and lives. */
export async function workers(
  db: Db,
  world: World,
  now: number,
  run: string,
  owners: readonly string[],
): Promise<Worker[]> {
  const found = await db
    .selectFrom('locks')
    .selectAll()
    .where((eb) => eb.or([eb('name', 'like', `${workPrefix(run)}%`), eb('owner', 'in', [...owners, ''])]))
    .orderBy('since')
    .execute();
  return found.flatMap((held) => {
    const owner = livingHolder(world, now, held);
    return owner ? [{ owner, since: held.since, heartbeatAt: held.heartbeat_at }] : [];
  });
}

/** Those of the owners that hold a lock and live, or may live. */
export async function livingOwners(
  db: Db,
  world: World,
  now: number,
  owners: readonly string[],
): Promise<Set<string>> {
  if (owners.length === 0) return new Set();
  const found = await db.selectFrom('locks').selectAll().where('owner', 'in', owners).execute();
  const living = found.flatMap((held) => livingHolder(world, now, held) ?? []);
  return new Set(living.map(({ id }) => id));
}

/** Whether the lock a row was claimed with has ended. A dead holder's lock is ended by this call, so that it stays so. */
export async function isOver(tx: Tx, world: World, owner: string, epoch: number): Promise<boolean> {
  const named = tx.db.selectFrom('locks').selectAll().where('owner', '=', owner).where('epoch', '=', epoch);
  const held = await tx.flavour.hold(named, 'alone').executeTakeFirst();
  if (!held) return true;
  const holder = livingHolder(world, tx.now, held);
  if (holder) return false;
  await release(tx, { name: held.name, owner: { id: owner }, epoch });
  return true;
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
export const unlock = (tx: Tx, lock: Lock): Promise<void> => release(tx, lock);

async function release(
  { db }: Tx,
  {
    name,
    owner,
    epoch,
  }: { readonly name: string; readonly owner: { readonly id: string }; readonly epoch: number },
): Promise<void> {
  const freed = { name, owner: owner.id, epoch };
  if (name.startsWith('work '))
    await db
      .deleteFrom('locks')
      .where((eb) => eb.and(freed))
      .execute();
  else
    await db
      .updateTable('locks')
      .set({ owner: null })
      .where((eb) => eb.and(freed))
      .execute();
}

/**
 * Keeps the lock from being taken over until the transaction ends.
 * @throws UserError `run.lock-lost` (exit 11) where it was taken over
 */
export async function mustHold(tx: Tx, { name, owner, epoch }: Lock): Promise<void> {
  const { rows } = await held(tx, { name, owner: owner.id, epoch });
  if (rows.length === 0) throw lockLost();
}

const held = buildOnce<{ name: string; owner: string; epoch: number }, { epoch: number }, Tx>(
  ({ db, flavour }, { name, owner, epoch }) =>
    flavour.hold(
      db
        .selectFrom('locks')
        .select('epoch')
        .where('name', '=', name)
        .where('owner', '=', owner)
        .where('epoch', '=', epoch),
      'share',
    ),
);

export const lockLost = (): UserError =>
  new UserError({
    code: 'run.lock-lost',
    message: 'Another process has taken this run over.',
    hint: 'Let it finish; `salesq runs list` shows what became of the run.',
    exit: Exit.locked,
  });

export const locked = (holder: Owner, since: number): UserError =>
  new UserError({
    code: 'run.locked',
    message: `Process ${holder.pid} on ${holder.host} has been working on this since ${isoTime(since)}.`,
    hint: 'Wait for it to end, or stop it and try again; a holder that died is replaced within a minute.',
    exit: Exit.locked,
  });
