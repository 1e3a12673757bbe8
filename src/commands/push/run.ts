import type { ExitCode } from '../../core/errors.js';
import { Exit, UserError } from '../../core/errors.js';
import type { Ledger, Lock, Run } from '../../core/ledger.js';
import type { OptionValues, PushOperation, Vendor } from '../../core/vendor.js';
import { ownerOf, openLedgerAt, openSession } from '../../compose.js';
import type { Session } from '../../compose.js';
import { openProgress } from '../../output/progress.js';
import { checkResults } from '../../output/results.js';
import type { App, Invocation } from '../app.js';
import type { PlanFlags, SendFlags } from './flags.js';
import { readPlanFlags, readSendFlags } from './flags.js';
import { dryRun } from './dry-run.js';
import { checkAsked, checkLive } from './live.js';
import { makePlan } from './make-plan.js';
import type { PreparedInput } from './prepare.js';
import { prepareInput } from './prepare.js';
import { PushPrinter } from './printer.js';
import { findEarlier } from './earlier.js';
import { carryRun } from './carry.js';

/** Everything a push has in hand once its input is open and its profile resolved. */
export interface Push {
  readonly app: App;
  readonly vendor: Vendor;
  readonly operation: PushOperation;
  readonly options: OptionValues;
  readonly plan: PlanFlags;
  readonly send: SendFlags;
  readonly session: Session;
  readonly input: PreparedInput;
}

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
  try {
    const options = input.options;
    const push: Push = { app, vendor, operation, options, plan, send, session, input };
    if (send.results !== null) await checkResults(send.results, input.path);
    if (plan.dryRun) return await dryRun(push);
    await checkLive(app, session.profile, send.live, 'before');
    await checkAsked(app, operation.asks?.(options) ?? null);
    return await liveRun(push);
  } finally {
    await input.source.close();
  }
}

async function liveRun(push: Push): Promise<ExitCode> {
  const ledger = await openLedgerAt(push.app, push.session.ledger);
  try {
    const account = await ledger.account(push.session.account);
    const lock = await ledger.lock(lockName(account, push.operation.id), await ownerOf(push.app));
    try {
      return await pushLocked(push, ledger, lock, account);
    } finally {
      await ledger.unlock(lock);
    }
  } finally {
    await ledger.close();
  }
}

/** One push at a time for an account and operation; `runs resume` takes the same lock. */
export const lockName = (account: string, operation: string): string => `push ${account} ${operation}`;

async function pushLocked(push: Push, ledger: Ledger, lock: Lock, account: string): Promise<ExitCode> {
  const { app } = push;
  const printer = new PushPrinter(app);
  const progress = await openProgress(app.terminal, app.clock);
  try {
    const earlier = await findEarlier(push, ledger, account);
    const run: Run | null = earlier ?? (await makePlan(push, ledger, lock, account, { printer, progress }));
    if (!run) return interruptedWhilePlanning(app, printer);
    return await carryRun({ ...push, ledger, lock, run, printer, progress, continued: earlier !== null });
  } catch (error) {
    progress.stop();
    await printer.close();
    throw error;
  } finally {
    progress.stop();
  }
}

async function interruptedWhilePlanning(app: App, printer: PushPrinter): Promise<ExitCode> {
  await printer.close();
  const signal = app.signal();
  throw new UserError({
    code: 'run.interrupted',
    message: 'Stopped while the plan was being made; nothing was sent',
    hint: 'Run the same command again',
    exit: signal === 'SIGTERM' ? Exit.sigterm : Exit.sigint,
  });
}
