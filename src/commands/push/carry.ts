import type { ExitCode } from '../../core/errors.js';
import { Exit, UserError } from '../../core/errors.js';
import { exitOf } from '../../core/exit.js';
import { closedFor } from '../../core/gate.js';
import type { LedgerRow } from '../../core/ledger.js';
import { isRetry } from '../../core/retry.js';
import { redacting } from '../../core/redact.js';
import { pushDocument } from '../../core/push-summary.js';
import type { StateCounts } from '../../core/row-state.js';
import type { RunStop } from '../../pipeline/brakes.js';
import { blockForGood } from '../../pipeline/block.js';
import { becauseOf } from '../../pipeline/consequence.js';
import { interrupted, sendRun } from '../../pipeline/send.js';
import type { Progress } from '../../output/progress.js';
import type { Carrying } from './push.js';
import { confirmCanary } from './canary.js';
import { checkLive } from './live.js';
import { runFacts } from './run-facts.js';
import { withPlace } from './place.js';
import { readBackAfter } from './read-back.js';
import { writeResults } from './results.js';

/** Sends what is ready, then reports the whole run: counts, results file, what to do next, exit code. */
export async function carryRun(carrying: Carrying): Promise<ExitCode> {
  const { app, ledger, lock, run } = carrying;
  const cutOff = await ledger.recover(run.id, lock);
  await blockFirst(carrying);
  const before = await ledger.counts(run.id);
  const stop = await sendAll(carrying, before);
  await readBackAfter(carrying, stop, (rows) => tellSettled(carrying, rows));
  carrying.progress.stop();
  const counts = await ledger.counts(run.id);
  const { results, failure } = await resultsOf(carrying);
  const stopped = stop && { code: stop.code, message: stop.message, hint: stop.hint };
  const summary = pushDocument({ ...run, run: run.id, dryRun: false, counts, results, stopped });
  if (stop && stop.kind !== 'limit') {
    app.terminal.error(stop.message);
    if (stop.hint) app.terminal.hint(stop.hint);
  }
  const next = summary.next.map((command) => withPlace(command, app.flags));
  await carrying.printer.summary({ ...summary, next }, storyOf(carrying, before, cutOff, stop));
  if (stop?.kind !== 'lock-lost' && counts.ready + counts.sending === 0) await ledger.markReported(run.id);
  const exit = exitOf(counts, exitStop(stop), { signal: stop?.kind === 'interrupted' ? app.signal() : null });
  if (stop?.kind === 'lock-lost') return Exit.locked;
  if (!failure) return exit;
  app.terminal.error(failure.message);
  app.terminal.hint(`salesq runs resume ${run.id} --results <file>`);
  return exit === Exit.credentials || exit === Exit.inDoubt ? exit : failure.exit;
}

/** The results file, or why there is none: what was sent is told all the same. */
async function resultsOf(carrying: Carrying): Promise<{ results: string | null; failure: UserError | null }> {
  try {
    return { results: await writeResults(carrying), failure: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { results: null, failure: error };
  }
}

/** Blocking here comes first: whatever the vendor answers, nobody of these is contacted from here. */
async function blockFirst(carrying: Carrying): Promise<void> {
  const { app, operation, ledger, run } = carrying;
  if (operation.doNotCall !== 'add') return;
  const reason = becauseOf(run);
  const phones: string[] = [];
  for await (const { phone } of ledger.rows(run.id, { states: ['ready'] }))
    if (phone !== null) phones.push(phone);
  const entries = phones.map((phone) => ({ phone, reason }));
  const { underWay } = await blockForGood(ledger, app.clock, entries, app.stopping);
  for (const { run: id, row } of underWay)
    app.terminal.warn(
      `row ${row} of run ${id} had left before its number was blocked: it may have been contacted`,
    );
}

const tellSettled = ({ printer }: Carrying, rows: readonly LedgerRow[]): Promise<void> =>
  printer.rows(rows, (state) => state !== 'ready');

/**
 * Sends until no row is ready and nobody else is sending one: another worker may give rows back, or die, and what it was
 * sending is then in doubt.
 */
async function sendAll(carrying: Carrying, before: StateCounts): Promise<RunStop | null> {
  const { app, ledger, lock, run } = carrying;
  let stop = before.ready > 0 ? await sendReady(carrying, before) : null;
  let asked = before.ready > 0;
  for (let told = false; stop === null;) {
    const counts = await ledger.counts(run.id);
    if (counts.ready > 0) {
      if (asked && carrying.send.limit !== null) return null;
      stop = asked ? await sendSome(carrying, null) : await sendReady(carrying, counts);
      asked = true;
      continue;
    }
    if (counts.sending === 0) return null;
    if (!told) carrying.progress.log(`waiting for ${counts.sending} rows that other workers are sending`);
    told = true;
    await app.clock.sleep(othersMs, app.stopping);
    if (app.stopping.aborted) return interrupted;
    await ledger.recover(run.id, lock);
  }
  return stop;
}

/** How often is looked whether the others are through. */
const othersMs = 500;

async function sendReady(carrying: Carrying, before: StateCounts): Promise<RunStop | null> {
  const { app, session, send, plan } = carrying;
  await checkLive(app, session.profile, send.live, {
    ready: before.ready,
    log: () => carrying.progress.stop(),
  });
  const { canary } = plan;
  if (canary === null || canary >= before.ready || canary >= (send.limit ?? Infinity))
    return sendSome(carrying, send.limit);
  const first = await sendSome(carrying, canary);
  if (first?.kind !== 'limit') return first;
  if (!(await confirmCanary(carrying, canary)))
    return { ...first, code: 'run.canary', message: 'Stopped after the canary' };
  return sendSome(carrying, send.limit === null ? null : send.limit - canary);
}

async function sendSome(carrying: Carrying, maxRows: number | null): Promise<RunStop | null> {
  const { app, operation, options, session, send, ledger, lock, run, progress } = carrying;
  const { settings } = session;
  const counts = await ledger.counts(run.id);
  const tally = tallyOf(progress, Math.min(counts.ready, maxRows ?? Infinity));
  return sendRun({
    ledger,
    lock,
    lost: carrying.lost,
    run,
    operation,
    options,
    sender: redacting(await operation.open(session.context, options), Object.values(settings.secrets)),
    clock: app.clock,
    items: Math.min(
      send.batchSize ?? operation.limits.usual ?? operation.limits.items,
      operation.limits.items,
    ),
    bytes: operation.limits.bytes,
    perSecond: send.perSecond ?? settings.perSecond ?? operation.pace.perSecond,
    concurrency: send.concurrency ?? settings.concurrency ?? operation.pace.concurrency,
    maxRows,
    maxErrors: send.maxErrors,
    closed: () => closedFor(runFacts(session.profile, operation.reaches(options), app.clock.now())),
    stopping: app.stopping,
    onRows: async (rows) => {
      tally(rows);
      await tellSettled(carrying, rows);
    },
    onWait: (ms, reason) => progress.log(`waiting ${Math.ceil(ms / 1000)} s${reason ? `: ${reason}` : ''}`),
  });
}

function tallyOf(progress: Progress, total: number): (rows: readonly LedgerRow[]) => void {
  const sums = { done: 0, rejected: 0, inDoubt: 0 };
  progress.phase('sending', total);
  return (rows) => {
    for (const { state } of rows) {
      if (state !== 'ready') sums.done += 1;
      if (state === 'rejected') sums.rejected += 1;
      if (state === 'in-doubt') sums.inDoubt += 1;
    }
    progress.update(sums);
  };
}

/** What happened, for people, before the figures. */
function storyOf(
  carrying: Carrying,
  before: StateCounts,
  interrupted: number,
  stop: RunStop | null,
): string[] {
  const { continued, run } = carrying;
  const lines: string[] = [];
  if (interrupted > 0) {
    lines.push(
      `${interrupted} rows were under way when the run was cut off: they are in doubt, not sent again.`,
    );
  }
  if (continued && before.ready === 0) {
    lines.push(
      `${isRetry(run.source.name) ? 'These rows were tried again' : 'This file was pushed'} before (run ${run.id}, ${new Date(run.createdAt).toISOString()}): nothing was sent.`,
    );
  } else if (continued) {
    lines.push(`Went on with run ${run.id} of ${new Date(run.createdAt).toISOString()}.`);
  }
  if (stop?.kind === 'limit') lines.push(stop.message);
  return lines;
}

function exitStop(stop: RunStop | null): Parameters<typeof exitOf>[1] {
  switch (stop?.kind) {
    case undefined:
      return null;
    case 'max-errors':
    case 'window':
      return 'limit';
    case 'gate':
      return 'alarm';
    case 'lock-lost':
      return 'interrupted';
    case 'credentials':
    case 'unavailable':
    case 'alarm':
    case 'breaker':
    case 'interrupted':
    case 'limit':
      return stop?.kind ?? null;
  }
}
