import type { ExitCode } from '../../core/errors.js';
import { exitOf } from '../../core/exit.js';
import type { Json, JsonObject } from '../../core/json.js';
import { isObject } from '../../core/json.js';
import type { Run } from '../../core/ledger.js';
import type { PhoneRule } from '../../core/phone.js';
import { pushDocument } from '../../core/push-summary.js';
import type { InputSource } from '../../core/row.js';
import type { App, CommandDefinition, Invocation } from '../app.js';
import type { PlanFlags } from '../push/flags.js';
import { planOptions, readPlanFlags, readSendFlags, sendOptions } from '../push/flags.js';
import type { PlanSettings } from '../push/prepare.js';
import { prepared, readMap } from '../push/prepare.js';
import { PushPrinter } from '../push/printer.js';
import { pushInput } from '../push/run.js';
import { openSession } from '../session.js';
import type { FoundRun } from './find.js';
import { placeOfRun, withRun } from './find.js';
import { checkAccount, operationOf } from './resume.js';
import { openRetry } from './retry-source.js';

const retry: CommandDefinition = {
  args: '<run>',
  options: [
    {
      flags: '--from <file>',
      about: 'a results file of the run, mended: only its rows are tried, with its cells',
    },
    ...planOptions,
    ...sendOptions,
  ],
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
  run: (app, invocation) =>
    withRun(app, invocation.args[0] ?? 'last', (found) => retryRun(app, found, invocation)),
};

async function retryRun(app: App, found: FoundRun, { options }: Invocation): Promise<ExitCode> {
  const { run, ledger } = found;
  const flags = readPlanFlags(options);
  const send = readSendFlags(options);
  const { vendor, operation } = await operationOf(app, run);
  const session = await openSession(app, await placeOfRun(app, found, 'runs retry', flags), vendor);
  await checkAccount(ledger, run, session.account());
  const settings = await settingsOf(app, run, flags);
  const path = typeof options['from'] === 'string' ? options['from'] : null;
  const file = path === null ? null : await openMended(app, path, flags);
  try {
    const { source, review, rows } = await openRetry(ledger, run, operation, file);
    if (rows === 0) return await nothingToRetry(app, found, path);
    const input = { ...prepared(operation, settings, source, path === '-' ? null : path), review };
    const plan = { ...flags, allowDuplicates: settings.allowDuplicates };
    const push = { app, vendor, operation, options: input.options, plan, send, session, input };
    return await pushInput(push, ledger);
  } finally {
    await file?.close();
  }
}

/** What the run was planned with, but for what the flags say. */
async function settingsOf(app: App, run: Run, flags: PlanFlags): Promise<PlanSettings> {
  const { options, mapFile = null, set, phone, allowDuplicates, skipInvalid } = run.settings;
  const { format, country } = objectOf(phone) as unknown as PhoneRule;
  return {
    options: objectOf(options),
    mapFile: await readMap(app, flags, mapFile),
    set: { ...(objectOf(set) as Record<string, string>), ...flags.set },
    phone: { format: flags.phoneFormat ?? format, country: flags.country ?? country },
    allowDuplicates: flags.allowDuplicates || allowDuplicates === true,
    skipInvalid: flags.skipInvalid || skipInvalid === true,
  };
}

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

async function openMended(app: App, path: string, flags: PlanFlags): Promise<InputSource> {
  const { skipInvalid, format, encoding, delimiter } = flags;
  const source = await app.ports.input({
    path,
    skipInvalid,
    ...(format === null ? {} : { format }),
    ...(encoding === null ? {} : { encoding }),
    ...(delimiter === null ? {} : { delimiter }),
  });
  for (const warning of source.warnings) app.terminal.warn(warning);
  return source;
}

/** The run as it stands, and that there is nothing to do; the exit code is that of its rows. */
async function nothingToRetry(
  app: App,
  { run, ledger, place }: FoundRun,
  path: string | null,
): Promise<ExitCode> {
  const counts = await ledger.counts(run.id);
  const summary = pushDocument({ ...run, run: run.id, dryRun: false, counts, results: null });
  const where = path === null ? `in run ${run.id}` : `of run ${run.id} in ${path === '-' ? 'stdin' : path}`;
  const line = `Nothing to retry: no row ${where} was rejected, invalid or held. Nothing was sent.`;
  const next = summary.next.map((command) => place.command(command));
  await new PushPrinter(app).summary({ ...summary, next }, [line]);
  return exitOf(counts, null);
}

export default retry;
