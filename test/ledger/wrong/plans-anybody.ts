import type { Ledger } from '../../../src/core/ledger.js';
import type { Database } from '../../../src/ledger/sqlite/engine.js';
import { instead } from './instead.js';

/** Deliberately wrong: has no unique index over who is contacted, and does not look either. */
export function plansAnybody(ledger: Ledger, database: Database): Ledger {
  database.exec('drop index if exists rows_live');
  const setKey = database.prepare(
    'update rows set key = ? where row = ? and run = (select no from runs where id = ?)',
  );
  return instead(ledger, {
    addRows: async (run, rows, policy) => {
      const keyless = rows.map((row) => ({ ...row, key: null }));
      const stored = await ledger.addRows(run, keyless, policy);
      for (const { row, key } of rows) setKey.run(key, row, run);
      return stored.map((row, i) => ({ ...row, key: rows[i]?.key ?? null }));
    },
  });
}
