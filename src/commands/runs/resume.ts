import type { ExitCode } from '../../core/errors.js';
import { unusable } from '../../core/errors.js';
import type { AccountRef, Ledger, Run } from '../../core/ledger.js';
import type { OptionValues, PushOperation, Vendor } from '../../core/vendor.js';
import { checkResults } from '../../output/results.js';
import type { App, CommandDefinition, Invocation } from '../app.js';
import type { HeldLock } from '../lock.js';
import { takeLock } from '../lock.js';
import { carryRun } from '../push/carry.js';
import type { SendFlags } from '../push/flags.js';
import { canaryOption, readCanary, readSendFlags, sendOptions } from '../push/flags.js';
import { checkLive } from '../push/live.js';
import { speaking } from '../push/speaking.js';
import { lockName } from '../push/run.js';
import { openSession } from '../session.js';
import type { FoundRun } from './find.js';
import { placeOfRun, withRun } from './find.js';

const resume: CommandDefinition = {
  args: '<run>',
  options: [...sendOptions, canaryOption],
  more: [
    '<run> is an id, a unique prefix, or "last". What is sent was fixed when the run was planned; the file is not needed.',
  ],
  run: (app, invocation) =>
    withRun(app, invocation.args[0] ?? 'last', (found) =>
      goOn(app, found, 'runs resume', invocation, ({ run, ledger }, { waitLockMs }) =>
        takeLock(app, ledger, lockName(run.account, run.operation), waitLockMs),
      ),
    ),
};

/** Goes on with a run under a lock that `hold` takes once everything else was checked. */
export async function goOn(
  app: App,
  found: FoundRun,
  words: string,
  { options }: Invocation,
  hold: (found: FoundRun, send: SendFlags) => Promise<HeldLock>,
): Promise<ExitCode> {
  const { run, ledger } = found;
  const send = readSendFlags(options);
  const plan = { canary: readCanary(options) };
  const { vendor, operation } = await operationOf(app, run);
  const session = await openSession(app, await placeOfRun(app, found, words), vendor);
  if (send.results !== null) await checkResults(send.results, null);
  await checkAccount(ledger, run, session.account());
  await checkLive(app, session.profile, send.live, 'before');
  const held = await hold(found, send);
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

export async function operationOf(app: App, run: Run): Promise<{ vendor: Vendor; operation: PushOperation }> {
  const vendor = await app.ports.vendor(run.vendor);
  const operation = vendor?.operations.find(({ id }) => id === run.operation);
  if (vendor && operation) return { vendor, operation };
  throw unusable({
    code: 'run.unknown-operation',
    message: `Run ${run.id} belongs to ${run.vendor} ${run.operation}, which this version does not know`,
    hint: 'Update salesq',
  });
}

/** A run goes on only with the account it was planned for: another one would not know its people. */
export async function checkAccount(ledger: Ledger, run: Run, ref: AccountRef): Promise<void> {
  if ((await ledger.account(ref)) === run.account) return;
  throw unusable({
    code: 'run.other-account',
    message: `Run ${run.id} was planned for another account of ${run.vendor} than this profile's`,
    hint: `Choose the profile it was planned with: --profile ${run.profile}`,
  });
}

export default resume;
