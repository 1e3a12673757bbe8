import type { LedgerRow } from '../../../src/core/ledger.js';
import type { SendRequest } from '../../../src/pipeline/send.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: a claim is good for ever, also after a night in a suspended laptop. */
async function sendRun(request: SendRequest): Promise<null> {
  const { ledger, run, lock, sender, items, bytes } = request;
  for (;;) {
    const { claim, blocked } = await ledger.claim(run.id, lock, { items, bytes });
    if (!claim && blocked.length === 0) return null;
    if (!claim) continue;
    const { outcomes } = await sender.send(claim.rows.map(sendingRow));
    await ledger.settle(claim, outcomes);
  }
}

const sendingRow = ({ row, ref, phone, payload }: LedgerRow) => ({ row, ref, phone, payload: payload ?? {} });

export const neverTooOld: Client = { parts: { sendRun } };
