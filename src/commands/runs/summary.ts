import { isoTime } from '../../core/clock.js';
import type { JsonObject } from '../../core/json.js';
import type { Ledger, Run } from '../../core/ledger.js';
import type { Place } from '../../core/place.js';
import { pushDocument } from '../../core/push-summary.js';

/** The summary of a run as a push printed it, with its times; the commands to go on with mean the place. */
export async function runSummary(ledger: Ledger, run: Run, place: Place): Promise<JsonObject> {
  const counts = await ledger.counts(run.id);
  const document = pushDocument({ ...run, run: run.id, dryRun: false, counts, results: null });
  return {
    ...document,
    next: document.next.map((command) => place.command(command)),
    createdAt: isoTime(run.createdAt),
    updatedAt: isoTime(run.updatedAt),
  } as unknown as JsonObject;
}
