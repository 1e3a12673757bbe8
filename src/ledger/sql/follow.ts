import type { Consequence } from '../../core/ledger.js';
import type { Tx } from '../store.js';
import { unblock } from './do-not-call.js';
import type { RunRecord } from './records.js';
import { withdraw } from './withdraw.js';

/** In the commit that confirms the rows; whoever unblocks has passed the gate of the do-not-call list first. */
export async function follow(
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
