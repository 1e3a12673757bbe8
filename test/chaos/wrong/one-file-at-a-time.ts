import { instead } from '../../ledger/wrong/instead.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: duplicates are looked for within the file, and not in what was sent before. */
export const oneFileAtATime: Client = {
  prepare: (raw) => raw.exec('drop index rows_live'),
  ledger: (ledger, raw) =>
    instead(ledger, {
      addRows: async (run, rows, policy) => {
        raw.exec(`update rows set key = 'aside ' || key where key is not null`);
        try {
          return await ledger.addRows(run, rows, policy);
        } finally {
          raw.exec(`update rows set key = substr(key, 7) where key like 'aside %'`);
        }
      },
    }),
};
