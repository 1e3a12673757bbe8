import { Exit, type ExitCode, usageError, exitOf } from '../core/errors.js';
import type { Json } from '../core/json.js';
import type { Ledger } from '../core/ledger.js';
import { parseMapFile, type Mapping } from '../core/mapping.js';
import { describeMapping } from '../core/map-row.js';
import { maskPhone } from '../core/phone-key.js';
import { pushDocument, shownNumbersOf } from '../core/report.js';
import { isRetry, noCounts } from '../core/life.js';
import type { OptionValues, PushOperation, Vendor } from '../core/vendor.js';
import { push, rehearse } from '../engine/push.js';
import { rowsOf, withIgnored, type Rows, type RowSettings } from '../engine/rows.js';
import { checkWitness } from '../engine/witness.js';
import { writeWindows } from '../core/units.js';
import { formatPhones } from '../output/text.js';
import {
  type App,
  type CommandDefinition,
  type Invocation,
  askYes,
  openSession,
  writeLedger,
  type Session,
} from './command.js';
import {
  checkClosed,
  checkLive,
  checkResultsFile,
  jobOf,
  reportEnd,
  worldOf,
  writeResults,
  type OpenedRun,
} from './job.js';
import { pickOptions, withSettings } from './options.js';
import { consentOptions, planOptions, sendOptions, type PlanFlags, type SendFlags } from './push-flags.js';
import { planRecord, PushOutput } from './push-output.js';
import { emptyPipe, fromOption, isEmptyPipe, openRows, type PushFlags } from './push-rows.js';

/** The command of a push, made from what its operation declares. */
export function pushDefinition(vendor: Vendor, operation: PushOperation): CommandDefinition {
  const given = operation.argumentField;
  return {
    args: given !== undefined ? `[${given}...]` : operation.optionField === undefined ? '<file>' : '[file]',
    options: {
      ...(operation.channel === null ? {} : consentOptions),
      ...operation.options,
      ...(given === undefined ? {} : fromOption),
      ...planOptions,
      ...sendOptions,
    },
    more: [
      'Fields:',
      ...operation.fields.map(
        (field) => `  ${field.name}${field.required ? ' (required)' : ''}: ${field.about}`,
      ),
      ...(operation.freeColumn ? ['  any other column travels under its own name'] : []),
      '',
      `Sends at most ${operation.limits.usual ?? operation.limits.items} rows a request, ${operation.pace.perSecond} requests a second unless the profile or --rate says otherwise.`,
      'The same file again continues its run; no row is sent twice.',
    ],
    run: (app, invocation) => runPush(app, vendor, operation, invocation),
  };
}

/** Rows to push, and everything that decides how. */
interface PushRequest extends OpenedRun {
  readonly flags: PlanFlags & SendFlags;
  readonly rows: Rows;
  /** Path of the input file; null for stdin and arguments. */
  readonly path: string | null;
}

/** A push from flags to exit code: input → map → check → ledger → send → report. */
async function runPush(
  app: App,
  vendor: Vendor,
  operation: PushOperation,
  invocation: Invocation,
): Promise<ExitCode> {
  const flags = invocation.options as PushFlags;
  const session = await openSession(app, await app.ports.place(flags), vendor);
  const options = await runOptions(app, session, { vendor, operation }, invocation.options);
  // A list of numbers is read whole; what is left of it is one column.
  const mapFile = operation.doNotCall === undefined ? await readMap(app, flags, null) : null;
  const opened = await openRows(app, operation, flags, invocation, session).catch((error: unknown) => {
    if (isEmptyPipe(error, operation, flags, invocation)) return null;
    throw error;
  });
  if (opened === null) return nothingToDo(app, vendor, operation, session, flags);
  const { source, path, optOuts = [] } = opened;
  try {
    const settings = { ...rowFlags(flags), options, mapFile, phone: session.place.reads };
    const rows = { ...(await rowsOf(operation, settings, source)), optOuts };
    for (const note of rows.notes) app.terminal.warn(note);
    const request = { vendor, operation, options: rows.options, session, flags, rows, path };
    return await pushRows(app, request, null);
  } finally {
    await source.close();
  }
}

/** An empty pipe is no mistake: what feeds it has nothing new. */
async function nothingToDo(
  app: App,
  vendor: Vendor,
  operation: PushOperation,
  session: Session,
  { dryRun: isDryRun }: PlanFlags,
): Promise<ExitCode> {
  const told = 'stdin is empty: nothing to do';
  if (app.format !== 'json' && app.format !== 'ndjson') {
    app.terminal.note(told);
    return Exit.ok;
  }
  const names = { profile: session.profile.name, vendor: vendor.id, operation: operation.id };
  const nothing = { run: null, dryRun: isDryRun, source: emptyPipe, counts: noCounts(), results: null };
  await PushOutput.during(app, null, (output) =>
    output.summary(pushDocument({ ...names, ...nothing }), [told]),
  );
  return Exit.ok;
}

/** What flags say of the rows of a plan. */
export const rowFlags = (flags: PlanFlags) => ({
  set: Object.fromEntries(flags.set),
  allowDuplicates: flags.allowDuplicates,
  skipInvalid: flags.skipInvalid,
  consentIgnored: consentIgnored(flags),
});

/**
 * Columns somebody vouches for, and why; null for a push that has no such flag. Throws UserError (exit 2)
 * `usage.missing-flag` for one of the two flags without the other.
 */
function consentIgnored({ consentIgnored: columns, reason }: PlanFlags): RowSettings['consentIgnored'] {
  if (!columns) return null;
  if (columns.length === 0) {
    if (reason === undefined) return null;
    throw usageError({
      code: 'usage.missing-flag',
      message: '--reason goes with --consent-ignored: it says why a column refuses no contact',
      hint: '--consent-ignored <column> --reason <text>, or neither',
    });
  }
  if (reason !== undefined) return { columns, reason };
  throw usageError({
    code: 'usage.missing-flag',
    message: '--consent-ignored needs --reason: who says that the column refuses no contact, and why',
    hint: '--reason "the column is about letters"',
  });
}

/** The operation's own options as the run keeps them; one that gives rows is no part of them. Throws UserError. */
async function runOptions(
  app: App,
  { settings }: Session,
  { vendor, operation }: Pick<PushRequest, 'vendor' | 'operation'>,
  given: Invocation['options'],
): Promise<OptionValues> {
  const { optionField, options: specs } = operation;
  const own = pickOptions(specs, given);
  const all = withSettings(specs, own, settings, vendor.id) as OptionValues;
  const options = Object.fromEntries(Object.entries(all).filter(([name]) => name !== optionField));
  return (await operation.checkOptions?.(options, app.ports.files, settings)) ?? options;
}

/** A push of rows that are open. `known`: an open ledger to use; null for the place's own. */
export async function pushRows(app: App, request: PushRequest, known: Ledger | null): Promise<ExitCode> {
  const { operation, options, session, flags, rows, path } = request;
  if (flags.dryRun && flags.canary !== undefined) throw canaryOfDryRun();
  await checkResultsFile(app, flags.results, path);
  if (flags.dryRun) return dryRun(app, request, known);
  checkClosed(app, request);
  checkLive(app, request, flags.live);
  await askYes(app, operation.asks?.(options) ?? null);
  const into = (ledger: Ledger): Promise<ExitCode> =>
    PushOutput.during(app, mappingSentence(rows.mapping), async (output) => {
      const ended = await push(worldOf(app), ledger, jobOf(app, request, flags, output), rows);
      return reportEnd(app, ledger, session.place, ended, output, flags.results);
    });
  if (known) return into(known);
  const { place } = session;
  return writeLedger(app, place, into, () =>
    checkWitness(
      worldOf(app),
      null,
      { operation, options: rows.options, account: session.account(), place },
      null,
    ),
  );
}

const canaryOfDryRun = (): Error =>
  usageError({
    code: 'usage.contradiction',
    message: '--canary sends the first rows, and --dry-run sends none',
    hint: 'Leave one of them out',
  });

/** Plans in a throwaway ledger beside what the real one knows, and shows it; sends and keeps nothing. */
async function dryRun(app: App, request: PushRequest, known: Ledger | null): Promise<ExitCode> {
  const { session, flags, rows } = request;
  const scratch = await app.ports.scratchLedger();
  const real = known ?? (await app.ports.ledger(session.place, 'look'));
  try {
    return await PushOutput.during(app, null, async (output) => {
      const job = jobOf(app, request, flags, output);
      const planned = await rehearse(worldOf(app), scratch.ledger, real, job, rows);
      output.stopProgress();
      if (planned.kind === 'planned') return showPlan(app, request, scratch.ledger, planned.run, [], output);
      const { run } = planned;
      const what = isRetry(run.source.name) ? 'This retry' : 'This file';
      const told = `${what} is run ${run.id} already: a push goes on with it and sends what is ready.`;
      return showPlan(app, request, real ?? scratch.ledger, run.id, [told], output);
    });
  } finally {
    if (!known) await real?.close();
    await scratch.remove();
  }
}

/** Shows a plan: the mapping, every row where rows are streamed, and what a push would come to. */
async function showPlan(
  app: App,
  request: PushRequest,
  ledger: Ledger,
  run: string,
  told: readonly string[],
  output: PushOutput,
): Promise<ExitCode> {
  const { vendor, operation, options, session, flags, rows } = request;
  const counts = await ledger.counts(run);
  if (output.streams) for await (const row of ledger.rows(run)) await output.rows([planRecord(row)]);
  const columns = rows.source.columns ?? [];
  const results = await writeResults(app, ledger, { id: run, columns }, flags.results);
  const facts = {
    profile: session.profile.name,
    vendor: vendor.id,
    operation: operation.id,
    source: rows.source.facts,
  };
  const summary = pushDocument({ ...facts, run: null, dryRun: true, counts, results });
  const lines = [
    ...told,
    ...hoursLines(request),
    ...(operation.describe?.(options) ?? []),
    ...mappingLines(rows.mapping),
    ...(app.format === 'table' ? await firstRows(app, ledger, run) : []),
  ];
  await output.summary(summary, lines);
  return exitOf(counts, null, { dryRun: true });
}

/** Rows of a plan that people see; all of them come in the formats for programs. */
const rowsShown = 10;

/** The first rows of a plan with the numbers that would be used, a line each. */
async function firstRows({ terminal }: App, ledger: Ledger, run: string): Promise<string[]> {
  const style = { unicode: terminal.unicode, mask: terminal.showPii ? null : maskPhone };
  const lines: string[] = [];
  for await (const row of ledger.rows(run)) {
    if (lines.length === rowsShown) return [...lines, '  and more: -o ndjson shows every row'];
    const numbers = formatPhones(shownNumbersOf(row), style) || 'no number';
    const code = row.code === null ? [] : [`(${row.code})`];
    lines.push(`  row ${row.row}: ${[numbers, row.state, ...code].join(' ')}`);
  }
  return lines;
}

/** The map file of `--map`, or the one given, as data, with what `--ignore` adds to it. Throws UserError (exit 6). */
export async function readMap(app: App, { map, ignore }: PlanFlags, otherwise: Json): Promise<Json> {
  const data = withIgnored(map === undefined ? otherwise : await app.ports.dataFile(map), ignore);
  if (data !== null) parseMapFile(data, map);
  return data;
}

/** The hours in which a push would contact people; none where it may at any time, or contacts nobody. */
function hoursLines({ operation, options, session }: PushRequest): string[] {
  const { window, timezone } = session.profile;
  if (window.length === 0 || operation.reaches(options) === 'nobody') return [];
  return [`People are contacted ${writeWindows(window, timezone)}.`];
}

/** The whole mapping, a line a column: for a dry run. */
function mappingLines(mapping: Mapping | null): string[] {
  if (!mapping) return [];
  return describeMapping(mapping).map(
    ({ field, from, how }) => `  ${from} -> ${field ?? 'stays here'} (${how})`,
  );
}

/** The mapping in a sentence: what is taken for what, and which columns travel unasked. */
function mappingSentence(mapping: Mapping | null): string | null {
  if (!mapping) return null;
  const lines = describeMapping(mapping);
  const named = lines.filter(({ field, how }) => how !== 'free' && field !== null);
  const free = lines.filter(({ how }) => how === 'free').map(({ field }) => field);
  const ignored = lines
    .filter(({ how }) => how === 'ignored')
    .map(({ from }) => from.replace(/^column /, ''));
  const judged = mapping.consent.map(({ column }) => column);
  return [
    named.map(({ field, from }) => `${field} from ${from}`).join(', '),
    ...(judged.length > 0 ? [`holds who wants no contact: ${judged.join(', ')}`] : []),
    ...(free.length > 0 ? [`as free data: ${free.join(', ')}`] : []),
    ...(ignored.length > 0 ? [`not sent: ${ignored.join(', ')}`] : []),
  ].join('; ');
}
