import type { LedgerRow } from '../../core/ledger.js';
import type { RunStop } from '../../pipeline/brakes.js';
import { reconcileRun } from '../../pipeline/reconcile.js';
import type { Carrying } from './push.js';

/** After these nobody is to be asked any more, or it would be in vain. */
const silencing: readonly RunStop['kind'][] = ['interrupted', 'lock-lost', 'credentials'];

/**
 * `--reconcile` of a push: after sending, the vendor is asked once about rows whose answer was lost. What it cannot be
 * asked now stays in doubt, and is said; `runs reconcile` can wait for it.
 */
export async function readBackAfter(
  carrying: Carrying,
  stop: RunStop | null,
  onRows: (rows: readonly LedgerRow[]) => Promise<void>,
): Promise<void> {
  const { app, ledger, lock, lost, run, operation, options, session, send, progress } = carrying;
  if (!send.reconcile || app.stopping.aborted || (stop && silencing.includes(stop.kind))) return;
  if ((await ledger.counts(run.id))['in-doubt'] === 0) return;
  progress.log(`asking the vendor: ${operation.readBack?.about ?? 'it cannot be asked'}`);
  const { rows, failure } = await reconcileRun({
    ledger,
    lock,
    run,
    operation,
    options,
    context: session.context,
    clock: app.clock,
    probe: false,
    wait: false,
    stopping: AbortSignal.any([app.stopping, lost]),
    onRows,
  });
  if (failure) app.terminal.warn(failure.message);
  const left = rows.filter(({ after }) => after.state === 'in-doubt').length;
  progress.log(`${rows.length - left} of ${rows.length} rows in doubt are settled`);
}
