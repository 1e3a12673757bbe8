import type { Clock } from '../../../src/core/clock.js';
import { UserError } from '../../../src/core/errors.js';
import type { Ledger, PlanPolicy, Run } from '../../../src/core/ledger.js';
import type { Place } from '../../../src/core/place.js';
import type { Sender, VendorContext } from '../../../src/core/vendor.js';
import { blockForGood } from '../../../src/engine/do-not-call.js';
import { keepLock, lockName, takeLock, type HeldLock } from '../../../src/engine/hold.js';
import type { Ended, Job, World } from '../../../src/engine/job.js';
import { absentWitness } from '../../../src/core/witness.js';
import { push as pushRows } from '../../../src/engine/push.js';
import { reconcileRun } from '../../../src/engine/reconcile.js';
import { resume as resumeRun } from '../../../src/engine/run.js';
import { rowsIn, type LeadFile } from './leads.js';
import { operationOf, type OperationKind } from './operation.js';
import type { Oracle } from './oracle.js';
import { SimulatedSender, type Vendor } from './vendor.js';
import type { Process } from './world.js';

/** How fast a program sends, and how well it is read. */
export interface Manner {
  readonly items: number;
  readonly concurrency: number;
  readonly perSecond: number;
  /** Longest its reader takes for a row, in ms; null: the reader goes away at the first row. */
  readonly reader: number | null;
}

/** Parts a known-bad client has wrong. */
export interface Parts {
  readonly blockForGood: typeof blockForGood;
  /** What a client makes of the vendor's answers. */
  readonly sender: (honest: Sender) => Sender;
  /** The clock the engine goes by. */
  readonly clock: (right: Clock) => Clock;
}

export const realParts: Parts = { blockForGood, sender: (honest) => honest, clock: (right) => right };

/** A program in the middle of the simulation, with everything a command of the real one has. */
export interface Program {
  readonly process: Process;
  readonly ledger: Ledger;
  readonly vendor: Vendor;
  readonly oracle: Oracle;
  readonly account: string;
  readonly kind: OperationKind;
  readonly manner: Manner;
  readonly parts: Parts;
  /** Told to stop at once. */
  readonly cut: AbortSignal;
}

/** The account everybody pushes to. */
export const accountRef = { vendor: 'simulated', name: 'one', aliases: [] };

/** How long another program is waited for, in ms. */
const waitLockMs = 4_000;

function worldOf({ process, parts }: Program): World {
  const { stopping, machine } = process;
  return {
    clock: parts.clock(process.clock),
    stopping: stopping.signal,
    signal: () => (stopping.signal.aborted ? 'SIGTERM' : null),
    owner: () => Promise.resolve({ id: process.id, host: machine.name, pid: 1, started: '' }),
    witness: () => Promise.resolve(absentWitness('A simulated machine has one ledger only.')),
  };
}

const usual: PlanPolicy = { recontact: { mode: 'never', afterMs: 0 }, allowDuplicates: false };

/** One operation, and how this program does it, as a command makes it of flags and profile. */
function jobOf(program: Program, operation: string, plan: PlanPolicy): Job {
  const { kind, vendor, process, manner, parts } = program;
  const context = contextOf(process);
  return {
    place: {
      command: (words: string) => words,
      ledger: { shown: 'one', kind: 'server' },
    } as unknown as Place,
    profile: 'simulated',
    vendor: 'simulated',
    operation: {
      ...operationOf(operation, kind, vendor, process),
      open: () => Promise.resolve(parts.sender(senderOf(program))),
    },
    options: {},
    account: accountRef,
    keyMark: null,
    context,
    policy: {
      ...plan,
      items: manner.items,
      bytes: 100_000,
      perSecond: manner.perSecond,
      concurrency: manner.concurrency,
      limit: null,
      canary: null,
      maxErrors: null,
      readsBack: process.world.chance(0.3),
      waitLockMs,
      contact: { profile: 'simulated', window: [], timezone: null, listMaxAgeMs: null },
    },
    questions: { confirmStart: () => Promise.resolve(), confirmRest: () => Promise.resolve(true) },
    tell: (event) => (event.kind === 'rows' ? reading(program) : undefined),
  };
}

function senderOf({ vendor, process, oracle, manner, cut }: Program): Sender {
  const heard = manner.concurrency === 1 ? oracle : null;
  return new SimulatedSender(
    vendor,
    process,
    (ref) => oracle.runOf(ref),
    cut,
    (letter) => heard?.told(letter),
  );
}

const contextOf = ({ clock, stopping }: Process): VendorContext => ({
  settings: {
    url: '',
    perSecond: null,
    concurrency: null,
    timeoutMs: null,
    account: null,
    secrets: {},
    values: {},
  },
  http: { send: () => Promise.reject(new Error('there is no network')) },
  clock,
  signal: stopping.signal,
  warn: () => undefined,
});

async function reading({ manner, process }: Program): Promise<void> {
  if (manner.reader === null)
    throw new UserError({ code: 'output.closed', message: 'Nobody reads', exit: 1 });
  if (manner.reader > 0) await process.clock.sleep(process.world.random.between(0, manner.reader));
}

/** `salesq <vendor> <operation> <file>`: goes on with the run of these bytes, or plans a new one, and sends it. */
export async function push(
  program: Program,
  operation: string,
  file: LeadFile,
  policy: PlanPolicy,
): Promise<void> {
  const job = jobOf(program, operation, policy);
  await report(program, await pushRows(worldOf(program), program.ledger, job, rowsIn(file)));
}

/** The end is told, and that it was: the last thing a command does. */
async function report({ ledger, process }: Program, { run, counts, stop }: Ended): Promise<void> {
  if (stop) process.world.say(process, `stops: ${stop.code}`);
  if (stop?.kind !== 'lock-lost' && counts.ready + counts.sending === 0) await ledger.markReported(run.id);
}

/** `salesq runs resume <run>`. */
export const resume = async (program: Program, run: Run, waitMs = waitLockMs): Promise<void> =>
  goOn(program, run, await hold(program, run, waitMs));

/** `salesq runs work <run>`. */
export async function work(program: Program, run: Run): Promise<void> {
  const { ledger, process } = program;
  const lock = await ledger.join(run.id, await worldOf(program).owner());
  await goOn(program, run, keepLock(process.clock, ledger, lock));
}

async function goOn(program: Program, run: Run, held: HeldLock): Promise<void> {
  try {
    const job = jobOf(program, run.operation, usual);
    await report(program, await resumeRun(worldOf(program), program.ledger, held, job, run, true));
  } finally {
    await held.release();
  }
}

const hold = (program: Program, run: Run, waitMs: number): Promise<HeldLock> =>
  takeLock(
    worldOf(program),
    program.ledger,
    lockName(program.account, run.operation),
    waitMs,
    () => undefined,
  );

/** `salesq runs reconcile <run>`. */
export async function reconcile(program: Program, run: Run): Promise<void> {
  const { ledger, process, vendor, kind } = program;
  const held = await hold(program, run, waitLockMs);
  try {
    await ledger.recover(run.id, held.lock);
    await reconcileRun({
      ledger,
      lock: held.lock,
      run,
      operation: operationOf(run.operation, kind, vendor, process),
      options: {},
      context: contextOf(process),
      clock: process.clock,
      probe: false,
      wait: process.world.chance(0.7),
      stopping: process.stopping.signal,
    });
  } finally {
    await held.release();
  }
}

/** `salesq runs resolve <run>`: a person who asked the vendor, and knows that what may still come is no absence. */
export async function resolve(program: Program, run: Run): Promise<void> {
  const { ledger, vendor, oracle, process } = program;
  for await (const { row, ref } of ledger.rows(run.id, { states: ['in-doubt'] })) {
    const arrived = vendor.has(ref) !== null;
    if (!arrived && (vendor.mayStillApply(ref) || oracle.heldYoung(ref))) continue;
    const gaveUp = process.world.chance(0.3);
    await ledger.resolve(
      run.id,
      row,
      gaveUp ? 'abandoned' : arrived ? 'delivered' : 'not-sent',
      'Asked the vendor.',
    );
  }
}

/** `salesq dnc add`. */
export async function block(program: Program, phones: readonly string[]): Promise<void> {
  const { ledger, process, oracle, parts } = program;
  const entries = phones.map((phone) => ({ phone, reason: 'Asked.' }));
  const { underWay } = await parts.blockForGood(ledger, process.clock, entries, process.stopping.signal);
  oracle.added(phones, new Set(underWay.map(({ phone }) => phone)));
  process.world.say(
    process,
    `dnc add returned for ${phones.join(', ')}${underWay.length > 0 ? `, but for ${underWay.length}` : ''}`,
  );
}

/** `salesq dnc remove`. */
export async function unblock({ ledger }: Program, phones: readonly string[]): Promise<void> {
  await ledger.unblock(phones, 'A mistake.');
}
