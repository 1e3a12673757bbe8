import type { Reconciliation, ReconcileRequest } from '../../../src/engine/reconcile.js';
import { doubtsOf } from './doubts-of.js';

/** Wrong on purpose: one absent answer is noted twice, so that it proves what only two answers may. */
export async function reconcileRun(request: ReconcileRequest): Promise<Reconciliation> {
  const { ledger, run, lock, context, options } = request;
  const { readBack } = request.operation;
  if (!readBack) throw new Error('no readBack');
  const { absentMeansReady, settleMs } = readBack;
  const sightings = await readBack.find(context, await doubtsOf(request), options);
  await ledger.reconcile(run.id, lock, sightings, { settleMs, apartMs: 0, absentMeansReady });
  await ledger.reconcile(run.id, lock, sightings, { settleMs, apartMs: 0, absentMeansReady });
  return { rows: [], failure: null };
}
