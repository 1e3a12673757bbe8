import type { Client } from '../sim/seed.js';

/** Wrong on purpose: `dnc add` returns while a request for the number is on its way. */
export const addDoesNotWait: Client = {
  parts: {
    blockForGood: async (ledger, _clock, entries) => ({ ...(await ledger.block(entries)), underWay: [] }),
  },
};
