import type { Ledger, LedgerRow, PlanPolicy, Run, RunDraft } from '../../core/ledger.js';
import type { planRow } from '../../pipeline/plan-row.js';
import { historyFor } from './history.js';
import { writePlan } from '../../pipeline/plan.js';
import type { Progress } from '../../output/progress.js';
import type { HeldLock } from '../lock.js';
import type { PushPrinter } from './printer.js';
import type { Speech } from './speaking.js';
import type { Push } from './push.js';

export const policyOf = ({ plan, session }: Push): PlanPolicy => ({
  recontact: plan.recontact ?? session.profile.recontact,
  allowDuplicates: plan.allowDuplicates,
});

/** What is known of the run before its rows are read. */
export function draftOf(push: Push, account: string): RunDraft {
  const { session, vendor, operation, options, input } = push;
  return {
    account,
    profile: session.profile.name,
    vendor: vendor.id,
    operation: operation.id,
    scope: historyFor(push),
    reaches: operation.reaches(options),
    source: input.source.facts,
    columns: input.source.columns ?? [],
    settings: input.settings,
    settingsHash: input.settingsHash,
  };
}

/**
 * T0: writes the plan and seals it. Null where a signal came first: the plan is thrown away. Throws UserError
 * `run.lock-lost` (exit 11) where another process took the lock over.
 */
export async function makePlan(
  push: Push,
  ledger: Ledger,
  held: HeldLock,
  account: string,
  { printer, progress }: Speech,
): Promise<Run | null> {
  const { source } = push.input;
  const id = await ledger.beginPlan(draftOf(push, account), held.lock);
  const counter = planCounter(progress);
  const target = {
    ledger,
    run: id,
    policy: policyOf(push),
    history: null,
    signal: AbortSignal.any([push.app.stopping, held.lost]),
    onRows: counter,
  };
  try {
    const whole = await writePlan(plannerOf(push, id), source.rows(), target);
    await held.check();
    if (!whole) {
      await ledger.discardPlan(id);
      return null;
    }
  } catch (error) {
    await ledger.discardPlan(id);
    throw error;
  }
  await ledger.seal(id, source.facts, source.columns ?? []);
  const run = await ledger.run(id);
  if (!run) throw new Error(`run ${id} vanished after it was sealed`);
  await sayUnsendable(ledger, id, printer);
  return run;
}

/** Rows that will never be sent are settled by the plan: they are said before the first request. */
async function sayUnsendable(ledger: Ledger, run: string, printer: PushPrinter): Promise<void> {
  const states = ['invalid', 'held', 'blocked', 'duplicate'] as const;
  for await (const row of ledger.rows(run, { states })) await printer.rows([row]);
}

export const plannerOf = (
  { operation, options, input }: Push,
  run: string,
): Parameters<typeof planRow>[0] => ({
  operation,
  options,
  run,
  table: input.source.columns !== null,
  map: (row) => input.map(row),
  review: input.review,
});

export function planCounter(progress: Progress): (rows: readonly LedgerRow[]) => void {
  let done = 0;
  progress.phase('planning');
  return (rows) => {
    done += rows.length;
    progress.update({ done });
  };
}
