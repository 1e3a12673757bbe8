import type { Outcome, SendResult } from '../../../src/core/outcome.js';
import type { Sender } from '../../../src/core/vendor.js';
import type { Client } from '../sim/seed.js';

const notSent = (outcome: Outcome): Outcome =>
  outcome.kind === 'in-doubt' && outcome.code.startsWith('net.') ? { ...outcome, kind: 'not-sent' } : outcome;

const hopeful = (sender: Sender): Sender => ({
  send: async (rows): Promise<SendResult> => {
    const result = await sender.send(rows);
    return {
      ...result,
      outcomes: result.outcomes.map(({ row, outcome }) => ({ row, outcome: notSent(outcome) })),
    };
  },
});

/** Wrong on purpose: a connection that breaks, or is cut by a stop, is taken for one that was never made. */
export const givesBackWhatLeft: Client = {
  parts: { sender: hopeful },
};
