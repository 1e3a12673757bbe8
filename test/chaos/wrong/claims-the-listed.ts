import { instead } from '../../ledger/wrong/instead.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: the do-not-call list is looked at when planning only, not again when a row is about to leave. */
export const claimsTheListed: Client = {
  ledger: (ledger, raw) =>
    instead(ledger, {
      claim: async (run, lock, limits) => {
        raw.exec('create temp table aside as select * from do_not_call; delete from do_not_call');
        try {
          return await ledger.claim(run, lock, limits);
        } finally {
          raw.exec('insert into do_not_call select * from aside; drop table aside');
        }
      },
    }),
};
