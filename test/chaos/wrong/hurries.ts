import type { SendResult } from '../../../src/core/outcome.js';
import type { Sender } from '../../../src/core/vendor.js';
import type { Client } from '../sim/seed.js';

const deaf = (sender: Sender): Sender => ({
  send: async (rows): Promise<SendResult> => {
    const { outcomes, stop } = await sender.send(rows);
    const soon = outcomes.map(({ row, outcome }) => ({
      row,
      outcome: outcome.kind === 'deferred' ? { ...outcome, retryAfterMs: 0 } : outcome,
    }));
    return { outcomes: soon, stop };
  },
});

/** Wrong on purpose: asked to slow down, it tries again at once. */
export const hurries: Client = {
  parts: { sender: deaf },
};
