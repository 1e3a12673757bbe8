import { UserError } from '../../../src/core/errors.js';
import type { Ledger, Lock, PlanPolicy, Run } from '../../../src/core/ledger.js';
import type { InputRow, SourceFacts } from '../../../src/core/row.js';
import type { PushOperation } from '../../../src/core/vendor.js';
import { blockForGood } from '../../../src/pipeline/block.js';
import { keepLease } from '../../../src/pipeline/lease.js';
import { writePlan } from '../../../src/pipeline/plan.js';
import { reconcileRun } from '../../../src/pipeline/reconcile.js';
import { sendRun } from '../../../src/pipeline/send.js';
import type { Oracle } from './oracle.js';
import { operationOf, type OperationKind } from './operation.js';
import { SimulatedSender, type Vendor } from './vendor.js';
import type { Process } from './world.js';

/** A file of leads: numbers, some of them no numbers. */
export interface LeadFile {
  readonly name: string;
  readonly phones: readonly (string | null)[];
}

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

interface Held {
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

const ownerOf = ({ process }: Program) => ({ id: process.id, host: process.machine.name, pid: 1, started: '' });

/** As `push` and `runs resume` take it, waiting a little for who has it. */
async function take(program: Program, operation: string, waitMs: number): Promise<Held> {
  const { ledger, account, process } = program;
  const until = process.clock.monotonic() + waitMs;
  for (;;) {
    try {
      return keep(program, await ledger.lock(`push ${account} ${operation}`, ownerOf(program)));
    } catch (error) {
      const waits = error instanceof UserError && error.code === 'run.locked' && process.clock.monotonic() < until;
      if (!waits) throw error;
    }
    await process.clock.sleep(2_000, process.stopping.signal);
    if (process.stopping.signal.aborted) return Promise.reject(stopped());
  }
}

const stopped = (): UserError => new UserError({ code: 'run.interrupted', message: 'Stopped', exit: 130 });

const sourceOf = ({ name, phones }: LeadFile): SourceFacts => ({
  name,
  sha256: name.padEnd(64, '0'),
  bytes: phones.length,
  format: 'csv',
  encoding: 'utf-8',
  delimiter: ';',
});

const columns = ['Phone'];

// eslint-disable-next-line @typescript-eslint/require-await -- a file is read in pieces, this one is in memory
async function* rowsOf({ phones }: LeadFile): AsyncIterable<InputRow> {
  for (const [index, phone] of phones.entries())
    yield { row: index + 1, line: index + 2, columns, values: [phone ?? 'none'], broken: null };
}

/** `salesq <vendor> <operation> <file>`: goes on with the run of these bytes, or plans a new one, and sends it. */
export async function push(program: Program, operation: string, file: LeadFile, policy: PlanPolicy): Promise<void> {
  const held = await take(program, operation, 4_000);
  try {
    const run = (await earlier(program, operation, file, policy)) ?? (await plan(program, operation, file, policy, held));
    if (run) await carry(program, run, held);
  } finally {
    await held.release();
  }
}

async function earlier(
  { ledger, account }: Program,
  operation: string,
  file: LeadFile,
  { recontact }: PlanPolicy,
): Promise<Run | null> {
  for (const run of await ledger.runsOf(account, operation, sourceOf(file).sha256)) {
    const counts = await ledger.counts(run.id);
    const came = counts.delivered + counts['in-doubt'] + counts.rejected + counts.already + counts.abandoned > 0;
    if (counts.ready + counts.sending > 0 || (recontact.mode === 'never' && came)) return run;
  }
  return null;
}

async function plan(
  program: Program,
  operation: string,
  file: LeadFile,
  policy: PlanPolicy,
  { lock, lost }: Held,
): Promise<Run | null> {
  const { ledger, account, kind, process } = program;
  const source = sourceOf(file);
  const id = await ledger.beginPlan(
    {
      account,
      profile: 'simulated',
      vendor: 'simulated',
      operation,
      scope: 'people',
      reachesPerson: true,
      source,
      columns,
      settings: {},
      settingsHash: 'x',
    },
    lock,
  );
  const planner = {
    operation: operationOf(operation, kind, program.vendor, process),
    options: {},
    run: id,
    table: true,
    map: ({ row, values }: InputRow) => {
      const phone = values[0] === 'none' ? null : String(values[0]);
      const problem = { code: 'phone.invalid', message: 'no number' };
      return {
        lead: { row, fields: phone === null ? {} : { Phone: phone }, free: {} },
        phone,
        problems: phone === null ? [{ state: 'invalid' as const, problem }] : [],
      };
    },
  };
  const signal = AbortSignal.any([process.stopping.signal, lost]);
  try {
    const whole = await writePlan(planner, rowsOf(file), {
      ledger,
      run: id,
      policy,
      history: null,
      signal,
      onRows: () => undefined,
    });
    if (!whole) {
      await ledger.discardPlan(id);
      return null;
    }
  } catch (error) {
    await ledger.discardPlan(id);
    throw error;
  }
  if (!(await ledger.heartbeat(lock))) throw new UserError({ code: 'run.lock-lost', message: 'Lost', exit: 11 });
  await ledger.seal(id, source, columns);
  return ledger.run(id);
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
      mayContact: () => true,
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
  if (manner.reader === null) throw new UserError({ code: 'output.closed', message: 'Nobody reads', exit: 1 });
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
        settings: { url: '', perSecond: null, concurrency: null, timeoutMs: null, account: null, secrets: {}, values: {} },
        http: { send: () => Promise.reject(new Error('there is no network')) },
        clock: process.clock,
        signal: process.stopping.signal,
        warn: () => undefined,
      },
      clock: process.clock,
      probe: false,
      wait: process.world.chance(0.5),
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
    await ledger.resolve(run.id, row, gaveUp ? 'abandoned' : arrived ? 'delivered' : 'not-sent', 'Asked the vendor.');
  }
}

/** `salesq dnc add`. */
export async function block(program: Program, phones: readonly string[]): Promise<void> {
  const { ledger, process, oracle, parts } = program;
  const entries = phones.map((phone) => ({ phone, reason: 'Asked.' }));
  const { underWay } = await parts.blockForGood(ledger, process.clock, entries, process.stopping.signal);
  oracle.added(phones, new Set(underWay.map(({ phone }) => phone)));
  process.world.say(process, `dnc add returned for ${phones.join(', ')}${underWay.length > 0 ? `, but for ${underWay.length}` : ''}`);
}

/** `salesq dnc remove`. */
export async function unblock({ ledger }: Program, phones: readonly string[]): Promise<void> {
  await ledger.unblock(phones, 'A mistake.');
}
