import { isoTime } from '../../core/clock.js';
import type { JsonObject } from '../../core/json.js';
import type { Ledger, Run } from '../../core/ledger.js';
import { pushDocument } from '../../core/push-summary.js';

/** The summary of a run as a push printed it, with its times. */
export async function runSummary(ledger: Ledger, run: Run): Promise<JsonObject> {
  const counts = await ledger.counts(run.id);
  const document = pushDocument({ ...run, run: run.id, dryRun: false, counts, results: null });
  return {
    ...document,
    createdAt: isoTime(run.createdAt),
    updatedAt: isoTime(run.updatedAt),
  } as unknown as JsonObject;
}
