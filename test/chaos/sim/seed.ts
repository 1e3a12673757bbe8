import type { Clock } from '../../../src/core/clock.js';
import type { Ledger, Lock, PlanPolicy, Run } from '../../../src/core/ledger.js';
import { seeded } from '../../../src/core/twin.js';
import type { Database } from '../../../src/ledger/sqlite/engine.js';
import type { SharedDatabase } from './database.js';
import { handleOf } from './handle.js';
import { Meddler, type Weather } from './meddler.js';
import type { OperationKind } from './operation.js';
import { Oracle } from './oracle.js';
import * as programs from './programs.js';
import type { LeadFile } from './leads.js';
import { type Manner, type Parts, type Program, realParts } from './programs.js';
import { Vendor } from './vendor.js';
import { beginning, Machine, Process, World } from './world.js';

/** A client with one thing wrong. */
export interface Client {
  readonly parts?: Partial<Parts>;
  /** Its ledger, in front of the real one. */
  readonly ledger?: (ledger: Ledger, raw: Database, clock: Clock) => Ledger;
  /** Changes to the tables, made before the seed and undone by nobody: such a client has a database of its own. */
  readonly prepare?: (raw: Database) => void;
}

/** A story to be told, before anything of it happens. */
export interface Plot {
  readonly kind: OperationKind;
  readonly machines: number;
  readonly files: readonly LeadFile[];
  readonly weather: Weather;
  /** Share of requests that meet trouble. */
  readonly trouble: number;
  readonly queues: boolean;
  readonly grouping: boolean;
  /** One list of commands for each operator. */
  readonly operators: readonly (readonly Command[])[];
}

export interface Command {
  readonly do: 'push' | 'resume' | 'work' | 'reconcile' | 'resolve' | 'block' | 'unblock';
  /** Before it begins, in ms. */
  readonly after: number;
  readonly operation: string;
  readonly file: LeadFile;
  readonly policy: PlanPolicy;
  readonly phones: readonly string[];
  readonly manner: Manner;
}

export interface Told {
  readonly seed: number;
  readonly failures: readonly string[];
  readonly trace: readonly string[];
  readonly contacts: number;
  readonly steps: number;
}

/** A seed that takes more steps than this goes round in circles. */
const mostSteps = 20_000;

/** Tells the story of one seed in an empty ledger. */
export async function tell(
  database: SharedDatabase,
  seed: number,
  plotOf: (seed: number) => Plot,
  client: Client = {},
  tracing = false,
): Promise<Told> {
  const chance = Math.random;
  const luck = seeded('chance', seed);
  Math.random = () => luck.next();
  try {
    return await new Tale(database, seed, plotOf(seed), client, tracing).tell();
  } finally {
    Math.random = chance;
    database.empty();
  }
}

class Tale {
  readonly #world: World;
  readonly #oracle: Oracle;
  readonly #vendor: Vendor;
  readonly #machines: Machine[];
  readonly #meddler: Meddler;
  #account = '';
  #open = 0;

  constructor(
    private readonly database: SharedDatabase,
    private readonly seed: number,
    private readonly plot: Plot,
    private readonly client: Client,
    tracing: boolean,
  ) {
    this.#world = new World(seed, tracing);
    this.#oracle = new Oracle(this.#world, (lock) => this.#holds(lock));
    this.#vendor = new Vendor(this.#world, plot.trouble, plot.kind === 'dedupes', plot.queues, this.#oracle);
    this.#oracle.vendor = this.#vendor;
    this.#machines = Array.from(
      { length: plot.machines },
      (_, n) => new Machine(['desk', 'shop'][n] ?? `desk${n}`),
    );
    this.#meddler = new Meddler(this.#world, this.#oracle, database, plot.weather);
    for (const { phones } of plot.files)
      for (const phone of phones)
        if (phone && phones.indexOf(phone) !== phones.lastIndexOf(phone)) this.#oracle.repeats(phone);
  }

  async tell(): Promise<Told> {
    const { kind, files, operators } = this.plot;
    this.#world.say(
      { name: 'plot' },
      `${kind}; ${files.map((file) => `${file.name}: ${leadsIn(file)}`).join('; ')}`,
    );
    const judge = new Process(this.#world, this.#machine(0), 'the judge');
    const root = this.#ledgerOf(judge, {});
    this.#account = await root.account(programs.accountRef);
    this.#meddler.begin();
    for (const [n, commands] of operators.entries()) this.#begin(this.#operate(n, commands));
    await this.#run(true);
    this.#meddler.end();
    await this.#run(false);
    this.#vendor.trouble = 0;
    for (let round = 0; round < 3; round += 1) {
      this.#begin(this.#goOnEverywhere(root));
      await this.#run(false);
    }
    await this.#oracle.judge(root, await root.runs(100));
    for (const { bug } of this.#meddler.processes)
      if (bug) this.#oracle.fail(`a bug: ${bug instanceof Error ? bug.message : JSON.stringify(bug)}`);
    const { failures } = this.#oracle;
    return {
      seed: this.seed,
      failures,
      trace: this.#world.trace ?? [],
      contacts: this.#vendor.contacts.length,
      steps: this.#world.steps,
    };
  }

  #machine(n: number): Machine {
    const machine = this.#machines[n % this.#machines.length];
    if (!machine) throw new Error('a world without machines');
    return machine;
  }

  #begin(task: Promise<void>): void {
    this.#open += 1;
    void task.then(
      () => (this.#open -= 1),
      (error: unknown) => {
        this.#open -= 1;
        this.#oracle.fail(`the simulation itself: ${String(error)}`);
      },
    );
  }

  /** Steps until everybody is through. */
  async #run(meddling: boolean): Promise<void> {
    for (let idle = 0; this.#open > 0;) {
      if (meddling) this.#meddler.meddle();
      if (await this.#world.step()) idle = 0;
      else if ((idle += 1) > 3) return this.#oracle.fail('everybody waits for somebody else');
      if (this.#world.steps > mostSteps) return this.#oracle.fail('it never comes to an end');
      if (meddling && this.#world.time > 900_000) return;
    }
  }

  #ledgerOf(process: Process, client: Client): Ledger {
    const { database } = this;
    const { ledger, group } = database.ledgerFor(
      {
        clock: this.#clockOf(process),
        host: process.machine.name,
        processAlive: ({ id, host }) => (host === process.machine.name ? this.#lives(id) : null),
      },
      this.plot.grouping,
    );
    if (group) this.#world.groups.add(group);
    return client.ledger?.(ledger, database.raw, process.clock) ?? ledger;
  }

  /** Several machines share a ledger on a server, and the server's clock counts; one has a file, and its own clock. */
  #clockOf({ clock }: Process): Clock {
    return this.#machines.length > 1 ? { ...clock, now: () => beginning + this.#world.time } : clock;
  }

  #holds({ name, owner, epoch }: Lock): boolean {
    const held = 'select 1 from locks where name = ? and owner = ? and epoch = ?';
    return this.database.prepared(held).get(name, owner.id, epoch) !== undefined;
  }

  #lives(id: string): boolean {
    return this.#meddler.processes.find((process) => process.id === id)?.alive ?? false;
  }

  async #operate(n: number, commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      await this.#world.sleep(null, command.after, 'somebody types a command');
      await this.#start(this.#machine(n), command.do, command.manner, (program) =>
        this.#command(program, command),
      );
    }
  }

  /** A program from its start to its end. */
  async #start(
    machine: Machine,
    what: string,
    manner: Manner,
    task: (program: Program) => Promise<void>,
  ): Promise<void> {
    const process = new Process(this.#world, machine, what);
    this.#meddler.processes.push(process);
    const cut = new AbortController();
    this.#meddler.cuts.set(process, cut);
    const real = this.#ledgerOf(process, this.client);
    const ledger = handleOf(real, process, this.#oracle, this.#meddler, this.plot.grouping);
    const parts = { ...realParts, ...this.client.parts };
    const { kind } = this.plot;
    const program = {
      process,
      ledger,
      vendor: this.#vendor,
      oracle: this.#oracle,
      account: this.#account,
      kind,
      manner,
      parts,
      cut: cut.signal,
    };
    await process.run(() => task(program));
    const requests = manner.concurrency * (this.plot.grouping ? 1 : 2);
    this.#oracle.left(process, manner.items * requests);
  }

  async #command(program: Program, command: Command): Promise<void> {
    switch (command.do) {
      case 'push':
        return programs.push(program, command.operation, command.file, command.policy);
      case 'block':
        return programs.block(program, command.phones);
      case 'unblock':
        return programs.unblock(program, command.phones);
      case 'resume':
      case 'work':
      case 'reconcile':
      case 'resolve': {
        const run = await this.#someRun(program, command.do === 'reconcile' || command.do === 'resolve');
        return run ? programs[command.do](program, run) : undefined;
      }
    }
  }

  /** A run somebody has a reason to look after, if there is one. */
  async #someRun({ ledger }: Program, doubtful: boolean): Promise<Run | null> {
    const sealed = (await ledger.runs(10)).filter(({ sealedAt }) => sealedAt !== null);
    for (const run of sealed) {
      const counts = await ledger.counts(run.id);
      if ((doubtful ? counts['in-doubt'] : counts.ready) > 0) return run;
    }
    return sealed[this.#world.random.between(0, Math.max(0, sealed.length - 1))] ?? null;
  }

  /** Liveness: in fair weather everything that is not in doubt comes to its end. */
  async #goOnEverywhere(root: Ledger): Promise<void> {
    const manner: Manner = { items: 4, concurrency: 1, perSecond: 1_000, reader: 0 };
    for (const run of await root.runs(100)) {
      if (run.sealedAt === null) continue;
      const { ready, sending } = await root.counts(run.id);
      if (ready + sending === 0) continue;
      await this.#start(this.#machine(0), `resume ${run.source.name}`, manner, (program) =>
        programs.resume(program, run, 200_000),
      );
    }
  }
}

const leadsIn = ({ phones, seconds }: LeadFile): string =>
  phones.map((phone, at) => [phone, ...(seconds[at] ? [seconds[at]] : [])].join('+')).join(' ');
