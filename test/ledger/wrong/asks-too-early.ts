import type { Ledger } from '../../../src/core/ledger.js';
import type { Database } from '../../../src/ledger/sqlite/engine.js';
import { instead } from './instead.js';

/** Deliberately wrong: the do-not-call list was read when the plan was sealed, not in the transaction that claims. */
export const asksTooEarly = (ledger: Ledger, database: Database): Ledger =>
  instead(ledger, {
    seal: async (run, source, columns) => {
      const blocked = await ledger.seal(run, source, columns);
      database.exec(
        'drop table if exists temp.known; create temp table known as select phone from do_not_call',
      );
      return blocked;
    },
    claim: async (run, lock, limits) => {
      database.exec(
        `create temp table later as select * from do_not_call where phone not in (select phone from temp.known);
         delete from do_not_call where phone in (select phone from temp.later)`,
      );
      try {
        return await ledger.claim(run, lock, limits);
      } finally {
        database.exec('insert into do_not_call select * from temp.later; drop table temp.later');
      }
    },
  });
