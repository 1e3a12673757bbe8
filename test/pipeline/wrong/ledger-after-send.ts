import { lookUp } from '../../../src/core/number.js';
import type { SendRequest } from '../../../src/pipeline/send.js';

/** Wrong on purpose: sends first and writes it down afterwards. A kill in between forgets who was contacted. */
export async function sendRun(request: SendRequest): Promise<null> {
  const { ledger, run, lock, sender, items, bytes } = request;
  for (;;) {
    const ready = [];
    for await (const row of ledger.rows(run.id, { states: ['ready'] }))
      if (ready.length < items) ready.push(row);
    if (ready.length === 0) return null;
    const result = await sender.send(
      ready.map(({ row, ref, payload }) => ({ row, ref, payload: lookUp(payload ?? {}) })),
    );
    const { claim } = await ledger.claim(run.id, lock, { items, bytes });
    if (claim) await ledger.settle(claim, result.outcomes);
  }
}
