import type { SendRequest } from '../../../src/pipeline/send.js';

/** Wrong on purpose: what is in doubt is called rejected, which invites to mend the row and push it again. */
export async function sendRun(request: SendRequest): Promise<null> {
  const { ledger, run, lock, sender, items, bytes } = request;
  for (;;) {
    const { claim } = await ledger.claim(run.id, lock, { items, bytes });
    if (!claim) return null;
    const { outcomes } = await sender.send(claim.cleared);
    const settled = outcomes.map(({ row, outcome }) => ({
      row,
      outcome:
        outcome.kind === 'in-doubt'
          ? { kind: 'rejected' as const, code: outcome.code, reason: outcome.reason }
          : outcome,
    }));
    await ledger.settle(claim, settled);
  }
}
