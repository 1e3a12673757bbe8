import type { SendRequest } from '../../../src/pipeline/send.js';

/** Wrong on purpose: a lost answer is taken for a lost request and the same rows are posted again. */
export async function sendRun(request: SendRequest): Promise<null> {
  const { ledger, run, lock, sender, items, bytes } = request;
  for (;;) {
    const { claim } = await ledger.claim(run.id, lock, { items, bytes });
    if (!claim) return null;
    let result = await sender.send(claim.cleared);
    for (
      let tries = 0;
      tries < 2 && result.outcomes.some(({ outcome }) => outcome.kind === 'in-doubt');
      tries += 1
    ) {
      result = await sender.send(claim.cleared);
    }
    await ledger.settle(claim, result.outcomes);
  }
}
