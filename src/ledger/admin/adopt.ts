import type { Adoption, AdoptWhy, ClockNote } from '../../core/ledger-admin.js';
import { move, type Moved } from '../move.js';
import { countContacts, noteAdoption, noteClock, readIdentity } from '../sql/progress.js';
import { isReady, noteEvents } from '../sql/records.js';
import type { Tx } from '../store.js';
import { inUse, outOfUse } from '../errors.js';
import { tablesToClose, mustBeCurrent, type Keeper } from './keeper.js';
import { readMark, refuseMarked, setMark } from '../migrate.js';

const code = 'ledger.adopted';
const reason = 'This ledger was out of use for a while: the row may have been sent from elsewhere since.';

/**
 * Takes a moved ledger or a backup into use, with `unmarked` any other. Rows that were ready in it may have been sent
 * since and become in doubt: reading back from the vendor, or a person, decides. Of runs that were planned elsewhere
 * since it knows nothing.
 * @throws UserError `ledger.in-use`, `ledger.arriving` (exit 6)
 */
export async function adopt(
  keeper: Keeper,
  nothingSent: boolean,
  { reason: why = null, unmarked = false, after = 0 }: AdoptWhy = {},
): Promise<Adoption> {
  await mustBeCurrent(keeper);
  const { where } = keeper.store;
  return keeper.withoutOtherWriters(async (tx) => {
    const mark = await readMark(tx.db);
    if (mark === null && !unmarked) throw inUse(where);
    if (mark?.kind === 'arriving') throw outOfUse(where, mark);
    await keeper.allowWrites(tx.db, tablesToClose(await keeper.tables(tx.db)));
    const inDoubt = nothingSent ? 0 : await doubtReady(tx);
    await setMark(tx.db, null);
    const at = Math.max(tx.now, after);
    await noteAdoption(tx, { at, by: keeper.store.who, reason: why });
    return { where, mark, inDoubt };
  });
}

/** Takes the clock as it is for the right one. Throws UserError `ledger.moved`, `ledger.backup`, `ledger.arriving` (exit 6). */
export async function adoptClock(keeper: Keeper, reason: string): Promise<ClockNote> {
  await mustBeCurrent(keeper);
  await refuseMarked(keeper.store);
  return keeper.store.write(async (tx) => {
    const { newest } = await readIdentity(tx.db);
    const note = { at: tx.now, by: keeper.store.who, reason, newest };
    await noteClock(tx, note);
    return note;
  });
}

/** Rows put in doubt by one statement. */
const chunk = 1_000;

/** Puts every ready row in doubt, as after a kill: an attempt may have been made, and its answer is not known. */
async function doubtReady(tx: Tx): Promise<number> {
  for (let sum = 0; ;) {
    const found = await tx.db
      .selectFrom('rows')
      .innerJoin('runs', 'runs.no', 'rows.run')
      .select(['rows.run', 'rows.row', 'rows.attempt', 'rows.account', 'runs.reaches_person'])
      .where(isReady)
      .where('runs.sealed_at', 'is not', null)
      .orderBy('rows.run')
      .orderBy('rows.row')
      .limit(chunk)
      .execute();
    const moved = found.map((row): Moved<'doubt'> => ({
      run: row.run,
      row: row.row,
      attempt: row.attempt,
      from: 'ready',
      to: 'in-doubt',
      code,
      reason,
    }));
    await move(tx, 'doubt', moved);
    for (const account of new Set(found.map((row) => row.account))) {
      const first = found.filter(
        (row) => row.account === account && row.attempt === 0 && row.reaches_person === 1,
      );
      await countContacts(tx, account, first.length);
    }
    for (const run of new Set(found.map((row) => row.run))) {
      const rows = found.filter((row) => row.run === run);
      await noteEvents(tx, run, null, rows.map(interrupted));
    }
    sum += found.length;
    if (found.length < chunk) return sum;
  }
}

const interrupted = ({ row, attempt }: { readonly row: number; readonly attempt: number }) => ({
  row,
  attempt: attempt + 1,
  kind: 'interrupted',
  code,
  reason,
  detail: null,
});
