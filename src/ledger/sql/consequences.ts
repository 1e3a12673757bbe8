import { sql, type RawBuilder } from 'kysely';
import type { Consequence, Withdrawal } from '../../core/ledger.js';
import { contentOf, textOfKey, unseal, type SealedObject } from '../../core/number.js';
import { historyGate } from '../flavour.js';
import { tryMove } from '../move.js';
import type { Tx } from '../store.js';
import { unblock } from './numbers.js';
import { isLive, noteEvents, type RunRecord } from './records.js';
import { touch } from './runs.js';
import { writeJson } from '../../core/json.js';

/**
 * Withdraws and unblocks what confirmed rows ask for, in the commit that confirms them. Who unblocks has passed the gate of
 * the do-not-call list first.
 */
export async function applyConsequences(
  tx: Tx,
  who: string,
  run: RunRecord,
  all: readonly (Consequence | null | undefined)[],
): Promise<void> {
  await withdraw(
    tx,
    run,
    all.flatMap((one) => one?.withdraws ?? []),
  );
  for (const { phone, reason } of all.flatMap((one) => one?.unblocks ?? []))
    await unblock(tx, who, [phone], reason);
}

interface Found {
  readonly run: number;
  readonly row: number;
  readonly history: number;
  readonly attempt: number;
  readonly payload: string | null;
  readonly at: number;
}

/**
 * Withdraws delivered rows, superseded ones too. Not `already` ones: those the vendor had from elsewhere, and they keep
 * nobody from being contacted.
 * @param run the run whose rows take others back
 */
async function withdraw(tx: Tx, run: RunRecord, withdrawals: readonly Withdrawal[]): Promise<void> {
  for (const withdrawal of withdrawals) {
    const found = await rowsOf(tx, run, withdrawal);
    // Kept apart from plans that are about to put a row of their own in the place of one of these.
    for (const history of new Set(found.map((row) => row.history)))
      await tx.flavour.pass(tx.db, historyGate(history));
    for (const row of found) await withdrawRow(tx, run, row, withdrawal.contacted);
  }
}

/**
 * The delivered rows a withdrawal means. An id names one lead: every row of it. A key names a person, who may have been
 * contacted by earlier deliveries too: only the last one can have been taken back.
 */
async function rowsOf(tx: Tx, run: RunRecord, withdrawal: Withdrawal): Promise<Found[]> {
  const { by, operation, payload = {} } = withdrawal;
  const value = typeof withdrawal.value === 'string' ? withdrawal.value : textOfKey(withdrawal.value);
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
  const meant = found.filter((row) => hasContent(row.payload, payload));
  return by === 'key'
    ? meant.sort((a, b) => b.at - a.at || b.run - a.run || b.row - a.row).slice(0, 1)
    : meant;
}

function hasContent(stored: string | null, wanted: SealedObject): boolean {
  const payload = unseal(stored ?? '{}');
  return Object.entries(wanted).every(
    ([name, value]) => contentOf(payload[name] ?? null) === contentOf(value),
  );
}

async function withdrawRow(tx: Tx, by: RunRecord, found: Found, contacted: boolean): Promise<void> {
  const { run, row, attempt } = found;
  const code = contacted ? 'withdrawn.removed' : 'withdrawn.before-contact';
  const reason = contacted ? `Removed by run ${by.id}.` : `Taken back by run ${by.id} before the contact.`;
  const changed = await tryMove(tx, 'withdraw', [
    { run, row, attempt, from: 'delivered', to: 'withdrawn', code, reason },
  ]);
  // Another process took it back at the same time.
  if (changed === 0) return;
  const detail = writeJson({ run: by.id });
  await noteEvents(tx, run, null, [{ row, kind: 'withdrawn', attempt, code, reason, detail }]);
  await touch(tx, run);
}
