import { sql } from 'kysely';
import type { Adoption } from '../../core/ledger-admin.js';
import type { Tx } from '../store.js';
import { inUse, marked } from './errors.js';
import type { Keeper } from './keeper.js';
import { readMark, setMark } from './marks.js';
import { closable } from './order.js';
import { mustBeCurrent } from './schema-version.js';

const code = 'ledger.adopted';
const reason = 'This ledger was out of use for a while: the row may have been sent from elsewhere since.';

/**
 * Takes a moved ledger or a backup into use. What was ready in it may have been sent since, and is in doubt: reading the
 * vendor back, or a person, decides. What was planned elsewhere since it cannot know.
 * @throws UserError `ledger.in-use`, `ledger.arriving` (exit 6)
 */
export async function adopt(keeper: Keeper, nothingSent: boolean): Promise<Adoption> {
  await mustBeCurrent(keeper);
  const { where } = keeper.store;
  return keeper.still(async (tx) => {
    const mark = await readMark(tx.db);
    if (mark === null) throw inUse(where);
    if (mark.kind === 'arriving') throw marked(where, mark);
    await keeper.allowWrites(tx.db, closable(await keeper.tables(tx.db)));
    const inDoubt = nothingSent ? 0 : await doubtReady(tx);
    await setMark(tx.db, null);
    return { where, mark, inDoubt };
  });
}

/** As after a kill: an attempt that may have been made, by nobody who could tell (T6). */
async function doubtReady({ db, now }: Tx): Promise<number> {
  const ready = sql`rows.state = 'ready' and exists (
    select 1 from runs where runs.no = rows.run and runs.sealed_at is not null)`;
  await sql`insert into events (run, row, seq, at, kind, attempt, code, reason)
    select rows.run, rows.row, 1 + coalesce((
      select max(e.seq) from events e where e.run = rows.run and e.row = rows.row), 0),
      ${now}, 'interrupted', rows.attempt + 1, ${code}, ${reason}
    from rows where ${ready}`.execute(db);
  const { numUpdatedRows } = await db
    .updateTable('rows')
    .set((eb) => ({
      state: 'in-doubt',
      attempt: eb('attempt', '+', 1),
      sent_at: now,
      owner: null,
      epoch: null,
      code,
      reason,
      updated_at: now,
    }))
    .where(sql<boolean>`${ready}`)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
