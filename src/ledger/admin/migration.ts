import type { LedgerMigration } from '../../core/ledger-admin.js';
import { toFile } from './backup.js';
import type { Keeper } from './keeper.js';
import { refuseMarked } from '../migrate.js';
import { notNewer } from './schema-version.js';
import type { Checkpoint } from './transfer.js';

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
  await keeper.takeSteps();
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
