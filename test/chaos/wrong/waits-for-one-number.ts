import { instead } from '../../ledger/wrong/instead.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: `dnc add` waits for requests whose lead has the number as its own, not for those that dial it second. */
export const waitsForOneNumber: Client = {
  ledger: (ledger, raw) =>
    instead(ledger, {
      underWay: async (phones) => {
        const own = raw.prepare(
          'select 1 from rows join runs on runs.no = rows.run where runs.id = ? and rows.row = ? and rows.key = ?',
        );
        const rows = await ledger.underWay(phones);
        return rows.filter(({ run, row, phone }) => own.get(run, row, phone) !== undefined);
      },
    }),
};
