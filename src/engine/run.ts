import { closedFor } from '../core/gate.js';
import type { Ledger, LedgerRow, Run } from '../core/ledger.js';
import type { Json } from '../core/json.js';
import type { SendResult } from '../core/outcome.js';
import { withoutSecrets, type Secret } from '../core/secret.js';
import { mayLeadToContact, type Sender } from '../core/vendor.js';
import type { StateCounts } from '../core/life.js';
import { admit } from './admission.js';
import type { RunStop } from './brakes.js';
import { entriesOfRun, mayHaveHeard } from './do-not-call.js';
import type { HeldLock } from './hold.js';
import type { Ended, Job, World } from './job.js';
import { reconcileRun } from './reconcile.js';
import { interrupted, sendRun } from './send.js';
import { keepFor, optOut, takeInOptOuts } from './opt-out.js';
import { startNoting, type Noting } from './witness.js';

/** A sealed run under a lock of ours, and everything needed to send what is left of it. */
interface Running {
  readonly world: World;
  readonly ledger: Ledger;
  readonly held: HeldLock;
  readonly job: Job;
  readonly run: Run;
  readonly noting: Noting;
}

/**
 * Goes on with a sealed run: what was cut off is in doubt, what is ready is sent, lost answers are asked for. Throws
 * UserError as `admit` does.
 */
export async function resume(
  world: World,
  ledger: Ledger,
  held: HeldLock,
  job: Job,
  run: Run,
  resumed: boolean,
): Promise<Ended> {
  await takeIn(world, ledger, job);
  const warning = await admit(world, ledger, job, run.account);
  if (warning !== null) await job.tell({ kind: 'said', text: warning, warning: true });
  const noting = await startNoting(world, ledger, job, run.account);
  try {
    const running: Running = { world, ledger, held, job, run, noting };
    const cutOff = await ledger.recover(run.id, held.lock);
    if (job.operation.doNotCall === 'add') await blockFirst(running);
    const before = await ledger.counts(run.id);
    const stop = await sendAll(running, before);
    await readBackAfter(running, stop);
    const counts = await ledger.counts(run.id);
    return { run, counts, before, cutOff, stop, resumed };
  } finally {
    await noting.end();
  }
}

/** Adds the opt-outs that wait for this ledger, before anybody is contacted from it. */
export async function takeIn(world: World, ledger: Ledger, job: Job): Promise<void> {
  const reaches = job.operation.reaches(job.options) !== 'nobody';
  const added = await takeInOptOuts(world, ledger, job.place, reaches);
  const text = `${added} numbers that were blocked while this ledger was away are on its do-not-call list now`;
  if (added > 0) await job.tell({ kind: 'said', text, warning: true });
}

/** Blocks the numbers of the run's ready rows here before the vendor hears of them. */
const blockFirst = async ({ world, ledger, job, run }: Running): Promise<void> =>
  blockHere(world, ledger, job, await entriesOfRun(ledger, run));

/** Blocks numbers here: whatever a vendor answers, nobody of these is contacted from here. */
export async function blockHere(
  world: World,
  ledger: Ledger,
  job: Job,
  entries: readonly { readonly phone: string; readonly reason: string }[],
): Promise<void> {
  const warn = (text: string) => job.tell({ kind: 'said', text, warning: true });
  const ground = { unfounded: false };
  const { done, objection, unaware } = await optOut(
    world,
    ledger,
    job.place,
    ground,
    entries,
    world.stopping,
  );
  for (const row of done.underWay) await warn(mayHaveHeard(row));
  const problem = await keepFor(world, unaware, entries);
  if (objection) await warn(`The numbers are blocked in this ledger, but ${objection.message}`);
  if (problem !== null) await warn(`They could not be kept for the other ledger: ${problem}`);
}

const tellSettled = ({ job }: Running, rows: readonly LedgerRow[]): void | Promise<void> =>
  job.tell({ kind: 'rows', rows });

/** How often is looked whether other workers are through. */
const othersMs = 500;

/**
 * Sends until no row is ready and nobody else is sending one: another worker may give rows back, or die, and what it was
 * sending is then in doubt.
 */
async function sendAll(running: Running, before: StateCounts): Promise<RunStop | null> {
  const { world, ledger, held, job, run } = running;
  let stop = before.ready > 0 ? await sendReady(running, before) : null;
  let asked = before.ready > 0;
  for (let told = false; stop === null;) {
    const counts = await ledger.counts(run.id);
    if (counts.ready > 0) {
      if (asked && job.policy.limit !== null) return null;
      stop = asked ? await sendSome(running, null) : await sendReady(running, counts);
      asked = true;
      continue;
    }
    if (counts.sending === 0) return null;
    if (!told) {
      const text = `waiting for ${counts.sending} rows that other workers are sending`;
      await job.tell({ kind: 'said', text });
    }
    told = true;
    await world.clock.sleep(othersMs, world.stopping);
    if (world.stopping.aborted) return interrupted;
    await ledger.recover(run.id, held.lock);
  }
  return stop;
}

/** The first rows of this call: after the confirmation, and after the canary where there is one. */
async function sendReady(running: Running, before: StateCounts): Promise<RunStop | null> {
  const { ledger, job, run } = running;
  const { canary, limit } = job.policy;
  await job.questions.confirmStart(before.ready);
  if (canary === null || canary >= before.ready || canary >= (limit ?? Infinity))
    return sendSome(running, limit);
  const first = await sendSome(running, canary);
  if (first?.kind !== 'limit') return first;
  if (!(await job.questions.confirmRest(canary, await ledger.counts(run.id))))
    return { ...first, code: 'run.canary', message: 'Stopped after the canary' };
  return sendSome(running, limit === null ? null : limit - canary);
}

async function sendSome(running: Running, maxRows: number | null): Promise<RunStop | null> {
  const { world, ledger, held, job, run, noting } = running;
  const { operation, options, context, policy } = job;
  const reaches = operation.reaches(options);
  const { ready } = await ledger.counts(run.id);
  await job.tell({ kind: 'phase', name: 'sending', total: Math.min(ready, maxRows ?? Infinity) });
  const { items, bytes, perSecond, concurrency, maxErrors, contact } = policy;
  return sendRun({
    ledger,
    lock: held.lock,
    lost: held.lost,
    run,
    operation,
    options,
    sender: redacting(await operation.open(context, options), Object.values(context.settings.secrets)),
    clock: world.clock,
    items,
    bytes,
    perSecond,
    concurrency,
    maxRows,
    maxErrors,
    closed: () =>
      (mayLeadToContact(operation, options) ? noting.closed() : null) ??
      closedFor({ ...contact, reaches, now: world.clock.now(), ledger: noting.time() }),
    stopping: world.stopping,
    onRows: (rows) => tellSettled(running, rows),
    onWait: (ms, why) => void job.tell({ kind: 'waiting', ms, why }),
  });
}

/** After these nobody is to be asked any more, or it would be in vain. */
const silencing: readonly RunStop['kind'][] = ['interrupted', 'lock-lost', 'credentials'];

/** What the vendor cannot be asked now stays in doubt, and is said; `runs reconcile` can wait for it. */
async function readBackAfter(running: Running, stop: RunStop | null): Promise<void> {
  const { world, ledger, held, job, run } = running;
  const { operation, options, context, policy } = job;
  if (!policy.readsBack || world.stopping.aborted || (stop && silencing.includes(stop.kind))) return;
  if ((await ledger.counts(run.id))['in-doubt'] === 0) return;
  const about = operation.readBack?.about ?? 'it cannot be asked';
  await job.tell({ kind: 'said', text: `asking the vendor: ${about}` });
  const { rows, failure } = await reconcileRun({
    ledger,
    lock: held.lock,
    run,
    operation,
    options,
    context,
    clock: world.clock,
    probe: false,
    wait: false,
    stopping: AbortSignal.any([world.stopping, held.lost]),
    onRows: (settled) => tellSettled(running, settled),
  });
  if (failure) await job.tell({ kind: 'said', text: failure.message, warning: true });
  const left = rows.filter(({ after }) => after.state === 'in-doubt').length;
  await job.tell({ kind: 'said', text: `${rows.length - left} of ${rows.length} rows in doubt are settled` });
}

/** A sender whose results are fit for the ledger: no secret in reasons, details and keepsakes. */
export function redacting(sender: Sender, secrets: readonly Secret[]): Sender {
  const send: Sender['send'] = async (rows): Promise<SendResult> =>
    withoutSecrets(await sender.send(rows), secrets);
  if (!sender.before) return { send };
  const before = sender.before.bind(sender);
  return {
    send,
    async *before(rows) {
      for await (const keepsake of before(rows)) {
        yield { ...keepsake, record: withoutSecrets<Json>(keepsake.record, secrets) };
      }
    },
  };
}
