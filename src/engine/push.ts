import { randomBytes } from 'node:crypto';
import type { Ledger, Run } from '../core/ledger.js';
import { lockName, takeLock } from './hold.js';
import type { Ended, Job, World } from './job.js';
import { interruptedWhilePlanning } from './job.js';
import { draftOf, findRunOfFile, makePlan, plannerOf, tellPlanned, writePlan } from './plan.js';
import type { Rows } from './rows.js';
import { resume } from './run.js';
import { checkWitness, hearWitness } from './witness.js';

/**
 * Plans these rows, or goes on with the run that covers them, and sends what is ready: input → map → check → ledger →
 * send. Throws UserError as `takeLock`, `checkWitness`, `findRunOfFile` and `makePlan` do.
 */
export async function push(world: World, ledger: Ledger, job: Job, rows: Rows): Promise<Ended> {
  const account = await ledger.account(job.account);
  await tellOtherKey(ledger, job, account);
  const name = lockName(account, job.operation.id);
  const held = await takeLock(world, ledger, name, job.policy.waitLockMs, (text) => {
    void job.tell({ kind: 'said', text });
  });
  try {
    await checkWitness(world, ledger, job, account);
    const earlier = await findRunOfFile(ledger, job, rows, account);
    const run = earlier ?? (await makePlan(world, ledger, held, job, rows, account));
    return await resume(world, ledger, held, job, run, earlier !== null);
  } finally {
    await held.release();
  }
}

/** Runs that are looked through for the last one of an account. */
const mostRuns = 200;

/** A new key is the same account, so that nobody is contacted twice; whether it is somebody else's is told to its owner. */
async function tellOtherKey(ledger: Ledger, job: Job, account: string): Promise<void> {
  if (job.keyMark === null) return;
  const runs = await ledger.runs(mostRuns);
  const last = runs.find((run) => run.account === account && typeof run.settings['key'] === 'string');
  if (last && last.settings['key'] !== job.keyMark) await job.tell({ kind: 'other-key', run: last });
}

/** What a push would do. */
export type Rehearsed =
  /** Go on with a run of the real ledger. */
  | { readonly kind: 'covered'; readonly run: Run }
  /** Plan these rows: they stand in the throwaway ledger under this id. */
  | { readonly kind: 'planned'; readonly run: string };

/**
 * Plans as a push would, in a throwaway ledger beside what the real one knows; sends nothing and keeps nothing.
 * @param known the real ledger; null where there is none yet
 */
export async function rehearse(
  world: World,
  scratch: Ledger,
  known: Ledger | null,
  job: Job,
  rows: Rows,
): Promise<Rehearsed> {
  const account = known ? await known.account(job.account) : null;
  if (known && account !== null) await tellOtherKey(known, job, account);
  const { closed, said } = await hearWitness(world, known, job, account);
  const text = closed ? `A push would be refused. ${closed.message}` : said;
  if (text !== null) await job.tell({ kind: 'said', text, warning: true });
  const earlier = known && account !== null ? await findRunOfFile(known, job, rows, account) : null;
  if (earlier) return { kind: 'covered', run: earlier };
  await job.tell({ kind: 'phase', name: 'planning', total: null });
  const lock = await scratch.lock('dry-run', await world.owner());
  const draft = draftOf(job, rows, await scratch.account(job.account));
  const run = await scratch.beginPlan(draft, lock);
  const told = tellPlanned(job);
  const planner = plannerOf(job, rows, randomBytes(12).toString('hex'));
  const whole = await writePlan(planner, rows.source.rows(), {
    ledger: scratch,
    run,
    policy: job.policy,
    history:
      known && account !== null
        ? { ledger: known, account, scope: draft.scope, reaches: draft.reaches }
        : null,
    signal: world.stopping,
    onRows: told.onRows,
  });
  if (!whole) throw interruptedWhilePlanning(world);
  await told.end();
  return { kind: 'planned', run };
}
