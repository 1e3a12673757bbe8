import type { DoubtfulRow } from '../../../src/core/outcome.js';
import type { ReconcileRequest } from '../../../src/engine/reconcile.js';
import { doubtful } from '../../support/rows.js';

/** The rows in doubt as a vendor is asked for them; the part the wrong ways of reading back do right. */
export async function doubtsOf({ ledger, run }: ReconcileRequest): Promise<DoubtfulRow[]> {
  const rows: DoubtfulRow[] = [];
  for await (const { row, sentAt } of ledger.doubts(run.id))
    rows.push(doubtful(row.row, row.ref, row.payload ?? {}, sentAt));
  return rows;
}
