import { UserError } from '../../../src/core/errors.js';
import type { Ledger, Lock, PlanPolicy, Run } from '../../../src/core/ledger.js';
import type { PushOperation } from '../../../src/core/vendor.js';
import { blockForGood } from '../../../src/pipeline/block.js';
import { keepLease } from '../../../src/pipeline/lease.js';
import { reconcileRun } from '../../../src/pipeline/reconcile.js';
import { sendRun } from '../../../src/pipeline/send.js';
import type { Oracle } from './oracle.js';
import { earlier, plan, type LeadFile } from './planning.js';
import { operationOf, type OperationKind } from './operation.js';
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
  readonly sendRun: typeof sendRun;
  readonly blockForGood: typeof blockForGood;
}

export const realParts: Parts = { sendRun, blockForGood };

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

/** A lock that is kept. */
export interface Held {
  readonly lock: Lock;
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

const keep = (program: Program, lock: Lock): Held => {
  const lease = keepLease(program.ledger, lock, program.process.clock);
  return {
    lock,
    lost: lease.lost,
    release: async () => {
      await lease.end();
      await program.ledger.unlock(lock);
    },
  };
};

const ownerOf = ({ process }: Program) => ({
  id: process.id,
  host: process.machine.name,
  pid: 1,
  started: '',
});

/** As `push` and `runs resume` take it, waiting a little for who has it. */
async function take(program: Program, operation: string, waitMs: number): Promise<Held> {
  const { ledger, account, process } = program;
  const until = process.clock.monotonic() + waitMs;
  for (;;) {
    try {
      return keep(program, await ledger.lock(`push ${account} ${operation}`, ownerOf(program)));
    } catch (error) {
      const waits =
        error instanceof UserError && error.code === 'run.locked' && process.clock.monotonic() < until;
      if (!waits) throw error;
    }
    await process.clock.sleep(2_000, process.stopping.signal);
    if (process.stopping.signal.aborted) return Promise.reject(stopped());
  }
}

const stopped = (): UserError => new UserError({ code: 'run.interrupted', message: 'Stopped', exit: 130 });

/** `salesq <vendor> <operation> <file>`: goes on with the run of these bytes, or plans a new one, and sends it. */
export async function push(
  program: Program,
  operation: string,
  file: LeadFile,
  policy: PlanPolicy,
): Promise<void> {
  const held = await take(program, operation, 4_000);
  try {
    const run =
      (await earlier(program, operation, file, policy)) ??
      (await plan(program, operation, file, policy, held));
    if (run) await carry(program, run, held);
  } finally {
    await held.release();
  }
}

/** T6, and then T1 to T5 until no row is ready and nobody else is sending one. */
async function carry(program: Program, run: Run, { lock, lost }: Held): Promise<void> {
  const { ledger, process, manner, parts } = program;
  await ledger.recover(run.id, lock);
  const { operation, sender } = sending(program, run);
  for (let round = 0; round < 40; round += 1) {
    const stop = await parts.sendRun({
      ledger,
      lock,
      lost,
      run,
      operation,
      options: {},
      sender,
      clock: process.clock,
      items: manner.items,
      bytes: 100_000,
      perSecond: manner.perSecond,
      concurrency: manner.concurrency,
      maxRows: null,
      maxErrors: null,
      closed: () => null,
      stopping: process.stopping.signal,
      onRows: () => reading(program),
    });
    if (stop) return process.world.say(process, `stops: ${stop.code}`);
    const counts = await ledger.counts(run.id);
    if (counts.ready + counts.sending === 0) return;
    await process.clock.sleep(500, process.stopping.signal);
    if (process.stopping.signal.aborted) return;
    await ledger.recover(run.id, lock);
  }
}

function sending(program: Program, run: Run): { operation: PushOperation; sender: SimulatedSender } {
  const { vendor, process, kind, cut } = program;
  const heard = program.manner.concurrency === 1 ? program.oracle : null;
  const sender = new SimulatedSender(vendor, process, run.id, cut, (letter) => heard?.told(letter));
  return { operation: operationOf(run.operation, kind, vendor, process), sender };
}

async function reading({ manner, process }: Program): Promise<void> {
  if (manner.reader === null)
    throw new UserError({ code: 'output.closed', message: 'Nobody reads', exit: 1 });
  if (manner.reader > 0) await process.clock.sleep(process.world.random.between(0, manner.reader));
}

/** `salesq runs resume <run>`. */
export async function resume(program: Program, run: Run, waitMs = 4_000): Promise<void> {
  const held = await take(program, run.operation, waitMs);
  try {
    await carry(program, run, held);
  } finally {
    await held.release();
  }
}

/** `salesq runs work <run>`. */
export async function work(program: Program, run: Run): Promise<void> {
  const held = keep(program, await program.ledger.join(run.id, ownerOf(program)));
  try {
    await carry(program, run, held);
  } finally {
    await held.release();
  }
}

/** `salesq runs reconcile <run>`. */
export async function reconcile(program: Program, run: Run): Promise<void> {
  const { ledger, process, vendor, kind } = program;
  const held = await take(program, run.operation, 4_000);
  try {
    await ledger.recover(run.id, held.lock);
    await reconcileRun({
      ledger,
      lock: held.lock,
      run,
      operation: operationOf(run.operation, kind, vendor, process),
      options: {},
      context: {
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
        clock: process.clock,
        signal: process.stopping.signal,
        warn: () => undefined,
      },
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
