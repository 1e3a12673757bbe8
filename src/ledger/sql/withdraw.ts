import { sql, type RawBuilder } from 'kysely';
import type { Withdrawal } from '../../core/ledger.js';
import { contentOf, textOfKey, unseal, type SealedObject } from '../../core/number.js';
import { historyGate } from '../flavour.js';
import { tryMove } from '../move.js';
import type { Tx } from '../store.js';
import { note } from './events.js';
import { isLive, type RunRecord } from './records.js';
import { touch } from './runs.js';

interface Found {
  readonly run: number;
  readonly row: number;
  readonly history: number;
  readonly attempt: number;
  readonly payload: string | null;
  readonly at: number;
}

/**
 * Withdraws deliveries, in the commit that settles what took them back; to be called once for each of these settlements. Rows that gave
 * way to a later contact are withdrawn too. Only `delivered` ones: `already` is the vendor's word about somebody it had
 * without us, and holds nobody back.
 * @param run the run whose rows take others back
 */
export async function withdraw(tx: Tx, run: RunRecord, withdrawals: readonly Withdrawal[]): Promise<void> {
  for (const withdrawal of withdrawals) {
    const found = await rowsOf(tx, run, withdrawal);
    // Kept apart from plans that are about to put a row of their own in the place of one of these.
    for (const history of new Set(found.map((row) => row.history)))
      await tx.flavour.pass(tx.db, historyGate(history));
    for (const row of found) await takeBack(tx, run, row, withdrawal.contacted);
  }
}

/**
 * An id names one lead: every row of it. A key names a person, who may have been contacted by earlier deliveries that are
 * over: only the last one can have been taken back.
 */
async function rowsOf(tx: Tx, run: RunRecord, withdrawal: Withdrawal): Promise<Found[]> {
  const { by, value, operation, payload = {} } = withdrawal;
  const among = (where: RawBuilder<boolean>) =>
    tx.db
      .selectFrom('rows')
      .where(
        by === 'key' ? 'rows.key' : 'rows.vendor_id',
        '=',
        typeof value === 'string' ? value : textOfKey(value),
      )
      .where(where)
      .where(sql<boolean>`rows.state = 'delivered'`)
      .where('rows.account', '=', run.account)
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('runs')
            .select('runs.no')
            .whereRef('runs.no', '=', 'rows.run')
            .where('runs.operation', '=', operation),
        ),
      )
      .select([
        'rows.run',
        'rows.row',
        'rows.history',
        'rows.attempt',
        'rows.payload',
        'rows.updated_at as at',
      ]);
  const found =
    by === 'key'
      ? await among(isLive)
          .unionAll(among(sql<boolean>`rows.superseded_run is not null`))
          .execute()
      : await among(sql<boolean>`rows.vendor_id is not null`).execute();
  const meant = found.filter((row) => holds(row.payload, payload));
  return by === 'key'
    ? meant.sort((a, b) => b.at - a.at || b.run - a.run || b.row - a.row).slice(0, 1)
    : meant;
}

function holds(stored: string | null, wanted: SealedObject): boolean {
  const payload = unseal(stored ?? '{}');
  return Object.entries(wanted).every(
    ([name, value]) => contentOf(payload[name] ?? null) === contentOf(value),
  );
}

async function takeBack(tx: Tx, by: RunRecord, found: Found, contacted: boolean): Promise<void> {
  const { run, row, attempt } = found;
  const code = contacted ? 'withdrawn.removed' : 'withdrawn.before-contact';
  const reason = contacted ? `Removed by run ${by.id}.` : `Taken back by run ${by.id} before the contact.`;
  const changed = await tryMove(tx, 'withdraw', [
    { run, row, attempt, from: 'delivered', to: 'withdrawn', code, reason },
  ]);
  // Somebody else took it back at the same time.
  if (changed === 0) return;
  const detail = JSON.stringify({ run: by.id });
  await note(tx, run, null, [{ row, kind: 'withdrawn', attempt, code, reason, detail }]);
  await touch(tx, run);
}
