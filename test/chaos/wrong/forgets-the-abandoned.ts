import { instead } from '../../ledger/wrong/instead.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: a row that was given up after it left counts as never sent. */
export const forgetsTheAbandoned: Client = {
  ledger: (ledger, raw) =>
    instead(ledger, {
      addRows: (run, rows, policy) => {
        raw.exec(`update rows set attempt = 0 where state = 'abandoned'`);
        return ledger.addRows(run, rows, policy);
      },
    }),
};
