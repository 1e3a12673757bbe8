import type { ExitCode } from '../../core/errors.js';
import { gateClosed } from '../../core/errors.js';
import { closedFor } from '../../core/gate.js';
import type { Ledger, Run } from '../../core/ledger.js';
import type { PushOperation, Vendor } from '../../core/vendor.js';
import { openLedgerAt, openSession } from '../../compose.js';
import { checkResults } from '../../output/results.js';
import type { App, Invocation } from '../app.js';
import { readPlanFlags, readSendFlags } from './flags.js';
import { dryRun } from './dry-run.js';
import type { Push } from './push.js';
import { speaking } from './speaking.js';
import { checkAsked } from '../confirm.js';
import type { HeldLock } from '../lock.js';
import { takeLock } from '../lock.js';
import { checkLive } from './live.js';
import { interruptedWhilePlanning } from './interrupted.js';
import { mappingSentence } from './mapping-lines.js';
import { makePlan } from './make-plan.js';
import { prepareInput } from './prepare.js';
import { findEarlier } from './earlier.js';
import { carryRun } from './carry.js';
import { runFacts } from './run-facts.js';

/** A push from flags to exit code: input → map → check → ledger → send → report. */
export async function runPush(
  app: App,
  vendor: Vendor,
  operation: PushOperation,
  invocation: Invocation,
): Promise<ExitCode> {
  const plan = readPlanFlags(invocation.options);
  const send = readSendFlags(invocation.options);
  const session = await openSession(app, vendor, { ...plan, ...send });
  const input = await prepareInput(app, operation, session, plan, invocation);
  return pushInput({ app, vendor, operation, options: input.options, plan, send, session, input }, null);
}

/** A push from its opened input on, which is closed. `known`: an open ledger to use; null for the session's. */
export async function pushInput(push: Push, known: Ledger | null): Promise<ExitCode> {
  const { app, operation, options, plan, send, session, input } = push;
  try {
    if (send.results !== null) await checkResults(send.results, input.path);
    if (plan.dryRun) return await dryRun(push, known);
    checkClosed(push);
    await checkLive(app, session.profile, send.live, 'before');
    await checkAsked(app, operation.asks?.(options) ?? null);
    return await (known ? pushInto(push, known) : liveRun(push));
  } finally {
    await input.source.close();
  }
}

async function liveRun(push: Push): Promise<ExitCode> {
  const ledger = await openLedgerAt(push.app, push.session.ledger);
  try {
    return await pushInto(push, ledger);
  } finally {
    await ledger.close();
  }
}

async function pushInto(push: Push, ledger: Ledger): Promise<ExitCode> {
  const account = await ledger.account(push.session.account);
  const name = lockName(account, push.operation.id);
  const held = await takeLock(push.app, ledger, name, push.send.waitLockMs);
  try {
    return await pushLocked(push, ledger, held, account);
  } finally {
    await held.release();
  }
}

/** One push at a time for an account and operation; `runs resume` takes the same lock. */
export const lockName = (account: string, operation: string): string => `push ${account} ${operation}`;

function pushLocked(push: Push, ledger: Ledger, held: HeldLock, account: string): Promise<ExitCode> {
  return speaking(push.app, async ({ printer, progress }) => {
    const earlier = await findEarlier(push, ledger, account);
    const mapping = earlier ? null : mappingSentence(push.input);
    if (mapping) push.app.terminal.note(mapping);
    const run: Run | null = earlier ?? (await makePlan(push, ledger, held, account, { printer, progress }));
    if (!run) throw interruptedWhilePlanning(push.app);
    const { lock, lost } = held;
    return carryRun({ ...push, ledger, lock, lost, run, printer, progress, continued: earlier !== null });
  });
}

/** What is closed for good is refused before anything is planned; what opens by itself is waited for row by row. */
function checkClosed({ app, operation, options, session }: Push): void {
  const closed = closedFor(runFacts(session.profile, operation.reaches(options), app.clock.now()));
  if (!closed || closed.pause) return;
  const { code, message, hint } = closed;
  throw gateClosed({ code, message, hint: hint ?? undefined });
}
