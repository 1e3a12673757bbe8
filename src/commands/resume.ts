import { type ExitCode, exitOf } from '../core/errors.js';
import { isObject, type Json, type JsonObject } from '../core/json.js';
import type { Run } from '../core/ledger.js';
import type { PhoneRule } from '../core/phone-key.js';
import { runDocument } from '../core/report.js';
import { keepLock, lockName, takeLock, type HeldLock } from '../engine/hold.js';
import { openRetry } from '../engine/retry.js';
import { rowsOf, type RowSettings } from '../engine/rows.js';
import { resume as resumeRun } from '../engine/run.js';
import { path as filePath, specs, type Values } from '../core/value.js';
import { defineCommand, type App } from './command.js';
import { checkLive, jobOf, openRun, reportEnd, worldOf, type JobFlags } from './job.js';
import { pushRows, readMap, rowFlags } from './push.js';
import { openInput } from './push-rows.js';
import { canaryOption, consentOptions, planOptions, sendOptions, type PlanFlags } from './push-flags.js';
import { PushOutput } from './push-output.js';
import { withRun, type FoundRun } from './runs.js';

const resumeOptions = specs({ ...sendOptions, canary: canaryOption });

export const resume = defineCommand({
  args: '<run>',
  options: resumeOptions,
  more: [
    '<run> is an id, a unique prefix, or "last". What is sent was fixed when the run was planned; the file is not needed.',
  ],
  run: (app, { args, options }) =>
    withRun(app, args[0] ?? 'last', (found) =>
      goOn(app, found, 'runs resume', options, ({ run, ledger }, output) =>
        takeLock(worldOf(app), ledger, lockName(run.account, run.operation), options.waitLock, (text) => {
          void output.tell({ kind: 'said', text });
        }),
      ),
    ),
});

/** Goes on with a run under a lock that `hold` takes once everything else was checked. */
async function goOn(
  app: App,
  found: FoundRun,
  words: string,
  flags: JobFlags,
  hold: (found: FoundRun, output: PushOutput) => Promise<HeldLock>,
): Promise<ExitCode> {
  const { run, ledger } = found;
  const { results, live } = flags;
  const opened = await openRun(app, found, words, results);
  const { session } = opened;
  checkLive(app, opened, live);
  return PushOutput.during(app, null, async (output) => {
    const held = await hold(found, output);
    try {
      const job = jobOf(app, opened, flags, output);
      const { key } = run.settings;
      if (job.keyMark !== null && typeof key === 'string' && key !== job.keyMark)
        await output.tell({ kind: 'other-key', run });
      const ended = await resumeRun(worldOf(app), ledger, held, job, run, true);
      return await reportEnd(app, ledger, session.place, ended, output, results);
    } finally {
      await held.release();
    }
  });
}

const { waitLock: _joinsAtOnce, ...workOptions } = sendOptions;

/**
 * Works on a run beside others, on this machine or another that shares the ledger: each has a lease of its own, claims
 * rows nobody else has, keeps one pace with all, and takes over what a dead one left.
 */
export const work = defineCommand({
  args: '<run>',
  options: workOptions,
  more: [
    '<run> is an id, a unique prefix, or "last". Start it on as many machines as you like, with the same --ledger postgres://…;',
    "each ends when no row is left, its own or a dead worker's. The vendor sees one pace, whoever sends.",
  ],
  run: (app, { args, options }) =>
    withRun(app, args[0] ?? 'last', (found) =>
      goOn(app, found, 'runs work', { ...options, waitLock: 0 }, async ({ run, ledger }) =>
        keepLock(app.clock, ledger, await ledger.join(run.id, await app.ports.owner())),
      ),
    ),
});

const retryOptions = specs({
  from: {
    flag: '--from <file>',
    about: 'a results file of the run, mended: only its rows are tried, with its cells',
    type: filePath,
  },
  ...consentOptions,
  ...planOptions,
  ...sendOptions,
});

export const retry = defineCommand({
  args: '<run>',
  options: retryOptions,
  more: [
    '<run> is an id, a unique prefix, or "last". Plans its rejected, invalid and held rows anew, in a run of its own, with',
    'the settings of the run but for what the flags say. Never what is in doubt (runs reconcile, runs resolve) or still ready',
    '(runs resume). A refused row goes again only if it leaves otherwise than before, or if the cause passes by itself; else',
    'it is held (retry.unchanged). All gates apply. The same retry again goes on with its run, and a row that one retry',
    'delivered is contacted by no other.',
    '',
    'Mend and try again:',
    '  salesq runs resume last --results results.csv',
    '  salesq runs retry last --from results.csv',
  ],
  run: (app, { args, options }) => withRun(app, args[0] ?? 'last', (found) => retryRun(app, found, options)),
});

async function retryRun(app: App, found: FoundRun, flags: Values<typeof retryOptions>): Promise<ExitCode> {
  const { run, ledger } = found;
  const opened = await openRun(app, found, 'runs retry', undefined, flags);
  const { operation } = opened;
  const settings = await settingsOf(app, run, flags);
  const path = flags.from ?? null;
  const file = path === null ? null : await openInput(app, path, flags);
  try {
    const { source, review, rows } = await openRetry(ledger, run, operation, file);
    if (rows === 0) return await nothingToRetry(app, found, path);
    const again = await rowsOf(operation, settings, source, review);
    const { options } = again;
    const wanted = { ...flags, allowDuplicates: settings.allowDuplicates };
    const from = path === '-' ? null : path;
    const request = { ...opened, options, flags: wanted, rows: again, path: from };
    return await pushRows(app, request, ledger);
  } finally {
    await file?.close();
  }
}

/** What the run was planned with, but for what the flags say. */
async function settingsOf(app: App, run: Run, flags: PlanFlags): Promise<RowSettings> {
  const { options, mapFile = null, set, phone, allowDuplicates, skipInvalid } = run.settings;
  const { format, country } = objectOf(phone) as unknown as PhoneRule;
  const given = rowFlags(flags);
  return {
    options: objectOf(options),
    mapFile: await readMap(app, flags, mapFile),
    set: { ...(objectOf(set) as Record<string, string>), ...given.set },
    phone: { format: flags.phoneFormat ?? format, country: flags.country ?? country },
    allowDuplicates: given.allowDuplicates || allowDuplicates === true,
    skipInvalid: given.skipInvalid || skipInvalid === true,
    consentIgnored: given.consentIgnored ?? vouchedFor(run.settings['consentIgnored']),
  };
}

/** What a run's settings say of columns somebody vouched for. */
const vouchedFor = (value: Json | undefined): RowSettings['consentIgnored'] =>
  isObject(value) ? (value as unknown as NonNullable<RowSettings['consentIgnored']>) : null;

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** The run as it stands, and that there is nothing to do; the exit code is that of its rows. */
async function nothingToRetry(
  app: App,
  { run, ledger, place }: FoundRun,
  path: string | null,
): Promise<ExitCode> {
  const counts = await ledger.counts(run.id);
  const where = path === null ? `in run ${run.id}` : `of run ${run.id} in ${path === '-' ? 'stdin' : path}`;
  const line = `Nothing to retry: no row ${where} was rejected, invalid or held. Nothing was sent.`;
  await (await PushOutput.open(app)).summary(runDocument(run, counts, place), [line]);
  return exitOf(counts, null);
}
