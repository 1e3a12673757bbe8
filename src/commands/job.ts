import {
  Exit,
  gateClosed,
  unusable,
  UserError,
  type ExitCode,
  exitOf,
  type PushStop,
} from '../core/errors.js';
import { closedError, closedFor } from '../core/gate.js';
import type { Ledger, Run } from '../core/ledger.js';
import type { ChosenProfile, Place, Wanted } from '../core/place.js';
import { personOf } from '../core/phone-key.js';
import { runDocument } from '../core/report.js';
import { isRetry } from '../core/life.js';
import type { OptionValues, PushOperation, Vendor } from '../core/vendor.js';
import type { RunStop } from '../engine/brakes.js';
import type { Ended, Job, Policy, Questions, World } from '../engine/job.js';
import { checkResults, columnsOfRows, openResults } from '../output/results.js';
import { type App, askForText, confirm, openSession, type Session } from './command.js';
import type { PlanFlags, SendFlags } from './push-flags.js';
import type { PushOutput } from './push-output.js';
import type { FoundRun } from './runs.js';

/** This process, as the engine knows it. */
export const worldOf = (app: App): World => ({
  clock: app.clock,
  stopping: app.stopping,
  signal: () => app.signal(),
  owner: () => app.ports.owner(),
  witness: () => app.ports.witness(),
});

/** A run to go on with, or one to plan: its operation and options, and its vendor as the profile reaches it. */
export interface OpenedRun {
  readonly vendor: Vendor;
  readonly operation: PushOperation;
  readonly options: OptionValues;
  readonly session: Session;
}

/** Flags that decide how rows are sent, and whom to plan: a run that is gone on with is planned already. */
export type JobFlags = SendFlags & Partial<Pick<PlanFlags, 'canary' | 'recontact' | 'allowDuplicates'>>;

/** One operation of one account, and how the flags and the profile want it done. */
export function jobOf(app: App, opened: OpenedRun, flags: JobFlags, output: PushOutput): Job {
  const { vendor, operation, options, session } = opened;
  checkHours(opened);
  const most = operation.limits.items;
  if (flags.batchSize !== undefined && flags.batchSize > most)
    app.terminal.warn(
      `--batch-size ${flags.batchSize} is more than ${vendor.title} takes: ${most} ${most === 1 ? 'row' : 'rows'} a request`,
    );
  return {
    place: session.place,
    profile: session.profile.name,
    vendor: vendor.id,
    operation,
    options,
    account: session.account(),
    keyMark: session.keyMark,
    context: session.context,
    policy: policyOf(opened, flags),
    questions: questionsOf(app, opened, flags.live, output),
    tell: (event) => output.tell(event),
  };
}

function policyOf({ operation, session }: OpenedRun, flags: JobFlags): Policy {
  const { settings, profile } = session;
  const { limits, pace } = operation;
  return {
    recontact: flags.recontact ?? profile.recontact,
    allowDuplicates: flags.allowDuplicates ?? false,
    testNumbers: new Set(profile.testNumbers.map(personOf)),
    items: Math.min(flags.batchSize ?? limits.usual ?? limits.items, limits.items),
    bytes: limits.bytes,
    perSecond: flags.rate ?? settings.perSecond ?? pace.perSecond,
    concurrency: flags.concurrency ?? settings.concurrency ?? pace.concurrency,
    limit: flags.limit ?? null,
    canary: flags.canary ?? null,
    maxErrors: flags.maxErrors ?? null,
    readsBack: flags.reconcile,
    waitLockMs: flags.waitLock,
    contact: contactRules(profile),
  };
}

const contactRules = (profile: ChosenProfile): Policy['contact'] => ({
  profile: profile.name,
  window: profile.window,
  timezone: profile.timezone,
  listMaxAgeMs: profile.dnc.maxAgeMs,
});

/** Hours mean nothing without a place, for whatever contacts people. Throws UserError (exit 6) `config.missing-setting`. */
function checkHours({ operation, options, session }: OpenedRun): void {
  const { name, window, timezone } = session.profile;
  if (operation.reaches(options) === 'nobody' || window.length === 0 || timezone !== null) return;
  throw unusable({
    code: 'config.missing-setting',
    message: `Profile ${name} has a window and no timezone: when it is open, nobody can tell.`,
    hint: 'Write timezone: Europe/Berlin (or the zone of the people you contact) beside it',
  });
}

/** What is closed for good is refused before anything is planned; what opens by itself is waited for. Throws (exit 10). */
export function checkClosed(app: App, opened: OpenedRun): void {
  checkHours(opened);
  const { session, operation, options } = opened;
  const reaches = operation.reaches(options);
  const closed = closedFor({ ...contactRules(session.profile), reaches, now: app.clock.now(), ledger: null });
  if (!closed || closed.pause) return;
  throw closedError(closed);
}

/** What ends a contact waits for nobody. */
const endsContacts = ({ operation, options }: OpenedRun): boolean => operation.stops?.(options) === true;

/** Whether a push waits for the profile's name: of a live one, but for what ends a contact. */
const mustBeConfirmed = (opened: OpenedRun): boolean => opened.session.profile.live && !endsContacts(opened);

/**
 * Refuses a live profile that could never be confirmed because nobody is there to type its name, and any profile that is
 * not the one that `--live` names. Throws (exit 10).
 */
export function checkLive(app: App, opened: OpenedRun, confirmed: string | undefined): void {
  const { profile } = opened.session;
  if (endsContacts(opened) || confirmed === profile.name) return;
  if (confirmed !== undefined)
    throw notConfirmed(profile.name, `--live names "${confirmed}", but the profile is "${profile.name}"`);
  if (mustBeConfirmed(opened) && !app.interactive)
    throw notConfirmed(profile.name, `Profile "${profile.name}" is live and nobody is there to confirm`);
}

const notConfirmed = (name: string, message: string): Error =>
  gateClosed({ code: 'gate.live-not-confirmed', message, hint: `Confirm with --live ${name}` });

function questionsOf(
  app: App,
  opened: OpenedRun,
  confirmed: string | undefined,
  output: PushOutput,
): Questions {
  const { profile } = opened.session;
  return {
    confirmStart: async (ready) => {
      checkLive(app, opened, confirmed);
      if (!mustBeConfirmed(opened) || confirmed === profile.name) return;
      output.stopProgress();
      const answer = await askForText(
        `${ready} rows are about to reach real people. Type the profile's name to go on:`,
      );
      if (answer.trim() !== profile.name)
        throw notConfirmed(profile.name, 'The live profile was not confirmed');
    },
    confirmRest: async (sent, counts) => {
      if (!app.interactive) return false;
      output.stopProgress();
      return confirm(
        `${sent} rows went out (${counts.delivered} delivered, ${counts.rejected} rejected, ${counts['in-doubt']} in doubt). Send the other ${counts.ready}?`,
      );
    },
  };
}

/** Reports how a job ended: counts, results file, what to do next. Returns the exit code. */
export async function reportEnd(
  app: App,
  ledger: Ledger,
  place: Place,
  ended: Ended,
  output: PushOutput,
  results: string | undefined,
): Promise<ExitCode> {
  output.stopProgress();
  const { run, counts, stop } = ended;
  const written = await writeResults(app, ledger, run, results).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
  // What was sent is told, with or without the file.
  const failure = written instanceof UserError ? written : null;
  const path = written instanceof UserError ? null : written;
  const summary = runDocument(run, counts, place, { results: path, stopped: stop });
  if (stop && stop.kind !== 'limit') app.terminal.error(stop.message, summary.stopped?.hint);
  if (summary.next.length > 0 && place.commandNeeds) app.terminal.hint(place.commandNeeds);
  await output.summary(summary, storyOf(ended));
  if (stop?.kind === 'lock-lost') return Exit.locked;
  if (counts.ready + counts.sending === 0) await ledger.markReported(run.id);
  const exit = exitOf(counts, stop && countsAs[stop.kind], {
    signal: stop?.kind === 'interrupted' ? app.signal() : null,
  });
  if (!failure) return exit;
  const again = place.command(`salesq runs resume ${run.id} --results <file>`);
  app.terminal.error(failure.message, again);
  return exit === Exit.credentials || exit === Exit.inDoubt ? exit : failure.exit;
}

/** Writes the results file of a run: every input row once. Returns its path; null where none was asked for. */
export async function writeResults(
  app: App,
  ledger: Ledger,
  run: Pick<Run, 'id' | 'columns'>,
  wanted: string | undefined,
): Promise<string | null> {
  if (wanted === undefined) return null;
  const columns = run.columns.length > 0 ? run.columns : await columnsOfRows(ledger.rows(run.id));
  const writer = await openResults(wanted, columns, app.cwd);
  try {
    for await (const row of ledger.rows(run.id)) await writer.add(row);
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return wanted;
}

/** Whether a results file can be written there, asked before anything is sent. Throws UserError (exit 6). */
export const checkResultsFile = async (
  app: App,
  wanted: string | undefined,
  input: string | null,
): Promise<void> => (wanted === undefined ? undefined : checkResults(wanted, input, app.cwd));

/** What happened, for people, before the figures. */
function storyOf({ run, before, cutOff, stop, resumed }: Ended): string[] {
  const lines: string[] = [];
  if (cutOff > 0)
    lines.push(`${cutOff} rows were under way when the run was cut off: they are in doubt, not sent again.`);
  const created = new Date(run.createdAt).toISOString();
  if (resumed && before.ready === 0) {
    const what = isRetry(run.source.name) ? 'These rows were tried again' : 'This file was pushed';
    lines.push(`${what} before (run ${run.id}, ${created}): nothing was sent.`);
  } else if (resumed) lines.push(`Went on with run ${run.id} of ${created}.`);
  if (stop?.kind === 'limit') lines.push(stop.message);
  return lines;
}

/** What a stop counts as for the exit code. */
const countsAs: Readonly<Record<RunStop['kind'], PushStop>> = {
  credentials: 'credentials',
  unavailable: 'unavailable',
  alarm: 'alarm',
  gate: 'alarm',
  breaker: 'breaker',
  interrupted: 'interrupted',
  'lock-lost': 'interrupted',
  limit: 'limit',
  'max-errors': 'limit',
  window: 'limit',
};

/**
 * Opens what it takes to go on with a run. `words`: the command, for a hint; `results`: the results file that is wanted.
 * Throws UserError (exit 6) `run.unknown-operation`, `run.other-ledger`, `run.other-account`.
 */
export async function openRun(
  app: App,
  found: FoundRun,
  words: string,
  results: string | undefined,
  reads: Pick<Wanted, 'country' | 'phoneFormat'> = {},
): Promise<OpenedRun> {
  const { run, ledger } = found;
  const vendor = await app.ports.vendor(run.vendor);
  const operation = vendor?.operations.find(({ id }) => id === run.operation);
  if (!vendor || !operation)
    throw unusable({
      code: 'run.unknown-operation',
      message: `Run ${run.id} belongs to ${run.vendor} ${run.operation}, which this version does not know`,
      hint: 'Update salesq',
    });
  const session = await openSession(app, await placeOfRun(app, found, words, reads), vendor);
  await checkResultsFile(app, results, null);
  // Another account would not know the run's people.
  const account = await ledger.account(session.account());
  if (account !== run.account)
    throw unusable({
      code: 'run.other-account',
      message: `Run ${run.id} was planned for another account of ${run.vendor} than this profile's`,
      hint: `Choose the profile it was planned with: --profile ${run.profile}. If the two are one account: \`salesq ledger accounts same ${account} ${run.account}\``,
    });
  return { vendor, operation, options: (run.settings['options'] ?? {}) as OptionValues, session };
}

/** The place a run goes on in: its own profile's, unless `--profile` names one, if it has the run's ledger. */
async function placeOfRun(
  app: App,
  { run, ledger, place: found }: FoundRun,
  words: string,
  reads: Pick<Wanted, 'country' | 'phoneFormat'>,
): Promise<Place> {
  const place = await app.ports.place({ ...reads, run });
  if (place.sameLedger(found)) return place;
  throw unusable({
    code: 'run.other-ledger',
    message: `Run ${run.id} is in the ledger ${ledger.where}, but its profile ${run.profile} keeps its people in ${place.ledger.shown}: the one does not know whom the other contacted`,
    hint: `If the run was pushed into ${ledger.where} on purpose: ${found.command(`salesq ${words} ${run.id}`, 'ledger')}`,
  });
}
