import type { CopiedTable, LedgerCopy, LedgerMark } from '../../core/ledger-admin.js';
import type { Db, World } from '../store.js';
import { placeTaken, notVerified } from '../errors.js';
import { ddlOf, intoFile, isThere } from './file-target.js';
import type { Keeper } from './keeper.js';
import { setMark } from '../migrate.js';
import { mustBeCurrent } from './schema-version.js';
import { markOf, SqliteKeeper } from './sqlite.js';
import { copyTable, type Checkpoint } from './transfer.js';

/**
 * One file that holds everything as it was at one moment, read back and compared before it takes its name. Others go on
 * writing meanwhile. It is marked, so that nobody goes on with it as if nothing had been sent since.
 * @throws UserError `ledger.exists`, `ledger.not-verified` (exit 6)
 */
export async function backup(
  keeper: Keeper,
  to: string,
  force: boolean,
  checkpoint: Checkpoint,
): Promise<LedgerCopy> {
  await mustBeCurrent(keeper);
  if (await isThere(to)) await mustGiveWay(to, force, keeper.store.world);
  const { store } = keeper;
  const at = await store.read((db) => store.now(db));
  return toFile(keeper, to, { kind: 'backup', of: store.where, at }, checkpoint);
}

/** Only a backup is ever replaced by one: never a ledger in use, nor another program's file. */
async function mustGiveWay(to: string, force: boolean, world: World): Promise<void> {
  if (!force) throw placeTaken(to, 'Name another file, or replace the backup with --force.');
  const mark = await markOf(to, world);
  if (mark?.kind !== 'backup')
    throw placeTaken(to, 'It is no backup and is not replaced: name another file.');
}

/** Whatever its schema is: tables are taken as they are found. */
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

/** All tables, into the same tables of another ledger, which are emptied first. Throws `ledger.not-verified`. */
export async function copyAll(from: Side, to: Side, checkpoint: Checkpoint): Promise<CopiedTable[]> {
  const tables = await from.keeper.tables(from.db);
  const targets = await to.keeper.tables(to.db);
  for (const { name } of [...targets].reverse()) await to.db.deleteFrom(name as 'rows').execute();
  const copied: CopiedTable[] = [];
  for (const table of tables) {
    const refused = () => notVerified(to.keeper.store.where, table.name);
    const target = targets.find(({ name }) => name === table.name);
    if (JSON.stringify(target?.columns) !== JSON.stringify(table.columns)) throw refused();
    copied.push(await copyTable(from, to, table, checkpoint, refused));
  }
  await to.keeper.numbered(to.db, targets);
  return copied;
}
