import {
  Exit,
  gateClosed,
  unusable,
  UserError,
  type ExitCode,
  exitOf,
  type PushStop,
} from '../core/errors.js';
import { closedFor } from '../core/gate.js';
import type { AccountRef, Ledger, Run } from '../core/ledger.js';
import type { ChosenProfile, Place } from '../core/place.js';
import { pushDocument } from '../core/report.js';
import { isRetry } from '../core/life.js';
import type { OptionValues, PushOperation, Vendor } from '../core/vendor.js';
import type { RunStop } from '../engine/brakes.js';
import type { Ended, Job, Policy, Questions, World } from '../engine/job.js';
import { checkResults, columnsOfRows, openResults } from '../output/results.js';
import { type App, ask, type Session } from './command.js';
import type { SendFlags } from './push-flags.js';
import type { PushOutput } from './push-output.js';

/** This process, as the engine knows it. */
export const worldOf = (app: App): World => ({
  clock: app.clock,
  stopping: app.stopping,
  signal: () => app.signal(),
  owner: () => app.ports.owner(),
  witness: () => app.ports.witness(),
});

/** What a job is made from once flags, profile and vendor are known. */
export interface JobParts {
  readonly vendor: Vendor;
  readonly operation: PushOperation;
  readonly options: OptionValues;
  readonly session: Session;
  readonly send: SendFlags;
  readonly canary: number | null;
  /** What flags say of whom to plan; a run that is gone on with is planned already. */
  readonly plan?: { readonly recontact?: Policy['recontact'] | undefined; readonly allowDuplicates: boolean };
}

/** One operation of one account, and how the flags and the profile want it done. */
export function jobOf(app: App, parts: JobParts, output: PushOutput): Job {
  const { vendor, operation, options, session, send } = parts;
  return {
    place: session.place,
    profile: session.profile.name,
    vendor: vendor.id,
    operation,
    options,
    account: session.account(),
    keyMark: session.keyMark,
    context: session.context,
    policy: policyOf(parts),
    questions: questionsOf(app, session.profile, send.live ?? null, output),
    tell: (event) => output.tell(event),
  };
}

function policyOf({ operation, session, send, canary, plan }: JobParts): Policy {
  const { settings, profile } = session;
  const { limits, pace } = operation;
  return {
    recontact: plan?.recontact ?? profile.recontact,
    allowDuplicates: plan?.allowDuplicates ?? false,
    items: Math.min(send.batchSize ?? limits.usual ?? limits.items, limits.items),
    bytes: limits.bytes,
    perSecond: send.rate ?? settings.perSecond ?? pace.perSecond,
    concurrency: send.concurrency ?? settings.concurrency ?? pace.concurrency,
    limit: send.limit ?? null,
    canary,
    maxErrors: send.maxErrors ?? null,
    readsBack: send.reconcile,
    waitLockMs: send.waitLock,
    contact: contactRules(profile),
  };
}

const contactRules = (profile: ChosenProfile): Policy['contact'] => ({
  profile: profile.name,
  window: profile.window,
  timezone: profile.timezone,
  listMaxAgeMs: profile.dnc.maxAgeMs,
});

/** What is closed for good is refused before anything is planned; what opens by itself is waited for. Throws (exit 10). */
export function checkClosed(
  app: App,
  profile: ChosenProfile,
  operation: PushOperation,
  options: OptionValues,
): void {
  const reaches = operation.reaches(options);
  const closed = closedFor({ ...contactRules(profile), reaches, now: app.clock.now() });
  if (!closed || closed.pause) return;
  const { code, message, hint } = closed;
  throw gateClosed({ code, message, hint: hint ?? undefined });
}

/** Refuses a live profile that could never be confirmed: a wrong name, or nobody there to type it. Throws (exit 10). */
export function checkLive(app: App, profile: ChosenProfile, confirmed: string | null): void {
  if (!profile.live || confirmed === profile.name) return;
  if (confirmed !== null)
    throw notConfirmed(profile.name, `--live names "${confirmed}", but the profile is "${profile.name}"`);
  if (!app.interactive)
    throw notConfirmed(profile.name, `Profile "${profile.name}" is live and nobody is there to confirm`);
}

const notConfirmed = (name: string, message: string): Error =>
  gateClosed({ code: 'gate.live-not-confirmed', message, hint: `Confirm with --live ${name}` });

function questionsOf(
  app: App,
  profile: ChosenProfile,
  confirmed: string | null,
  output: PushOutput,
): Questions {
  return {
    confirmStart: async (ready) => {
      checkLive(app, profile, confirmed);
      if (!profile.live || confirmed === profile.name) return;
      output.stopProgress();
      const { default: inquirer } = await import('inquirer');
      const { answer } = await ask(() =>
        inquirer.prompt<{ answer: string }>([
          {
            type: 'input',
            name: 'answer',
            message: `${ready} rows are about to reach real people. Type the profile's name to go on:`,
          },
        ]),
      );
      if (answer.trim() !== profile.name)
        throw notConfirmed(profile.name, 'The live profile was not confirmed');
    },
    confirmRest: async (sent, counts) => {
      if (!app.interactive) return false;
      output.stopProgress();
      const { default: inquirer } = await import('inquirer');
      const { goOn } = await ask(() =>
        inquirer.prompt<{ goOn: boolean }>([
          {
            type: 'confirm',
            name: 'goOn',
            default: false,
            message: `${sent} rows went out (${counts.delivered} delivered, ${counts.rejected} rejected, ${counts['in-doubt']} in doubt). Send the other ${counts.ready}?`,
          },
        ]),
      );
      return goOn;
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
  results: string | null,
): Promise<ExitCode> {
  output.stopProgress();
  const { run, counts, stop } = ended;
  const { path, failure } = await resultsOf(app, ledger, run, results);
  const stopped = stop && { code: stop.code, message: stop.message, hint: stop.hint };
  const summary = pushDocument({ ...run, run: run.id, dryRun: false, counts, results: path, stopped });
  if (stop && stop.kind !== 'limit') {
    app.terminal.error(stop.message);
    if (stop.hint) app.terminal.hint(stop.hint);
  }
  const next = summary.next.map((command) => place.command(command));
  if (next.length > 0 && place.commandNeeds) app.terminal.hint(place.commandNeeds);
  await output.summary({ ...summary, next }, storyOf(ended));
  if (stop?.kind === 'lock-lost') return Exit.locked;
  if (counts.ready + counts.sending === 0) await ledger.markReported(run.id);
  const exit = exitOf(counts, stopOf(stop), { signal: stop?.kind === 'interrupted' ? app.signal() : null });
  if (!failure) return exit;
  app.terminal.error(failure.message);
  app.terminal.hint(place.command(`salesq runs resume ${run.id} --results <file>`));
  return exit === Exit.credentials || exit === Exit.inDoubt ? exit : failure.exit;
}

/** The results file, or why there is none: what was sent is told all the same. */
async function resultsOf(
  app: App,
  ledger: Ledger,
  run: Pick<Run, 'id' | 'columns'>,
  wanted: string | null,
): Promise<{ path: string | null; failure: UserError | null }> {
  try {
    return { path: await writeResults(app, ledger, run, wanted), failure: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { path: null, failure: error };
  }
}

/** Writes the results file of a run: every input row once. Returns its path; null where none was asked for. */
export async function writeResults(
  app: App,
  ledger: Ledger,
  run: Pick<Run, 'id' | 'columns'>,
  wanted: string | null,
): Promise<string | null> {
  if (wanted === null) return null;
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
  wanted: string | null,
  input: string | null,
): Promise<void> => (wanted === null ? undefined : checkResults(wanted, input, app.cwd));

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

function stopOf(stop: RunStop | null): PushStop {
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

/** The operation a run belongs to. Throws UserError (exit 6) where this version does not know it. */
export async function operationOf(
  app: App,
  run: Run,
): Promise<{ readonly vendor: Vendor; readonly operation: PushOperation }> {
  const vendor = await app.ports.vendor(run.vendor);
  const operation = vendor?.operations.find(({ id }) => id === run.operation);
  if (vendor && operation) return { vendor, operation };
  throw unusable({
    code: 'run.unknown-operation',
    message: `Run ${run.id} belongs to ${run.vendor} ${run.operation}, which this version does not know`,
    hint: 'Update salesq',
  });
}

/** A run goes on only with the account it was planned for: another one would not know its people. Throws (exit 6). */
export async function checkAccount(ledger: Ledger, run: Run, ref: AccountRef): Promise<void> {
  if ((await ledger.account(ref)) === run.account) return;
  throw unusable({
    code: 'run.other-account',
    message: `Run ${run.id} was planned for another account of ${run.vendor} than this profile's`,
    hint: `Choose the profile it was planned with: --profile ${run.profile}`,
  });
}
