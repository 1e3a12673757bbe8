import type { ExitCode } from '../../core/errors.js';
import { exitOf } from '../../core/exit.js';
import type { JsonObject } from '../../core/json.js';
import type { Ledger, Run } from '../../core/ledger.js';
import { pushDocument } from '../../core/push-summary.js';
import type { PushSummary } from '../../core/push-summary.js';
import type { OptionValues, PushOperation } from '../../core/vendor.js';
import type { Session } from '../../compose.js';
import { openSession, withLedger } from '../../compose.js';
import { emit } from '../../output/formats.js';
import { checkResults } from '../../output/results.js';
import { pushSummary } from '../../output/views/push.js';
import type { Reconciliation } from '../../pipeline/reconcile.js';
import { reconcileRun } from '../../pipeline/reconcile.js';
import type { App, CommandDefinition, Invocation } from '../app.js';
import type { HeldLock } from '../lock.js';
import { takeLock } from '../lock.js';
import { readWaitLock, waitLockOption } from '../push/flags.js';
import { withPlace } from '../push/place.js';
import { writeResults } from '../push/results.js';
import { lockName } from '../push/run.js';
import { findRun } from './find.js';
import type { RowsOf } from './reconcile-report.js';
import { decisionLines, nextOf, reconcileColumns, reconcileRecord } from './reconcile-report.js';
import { checkAccount, operationOf } from './resume.js';

const reconcile: CommandDefinition = {
  args: '<run>',
  options: [
    { flags: '--wait', about: 'wait until absence means something, and ask again (Ctrl-C ends the wait)' },
    {
      flags: '--probe',
      about: 'also ask where asking changes something: Comunik8 leads are taken back while their delay runs',
    },
    { flags: '--results <file>', about: 'write every input row with its state to this CSV file' },
    waitLockOption,
  ],
  more: [
    '<run> is an id, a unique prefix, or "last". The vendor is read; nothing is sent. What is found is delivered. What is',
    'absent twice is ready again where a repeat does no harm, and only then; anything else stays in doubt, with the',
    'command to decide it.',
  ],
  run: (app, invocation) => withLedger(app, (ledger) => reconcileNamed(app, ledger, invocation)),
};

/** A run and what it takes to ask about it. */
interface Asking {
  readonly app: App;
  readonly ledger: Ledger;
  readonly run: Run;
  readonly operation: PushOperation;
  readonly options: OptionValues;
  readonly session: Session;
  readonly results: string | null;
}

async function reconcileNamed(app: App, ledger: Ledger, { args, options }: Invocation): Promise<ExitCode> {
  const run = await findRun(ledger, args[0] ?? 'last');
  const { vendor, operation } = await operationOf(run);
  const flags = { ...app.flags, profile: app.flags.profile ?? run.profile };
  const session = await openSession({ ...app, flags }, vendor, {});
  const results = typeof options['results'] === 'string' ? options['results'] : null;
  if (results !== null) await checkResults(results, null, app.cwd);
  await checkAccount(ledger, run, session.account);
  const planned = (run.settings['options'] ?? {}) as OptionValues;
  const asking: Asking = { app, ledger, run, operation, options: planned, session, results };
  const held = await takeLock(app, ledger, lockName(run.account, run.operation), readWaitLock(options));
  try {
    return await report(asking, await ask(asking, held, options));
  } finally {
    await held.release();
  }
}

/** T6 first: what a dead process was sending is in doubt too. */
async function ask(
  asking: Asking,
  { lock, lost }: HeldLock,
  flags: Invocation['options'],
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
    probe: flags['probe'] === true,
    wait: flags['wait'] === true,
    stopping: AbortSignal.any([app.stopping, lost]),
    onWait: (ms) => app.terminal.note(`waiting ${Math.ceil(ms / 1000)} s before asking again`),
  });
}

/** Prints what came of it. Throws the vendor's UserError where nothing could be found out. */
async function report(asking: Asking, { rows, failure }: Reconciliation): Promise<ExitCode> {
  const { app, ledger, run } = asking;
  if (failure && rows.every(({ sighting }) => sighting.seen === 'unclear')) throw failure;
  const counts = await ledger.counts(run.id);
  const send = { results: asking.results };
  const results = await writeResults({ app, ledger, run, send });
  const stopped = failure && { code: failure.code, message: failure.message, hint: failure.hint };
  const summary = pushDocument({ ...run, run: run.id, dryRun: false, counts, results, stopped });
  const of: RowsOf = { ...asking, place: (command) => withPlace(command, app.flags) };
  const next = nextOf(summary, rows, of);
  const records = rows.map((row) => reconcileRecord(row, of));
  const document = { ...summary, schema: 'salesq/reconcile@1', next } as unknown as JsonObject;
  const lines = [
    ...decisionLines(rows, of),
    ...pushSummary({ ...summary, next }, { unicode: app.terminal.unicode }),
  ];
  const exit = failure?.exit ?? exitOf(counts, null, { signal: app.signal() });
  await emit(
    {
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
    },
    app.format,
    app.terminal,
  );
  if (failure) tell(app, summary);
  if (app.format !== 'table' && app.format !== 'json') for (const line of lines) app.terminal.note(line);
  return exit;
}

function tell(app: App, { stopped }: PushSummary): void {
  if (!stopped) return;
  app.terminal.error(stopped.message);
  if (stopped.hint) app.terminal.hint(stopped.hint);
}

export default reconcile;
