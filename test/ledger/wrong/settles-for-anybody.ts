import type { Ledger, LedgerRow } from '../../../src/core/ledger.js';
import type { Database } from '../../../src/ledger/sqlite/engine.js';
import { instead } from './instead.js';

/** Deliberately wrong: settles what is being sent without asking who sends it, and which attempt it was. */
export const settlesForAnybody = (ledger: Ledger, database: Database): Ledger =>
  instead(ledger, {
    settle: async (claim, settlements) => {
      const update = database.prepare(
        `update rows set state = ? where row = ? and state = 'sending'
         and run = (select no from runs where id = ?)`,
      );
      for (const { row, outcome } of settlements) {
        const state = ['not-sent', 'deferred'].includes(outcome.kind) ? 'ready' : outcome.kind;
        update.run(state, row, claim.run);
      }
      const rows: LedgerRow[] = [];
      for await (const row of ledger.rows(claim.run)) rows.push(row);
      return rows.filter(({ row }) => claim.rows.some((claimed) => claimed.row === row));
    },
  });
