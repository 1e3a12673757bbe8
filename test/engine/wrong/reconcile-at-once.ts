import type { Reconciliation, ReconcileRequest } from '../../../src/engine/reconcile.js';
import { doubtsOf } from './doubts-of.js';

/** Wrong on purpose: an absence counts as soon as it is seen, although the request may still be on its way. */
export async function reconcileRun(request: ReconcileRequest): Promise<Reconciliation> {
  const { ledger, run, lock, context, options } = request;
  const { readBack } = request.operation;
  if (!readBack) throw new Error('no readBack');
  const sightings = await readBack.find(context, await doubtsOf(request), options);
  await ledger.reconcile(run.id, lock, sightings, {
    settleMs: 0,
    apartMs: 0,
    absentMeansReady: readBack.absentMeansReady,
  });
  return { rows: [], failure: null };
}
