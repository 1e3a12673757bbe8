import { isoTime } from '../core/clock.js';
import { type ExitCode, exitOf } from '../core/errors.js';
import type { Json, JsonObject } from '../core/json.js';
import type { Ledger, Resolution, Run } from '../core/ledger.js';
import { runDocument, column, type Column } from '../core/report.js';
import { lockName, takeLock, type HeldLock } from '../engine/hold.js';
import { reconcileRun, type Reconciled, type Reconciliation } from '../engine/reconcile.js';
import { pushSummary } from '../output/push-view.js';
import { flag, specs, type Values } from '../core/value.js';
import { defineCommand, type App, print } from './command.js';
import { openRun, worldOf, writeResults, type OpenedRun } from './job.js';
import { resultsOption, waitLockOption } from './push-flags.js';
import { withRun, type FoundRun } from './runs.js';

const reconcileOptions = specs({
  wait: {
    flag: '--wait',
    about: 'wait until absence means something, and ask again (Ctrl-C ends the wait)',
    type: flag,
    default: false,
  },
  probe: {
    flag: '--probe',
    about: 'also ask where asking changes something: Comunik8 leads are taken back while their delay runs',
    type: flag,
    default: false,
  },
  results: resultsOption,
  waitLock: waitLockOption,
});
type ReconcileFlags = Values<typeof reconcileOptions>;

export const reconcile = defineCommand({
  args: '<run>',
  options: reconcileOptions,
  more: [
    '<run> is an id, a unique prefix, or "last". The vendor is read; nothing is sent. What is found is delivered. What is',
    'absent twice is ready again where a repeat does no harm, and only then; anything else stays in doubt, with the',
    'command to decide it.',
  ],
  run: (app, { args, options }) =>
    withRun(app, args[0] ?? 'last', (found) => reconcileFound(app, found, options)),
});

/** A run and what it takes to ask about it. */
interface Asking extends OpenedRun {
  readonly app: App;
  readonly ledger: Ledger;
  readonly run: Run;
  readonly results: string | undefined;
}

async function reconcileFound(app: App, found: FoundRun, flags: ReconcileFlags): Promise<ExitCode> {
  const { run, ledger } = found;
  const { results } = flags;
  const opened = await openRun(app, found, 'runs reconcile', results);
  const asking: Asking = { ...opened, app, ledger, run, results };
  const name = lockName(run.account, run.operation);
  const held = await takeLock(worldOf(app), ledger, name, flags.waitLock, (text) => app.terminal.note(text));
  try {
    return await report(asking, await ask(asking, held, flags));
  } finally {
    await held.release();
  }
}

/** What a dead process was sending is in doubt too: that is noted first. */
async function ask(
  asking: Asking,
  { lock, lost }: HeldLock,
  { probe, wait }: ReconcileFlags,
): Promise<Reconciliation> {
  const { app, ledger, run, operation, options, session } = asking;
  await ledger.recover(run.id, lock);
  return reconcileRun({
    ledger,
    lock,
    run,
    operation,
    options,
    context: session.context,
    clock: app.clock,
    probe,
    wait,
    stopping: AbortSignal.any([app.stopping, lost]),
    onWait: (ms) => app.terminal.note(`waiting ${Math.ceil(ms / 1000)} s before asking again`),
  });
}

/** Prints what came of it. Throws the vendor's UserError where nothing could be found out. */
async function report(asking: Asking, { rows, failure }: Reconciliation): Promise<ExitCode> {
  const { app, ledger, run, session } = asking;
  if (failure && rows.every(({ sighting }) => sighting.seen === 'unclear')) throw failure;
  const counts = await ledger.counts(run.id);
  const results = await writeResults(app, ledger, run, asking.results);
  const { place } = session;
  const facts = runDocument(run, counts, place, { results, stopped: failure });
  const summary = { ...facts, next: nextOf(facts.next, rows, asking) };
  const records = rows.map((row) => reconcileRecord(row, asking));
  const document = { ...summary, schema: 'salesq/reconcile@1' } as unknown as JsonObject;
  const view = pushSummary(summary, { unicode: app.terminal.unicode });
  const lines = [...decisionLines(rows, asking), ...view];
  const exit = failure?.exit ?? exitOf(counts, null, { signal: app.signal() });
  await print(app, {
    document: () => ({ ...document, rows: records }),
    records: () => (app.format === 'ndjson' ? [...records, document] : records),
    columns: reconcileColumns,
    heading:
      rows.length === 0
        ? []
        : [`Asked: ${asking.operation.readBack?.about ?? 'nothing, this vendor cannot be asked'}`],
    footer: lines,
    empty: 'No row is in doubt.',
    exit,
  });
  if (failure) app.terminal.error(failure.message, summary.stopped?.hint);
  if (summary.next.length > 0 && place.commandNeeds) app.terminal.hint(place.commandNeeds);
  if (app.format !== 'table' && app.format !== 'json') for (const line of lines) app.terminal.note(line);
  return exit;
}

/** Columns of a row that was in doubt. */
const reconcileColumns: readonly Column[] = [
  column('row', 'number'),
  column('phone', 'phone'),
  column('state', 'state'),
  ...['seen', 'code', 'reason'].map((name) => column(name)),
  column('askAgainAt', 'time'),
];

/** A row that was in doubt as every output prints it; `resolve` is null where nothing is left to decide. */
function reconcileRecord(row: Reconciled, of: Asking): JsonObject {
  const { before, after, sighting, askAgainAt } = row;
  const { code, reason } = saidOf(row);
  return {
    type: 'row',
    run: of.run.id,
    row: after.row,
    phone: after.phone,
    before: before.state,
    state: after.state,
    seen: sighting.seen,
    code,
    reason,
    vendorId: after.vendorId,
    evidence: evidenceOf(row),
    askAgainAt: askAgainAt === null ? null : isoTime(askAgainAt),
    resolve: after.state === 'in-doubt' ? resolveCommand(row, of) : null,
  };
}

const evidenceOf = ({ sighting }: Reconciled): Json =>
  sighting.seen === 'unclear' ? null : sighting.evidence;

function saidOf({ after, sighting, askAgainAt }: Reconciled): {
  readonly code: string | null;
  readonly reason: string | null;
} {
  if (after.state !== 'in-doubt') return { code: after.code, reason: after.reason };
  switch (sighting.seen) {
    case 'unclear':
      return { code: sighting.code, reason: sighting.reason };
    case 'absent':
      return { code: 'readback.absent', reason: absence(askAgainAt) };
    case 'taken-back':
      return {
        code: 'readback.taken-back',
        reason: 'taken back; it was made ready again once before, so a person decides',
      };
    case 'found':
      return { code: 'readback.found', reason: 'found' };
  }
}

const absence = (askAgainAt: number | null): string =>
  askAgainAt === null
    ? 'the vendor does not show it, which is no proof that it will not come: a person decides'
    : `the vendor does not show it yet: ask again after ${isoTime(askAgainAt)}`;

/** A decision after which nobody is contacted twice, whatever is true; the person who decides may know better. */
function decisionOf({ sighting }: Reconciled, { operation, options }: Asking): Resolution {
  if (sighting.seen === 'taken-back' || operation.afterLoss(options) === 'repeat-is-safe') return 'not-sent';
  return sighting.seen === 'absent' ? 'abandoned' : 'delivered';
}

const resolveCommand = (row: Reconciled, of: Asking): string =>
  of.session.place.command(
    `salesq runs resolve ${of.run.id} --row ${row.after.row} --as ${decisionOf(row, of)} --reason "..."`,
  );

/** Decisions shown one by one to people. */
const mostShown = 20;

/** What to do with the rows that stay in doubt, for people. */
function decisionLines(rows: readonly Reconciled[], of: Asking): string[] {
  const open = rows.filter(({ after, askAgainAt }) => after.state === 'in-doubt' && askAgainAt === null);
  if (open.length === 0) return [];
  return [
    `${open.length} ${open.length === 1 ? 'row stays' : 'rows stay'} in doubt. Nobody is contacted again until you decide:`,
    '  --as delivered (it arrived), not-sent (send it again), abandoned (give it up)',
    ...open.slice(0, mostShown).map((row) => `  ${resolveCommand(row, of)}`),
    ...(open.length > mostShown ? [`  … and ${open.length - mostShown} more: -o json names each`] : []),
  ];
}

/** Commands to go on with: what asking again can still settle, else the first decision; sending comes last. */
function nextOf(next: readonly string[], rows: readonly Reconciled[], of: Asking): string[] {
  const again = (flag = ''): string => of.session.place.command(`salesq runs reconcile ${of.run.id}${flag}`);
  const open = rows.filter(({ after }) => after.state === 'in-doubt');
  const undecided = open.find(({ askAgainAt }) => askAgainAt === null);
  const needsProbe = open.some(
    ({ sighting }) => sighting.seen === 'unclear' && sighting.code === 'readback.needs-probe',
  );
  const asking = open.some(({ askAgainAt }) => askAgainAt !== null)
    ? [again(' --wait')]
    : needsProbe
      ? [again(' --probe')]
      : [];
  const instead = [...(undecided ? [resolveCommand(undecided, of)] : []), ...asking];
  return next.flatMap((command) => (command === again() ? instead : [command]));
}
