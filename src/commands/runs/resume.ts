import type { ExitCode } from '../../core/errors.js';
import { unusable } from '../../core/errors.js';
import type { Ledger, Run } from '../../core/ledger.js';
import type { OptionValues, PushOperation, Vendor } from '../../core/vendor.js';
import { openSession, withLedger } from '../../compose.js';
import { checkResults } from '../../output/results.js';
import { vendors } from '../../vendors/index.js';
import type { App, CommandDefinition, Invocation } from '../app.js';
import type { HeldLock } from '../lock.js';
import { takeLock } from '../lock.js';
import { carryRun } from '../push/carry.js';
import type { SendFlags } from '../push/flags.js';
import { canaryOption, readCanary, readSendFlags, sendOptions } from '../push/flags.js';
import { checkLive } from '../push/live.js';
import { speaking } from '../push/speaking.js';
import { lockName } from '../push/run.js';
import { findRun } from './find.js';

const resume: CommandDefinition = {
  args: '<run>',
  options: [...sendOptions, canaryOption],
  more: [
    '<run> is an id, a unique prefix, or "last". What is sent was fixed when the run was planned; the file is not needed.',
  ],
  run: (app, invocation) =>
    withLedger(app, (ledger) =>
      goOn(app, ledger, invocation, (run, { waitLockMs }) =>
        takeLock(app, ledger, lockName(run.account, run.operation), waitLockMs),
      ),
    ),
};

/** Goes on with a run under a lock that `hold` takes once everything else was checked. */
export async function goOn(
  app: App,
  ledger: Ledger,
  { args, options }: Invocation,
  hold: (run: Run, send: SendFlags) => Promise<HeldLock>,
): Promise<ExitCode> {
  const send = readSendFlags(options);
  const plan = { canary: readCanary(options) };
  const run = await findRun(ledger, args[0] ?? 'last');
  const { vendor, operation } = await operationOf(run);
  const session = await openSession(
    { ...app, flags: { ...app.flags, profile: app.flags.profile ?? run.profile } },
    vendor,
    {},
  );
  if (send.results !== null) await checkResults(send.results, null, app.cwd);
  await checkAccount(ledger, run, session.account);
  await checkLive(app, session.profile, send.live, 'before');
  const held = await hold(run, send);
  try {
    const planned = (run.settings['options'] ?? {}) as OptionValues;
    const { lock, lost } = held;
    const parts = { app, operation, options: planned, session, send, plan };
    return await speaking(app, (speech) =>
      carryRun({ ...parts, ...speech, ledger, lock, lost, run, continued: true }),
    );
  } finally {
    await held.release();
  }
}

export async function operationOf(run: Run): Promise<{ vendor: Vendor; operation: PushOperation }> {
  const vendor = (await vendors.find(({ id }) => id === run.vendor)?.load())?.default;
  const operation = vendor?.operations.find(({ id }) => id === run.operation);
  if (vendor && operation) return { vendor, operation };
  throw unusable({
    code: 'run.unknown-operation',
    message: `Run ${run.id} belongs to ${run.vendor} ${run.operation}, which this version does not know`,
    hint: 'Update salesq',
  });
}

/** A run goes on only with the account it was planned for: another one would not know its people. */
export async function checkAccount(
  ledger: Ledger,
  run: Run,
  ref: Parameters<Ledger['account']>[0],
): Promise<void> {
  if ((await ledger.account(ref)) === run.account) return;
  throw unusable({
    code: 'run.other-account',
    message: `Run ${run.id} was planned for another account of ${run.vendor} than this profile's`,
    hint: `Choose the profile it was planned with: --profile ${run.profile}`,
  });
}

export default resume;
