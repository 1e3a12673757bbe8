import type pg from 'pg';
import type { Ledger, LedgerRow } from '../../../src/core/ledger.js';
import { instead } from './instead.js';

/** Deliberately wrong: looks for ready rows, then marks them as being sent, as if nobody else did so meanwhile. */
export const claimsUnlocked = (ledger: Ledger, client: pg.Client): Ledger =>
  instead(ledger, {
    claim: async (run, lock, { items }) => {
      const { rows: found } = await client.query<{ row: string }>(
        `select row from rows where run = (select no from runs where id = $1) and state = 'ready'
          order by row limit $2`,
        [run, items],
      );
      if (found.length === 0) return { claim: null, blocked: [], waitMs: 0 };
      const numbers = found.map(({ row }) => Number(row));
      await client.query(
        `update rows set state = 'sending', attempt = attempt + 1, owner = $1, epoch = $2
          where run = (select no from runs where id = $3) and row = any ($4)`,
        [lock.owner.id, lock.epoch, run, numbers],
      );
      const rows: LedgerRow[] = [];
      for await (const row of ledger.rows(run)) if (numbers.includes(row.row)) rows.push(row);
      return { claim: { run, lock, at: 0, rows, cleared: [] }, blocked: [], waitMs: 0 };
    },
  });
