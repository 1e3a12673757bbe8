import { randomBytes } from 'node:crypto';
import type { ExitCode } from '../../core/errors.js';
import { exitOf } from '../../core/exit.js';
import type { Ledger } from '../../core/ledger.js';
import { pushDocument } from '../../core/push-summary.js';
import { isRetry } from '../../core/retry.js';
import { openProgress } from '../../output/progress.js';
import { writePlan } from '../../pipeline/plan.js';
import { draftOf, planCounter, plannerOf, policyOf } from './make-plan.js';
import { findEarlier } from './earlier.js';
import { interruptedWhilePlanning } from './interrupted.js';
import { mappingLines } from './mapping-lines.js';
import { sayOtherKey } from './other-key.js';
import { planRecord, PushPrinter } from './printer.js';
import { writeResults } from './results.js';
import type { Push } from './push.js';

/**
 * Plans as a push would, in a throwaway ledger beside what the real one knows; sends and keeps nothing.
 * @param known the real ledger, where it is open already
 */
export async function dryRun(push: Push, known: Ledger | null): Promise<ExitCode> {
  const { app } = push;
  const scratch = await app.ports.scratchLedger();
  const history = known ?? (await app.ports.ledger(push.session.place, 'look'));
  const progress = await openProgress(app.terminal, app.clock);
  try {
    const printer = new PushPrinter(app);
    const account = history ? await history.account(push.session.account()) : null;
    if (history && account !== null) await sayOtherKey(push, history, account);
    const earlier = history && account !== null ? await findEarlier(push, history, account) : null;
    if (history && earlier) {
      progress.stop();
      const told = `${isRetry(earlier.source.name) ? 'This retry' : 'This file'} is run ${earlier.id} already: a push goes on with it and sends what is ready.`;
      return await report(push, history, earlier.id, printer, [told]);
    }
    const lock = await scratch.ledger.lock('dry-run', await app.ports.owner());
    const draft = draftOf(push, await scratch.ledger.account(push.session.account()));
    const run = await scratch.ledger.beginPlan(draft, lock);
    const whole = await writePlan(
      plannerOf(push, randomBytes(12).toString('hex')),
      push.input.source.rows(),
      {
        ledger: scratch.ledger,
        run,
        policy: policyOf(push),
        history:
          history && account !== null
            ? { ledger: history, account, scope: draft.scope, reachesPerson: draft.reachesPerson }
            : null,
        signal: app.stopping,
        onRows: planCounter(progress),
      },
    );
    if (!whole) throw interruptedWhilePlanning(app);
    progress.stop();
    return await report(push, scratch.ledger, run, printer, []);
  } finally {
    progress.stop();
    if (!known) await history?.close();
    await scratch.remove();
  }
}

async function report(
  push: Push,
  ledger: Ledger,
  run: string,
  printer: PushPrinter,
  told: readonly string[],
): Promise<ExitCode> {
  const { input, session, vendor, operation, send } = push;
  const counts = await ledger.counts(run);
  if (push.app.format === 'ndjson' || push.app.format === 'csv' || push.app.format === 'tsv') {
    for await (const row of ledger.rows(run)) await printer.rows([row], undefined, planRecord);
  }
  const results = await writeResults({ ledger, run: { id: run, columns: input.source.columns ?? [] }, send });
  const facts = {
    profile: session.profile.name,
    vendor: vendor.id,
    operation: operation.id,
    source: input.source.facts,
  };
  const summary = pushDocument({ ...facts, run: null, dryRun: true, counts, results });
  const lines = operation.describe?.(push.options) ?? [];
  await printer.summary(summary, [...told, ...lines, ...mappingLines(input)]);
  return exitOf(counts, null, { dryRun: true });
}
