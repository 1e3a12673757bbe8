import { isoTime } from '../../core/clock.js';
import { Exit, UserError } from '../../core/errors.js';
import type {
  CopiedTable,
  HeldLock,
  LedgerCopy,
  LedgerMark,
  LedgerMigration,
} from '../../core/ledger-admin.js';
import { hardLinked, notVerified, outOfUse, placeTaken } from '../errors.js';
import { readMark, refuseMarked, setMark } from '../migrate.js';
import type { Db, Tx, World } from '../store.js';
import { tablesToClose, mustBeCurrent, notNewer, type Keeper } from './keeper.js';
import { markOf, SqliteKeeper } from './sqlite.js';
import { heldLocks } from './status.js';
import { ddlOf, intoFile, isThere, type Target } from './target.js';
import { copyTable, type Checkpoint } from './transfer.js';
import { writeJson } from '../../core/json.js';

/**
 * Moves a ledger. In one transaction of the old one, during which no other process writes there: all of it is copied and
 * read back; the copy is committed with the mark `arriving`, so that it cannot be used yet; the old one is marked as moved
 * and refuses writes. Then the mark of the new one is removed. Cut off anywhere, at most one of the two can be used, and
 * the same command finishes it.
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
  const bytes = await keeper.withoutOtherWriters(async ({ db, now }: Tx) => {
    old = await markOfCopy(keeper, target.where, await readMark(db));
    mustBeIdle(await heldLocks(db, keeper.store));
    const size = await target.load(async (copy, copyDb) => {
      tables = await copyAll({ keeper, db }, { keeper: copy, db: copyDb }, checkpoint);
      await setMark(copyDb, { kind: 'arriving', from: where, at: now });
    });
    if (old === null) {
      await setMark(db, { kind: 'moved', to: target.where, at: now });
      await keeper.refuseWrites(db, tablesToClose(await keeper.tables(db)));
    }
    return size;
  });
  await target.arrived(old);
  return { from: where, to: target.where, tables, bytes };
}

/** The mark of the finished copy: a backup stays one wherever it is. Throws `ledger.moved`, `ledger.arriving` (exit 6). */
function markOfCopy(keeper: Keeper, to: string, mark: LedgerMark | null): Promise<LedgerMark | null> {
  if (mark === null || mark.kind === 'backup') return Promise.resolve(mark);
  if (mark.kind === 'moved' && mark.to === to) return Promise.resolve(null);
  throw outOfUse(keeper.store.where, mark);
}

/** Throws `run.locked` (exit 11) where another process works with the ledger, or may. */
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

/**
 * One file that holds everything as it was at one moment, read back and compared before it takes its name. Other processes
 * go on writing meanwhile. It is marked as a backup, so that no run goes on in it: it does not know what was sent since.
 * @throws UserError `ledger.exists`, `ledger.not-verified`, `ledger.hard-link` (exit 6)
 */
export async function backup(
  keeper: Keeper,
  to: string,
  force: boolean,
  checkpoint: Checkpoint,
): Promise<LedgerCopy> {
  await mustBeCurrent(keeper);
  const names = await keeper.names();
  if (names > 1) throw hardLinked(keeper.store.where, names);
  if (await isThere(to)) await mustBeBackup(to, force, keeper.store.world);
  const { store } = keeper;
  const at = await store.read((db) => store.now(db));
  return toFile(keeper, to, { kind: 'backup', of: store.where, at }, checkpoint);
}

/** Only a backup is replaced by a backup: never a ledger in use, nor another program's file. */
async function mustBeBackup(to: string, force: boolean, world: World): Promise<void> {
  if (!force) throw placeTaken(to, 'Name another file, or replace the backup with --force.');
  const mark = await markOf(to, world);
  if (mark?.kind !== 'backup')
    throw placeTaken(to, 'It is no backup and is not replaced: name another file.');
}

/** Copies a ledger of any schema into a new file: tables are taken as they are found. */
export async function toFile(
  keeper: Keeper,
  to: string,
  mark: LedgerMark,
  checkpoint: Checkpoint,
): Promise<LedgerCopy> {
  const ddl = keeper instanceof SqliteKeeper ? await ddlOf(keeper) : null;
  let tables: CopiedTable[] = [];
  const bytes = await keeper.snapshot((db) =>
    intoFile(to, keeper.store.world, ddl, async (copy, copyDb) => {
      tables = await copyAll({ keeper, db }, { keeper: copy, db: copyDb }, checkpoint);
      await setMark(copyDb, mark);
    }),
  );
  return { from: keeper.store.where, to, tables, bytes };
}

interface Side {
  readonly keeper: Keeper;
  readonly db: Db;
}

/** Copies all tables into the same tables of another ledger, which are emptied first. Throws `ledger.not-verified`. */
export async function copyAll(from: Side, to: Side, checkpoint: Checkpoint): Promise<CopiedTable[]> {
  const tables = await from.keeper.tables(from.db);
  const targets = await to.keeper.tables(to.db);
  for (const { name } of [...targets].reverse()) await to.db.deleteFrom(name as 'rows').execute();
  const copied: CopiedTable[] = [];
  for (const table of tables) {
    const refused = () => notVerified(to.keeper.store.where, table.name);
    const target = targets.find(({ name }) => name === table.name);
    if (writeJson(target?.columns) !== writeJson(table.columns)) throw refused();
    copied.push(await copyTable(from, to, table, checkpoint, refused));
  }
  await to.keeper.continueNumbering(to.db, targets);
  return copied;
}

/**
 * Brings the schema up to date. A file is copied beside itself first where there are steps to take.
 * @throws UserError `ledger.newer`, and what a marked ledger is refused with (exit 6)
 */
export async function migrateLedger(keeper: Keeper, checkpoint: Checkpoint): Promise<LedgerMigration> {
  const { store } = keeper;
  const { found, known } = await notNewer(keeper);
  const has = await keeper.objects();
  if (has.has('meta')) await refuseMarked(store);
  if (found === known) return { where: store.where, from: found, to: known, backup: null };
  const wanted = keeper.engine === 'sqlite' && has.has('meta');
  const backup = wanted ? await backupBefore(keeper, found, checkpoint) : null;
  await keeper.updateSchema();
  return { where: store.where, from: found, to: known, backup };
}

async function backupBefore(keeper: Keeper, found: number, checkpoint: Checkpoint): Promise<string> {
  const { store } = keeper;
  const { where } = store;
  const at = await store.read((db) => store.now(db));
  const stamp = new Date(at).toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  const path = `${where}.schema-${found}.${stamp}`;
  await toFile(keeper, path, { kind: 'backup', of: where, at }, checkpoint);
  return path;
}
