import { sendRun } from '../../../src/engine/send.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: a claim is good for ever, also after a night in a laptop that was shut. */
export const neverTooOld: Client = {
  parts: {
    sendRun: (request) => {
      const { clock } = request;
      const still = { now: () => 0, monotonic: () => 0, sleep: clock.sleep.bind(clock) };
      return sendRun({ ...request, clock: still });
    },
  },
};
