import type { SendRequest } from '../../../src/pipeline/send.js';

/** Wrong on purpose: a lost answer is taken for a lost request and the same rows are posted again. */
export async function sendRun(request: SendRequest): Promise<null> {
  const { ledger, run, lock, sender, items, bytes } = request;
  for (;;) {
    const { claim } = await ledger.claim(run.id, lock, { items, bytes });
    if (!claim) return null;
    const rows = claim.rows.map(({ row, ref, phone, payload }) => ({
      row,
      ref,
      phone,
      payload: payload ?? {},
    }));
    let result = await sender.send(rows);
    for (
      let tries = 0;
      tries < 2 && result.outcomes.some(({ outcome }) => outcome.kind === 'in-doubt');
      tries += 1
    ) {
      result = await sender.send(rows);
    }
    await ledger.settle(claim, result.outcomes);
  }
}
