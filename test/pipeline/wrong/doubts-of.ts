import type { DoubtfulRow } from '../../../src/core/read-back.js';
import type { ReconcileRequest } from '../../../src/pipeline/reconcile.js';

/** The rows in doubt as a vendor is asked for them; the part the wrong ways of reading back do right. */
export async function doubtsOf({ ledger, run }: ReconcileRequest): Promise<DoubtfulRow[]> {
  const rows: DoubtfulRow[] = [];
  for await (const { row, sentAt } of ledger.doubts(run.id))
    rows.push({ row: row.row, ref: row.ref, phone: row.phone, payload: row.payload ?? {}, sentAt });
  return rows;
}
