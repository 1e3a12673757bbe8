import { instead } from '../../ledger/wrong/instead.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: what a dead program was sending is taken for unsent, and sent again. */
export const requeuesTheDead: Client = {
  ledger: (ledger, raw) =>
    instead(ledger, {
      recover: async (run, lock) => {
        const rows = await ledger.recover(run, lock);
        raw.exec(`update rows set state = 'ready' where state = 'in-doubt' and code = 'run.interrupted'`);
        return rows;
      },
    }),
};
