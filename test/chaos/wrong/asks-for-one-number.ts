import { gatesByKey } from '../../ledger/wrong/gates-by-key.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: the do-not-call list is asked for a lead's own number only, and its second one is dialled. */
export const asksForOneNumber: Client = { ledger: (ledger) => gatesByKey(ledger) };
