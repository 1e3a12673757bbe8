import { instead } from '../../ledger/wrong/instead.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: nobody looks after what a dead program was sending; it is lost without a word. */
export const forgetsTheDead: Client = {
  ledger: (ledger) => instead(ledger, { recover: () => Promise.resolve(0) }),
};
