import type { Clock } from '../../../src/core/clock.js';
import { seeded, type Random } from '../../../src/core/twin.js';

/** Something that waits for its turn: a call that has not begun, an alarm that went off. */
interface Gate {
  readonly process: Process | null;
  readonly what: string;
  /** Gates of one bundle are passed together: what a real program asks for in one breath. */
  readonly bundle: string | null;
  readonly since: number;
  readonly pass: () => void;
}

interface Alarm {
  readonly at: number;
  readonly process: Process | null;
  readonly what: string;
  readonly ring: () => void;
}

/** When the world began, by every wall clock that was never touched. */
export const beginning = Date.UTC(2026, 0, 15, 12);

/** How rarely time passes while somebody could act, and at most how much of it (ms): a slow machine. */
const slowness = 0.06;
const longestStall = 6_000;

/** Who had no turn for so long may be taken for dead by others, ms. */
const deathly = 50_000;

/** A computer with a wall clock of its own, which somebody may set. */
export class Machine {
  /** What its wall clock is ahead by, in ms. */
  ahead = 0;
  constructor(readonly name: string) {}
}

/**
 * Time and turns. Nothing happens by itself: everything asynchronous waits at a gate or for an alarm, and the seed decides
 * who goes next. Between two steps all that can run has run, so that a seed always tells the same story.
 */
export class World {
  readonly random: Random;
  /** Milliseconds since the beginning. */
  time = 0;
  steps = 0;
  readonly trace: string[] | null;
  #gates: Gate[] = [];
  #alarms: Alarm[] = [];
  #processes = 0;

  constructor(seed: number, tracing: boolean) {
    this.random = seeded('simulation', seed);
    this.trace = tracing ? [] : null;
  }

  say(who: { readonly name: string } | null, what: string): void {
    this.trace?.push(`${String(this.time).padStart(8)} ms  ${(who?.name ?? 'vendor').padEnd(12)} ${what}`);
  }

  nextProcess(): number {
    return (this.#processes += 1);
  }

  /** Waits for a turn; for ever where the process is dead. */
  enter(process: Process | null, what: string, bundle: string | null = null): Promise<void> {
    return new Promise((pass) => {
      if (process?.alive !== false) this.#gates.push({ process, what, bundle, since: this.time, pass });
    });
  }

  /** Waits until the time has come and the process may act; earlier where the signal says so. */
  sleep(process: Process | null, ms: number, what: string, signal?: AbortSignal): Promise<void> {
    return new Promise((done) => {
      if (process?.alive === false) return;
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        const index = this.#alarms.findIndex(({ ring }) => ring === wake);
        if (index >= 0) this.#alarms.splice(index, 1);
        if (process?.alive !== false)
          this.#gates.push({ process, what, bundle: null, since: this.time, pass: done });
      };
      if (signal?.aborted) return wake();
      signal?.addEventListener('abort', wake);
      this.#alarms.push({ at: this.time + Math.max(0, ms), process, what, ring: wake });
    });
  }

  /** Nothing of a dead process is left to do. */
  forget(process: Process): void {
    this.#gates = this.#gates.filter((gate) => gate.process !== process);
    this.#alarms = this.#alarms.filter((alarm) => alarm.process !== process);
  }

  /** One thing happens. False where nothing ever will again. */
  async step(): Promise<boolean> {
    const able = this.#gates.filter(({ process }) => process?.frozen !== true);
    const stalls = this.#next() - this.time <= longestStall && this.random.next() < slowness;
    if (able.length === 0 || stalls) {
      if (this.#alarms.length > 0) this.#tick();
      else if (able.length === 0) await this.#quiet();
      return this.#alarms.length > 0 || this.#gates.length > 0;
    }
    return this.#pass(able);
  }

  async #pass(able: readonly Gate[]): Promise<boolean> {
    const chosen = able[this.random.between(0, able.length - 1)];
    if (!chosen) return false;
    const { process, bundle } = chosen;
    const going = able.filter(
      (gate) => gate === chosen || (bundle && gate.bundle === bundle && gate.process === process),
    );
    this.#gates = this.#gates.filter((gate) => !going.includes(gate));
    this.steps += 1;
    for (const { since, pass } of going) {
      if (process && this.time - since > deathly) process.excuse ??= 'stood still';
      pass();
    }
    await this.#quiet();
    return true;
  }

  /** Group commits of living programs: they have turns of their own. */
  readonly groups = new Set<{ idle(): Promise<void> }>();

  /** Resolves when everything that can run has run. */
  async #quiet(): Promise<void> {
    await new Promise((done) => setImmediate(done));
    for (const group of this.groups) await group.idle();
    if (this.groups.size > 0) await new Promise((done) => setImmediate(done));
  }

  /** When the next alarm goes off. */
  #next(): number {
    return this.#alarms.reduce((soonest, { at }) => Math.min(soonest, at), Infinity);
  }

  #tick(): void {
    this.time = Math.max(this.time, this.#next());
    for (const alarm of this.#alarms.filter(({ at }) => at <= this.time)) alarm.ring();
  }

  /** True with this chance. */
  chance(of: number): boolean {
    return this.random.next() < of;
  }
}

/** A running program: it may be killed or frozen wherever it waits. */
export class Process {
  readonly id: string;
  readonly name: string;
  readonly clock: Clock;
  readonly stopping = new AbortController();
  alive = true;
  frozen = false;
  /** What was done to it that may leave its rows in doubt; null where it had an undisturbed life. */
  excuse: string | null = null;
  #died: (() => void)[] = [];

  constructor(
    readonly world: World,
    readonly machine: Machine,
    what: string,
  ) {
    const no = world.nextProcess();
    this.id = `process-${no}`;
    this.name = `${machine.name}/${no}`;
    world.say(this, `begins: ${what}`);
    this.clock = {
      now: () => beginning + world.time + machine.ahead,
      monotonic: () => world.time,
      sleep: (ms, signal) => world.sleep(this, ms, 'wakes', signal),
    };
  }

  /** Runs a program to its end, or to the end of the process. An error ends the program, as it ends a command. */
  async run(program: () => Promise<void>): Promise<void> {
    const killed = new Promise<void>((resolve) => this.#died.push(resolve));
    const ended = program().then(
      () => this.world.say(this, 'ends'),
      (error: unknown) => this.#failed(error),
    );
    await Promise.race([killed, ended]);
    this.#end();
  }

  #failed(error: unknown): void {
    const { code } = (error ?? {}) as { code?: unknown };
    this.world.say(this, `ends with ${typeof code === 'string' ? code : String(error)}`);
    if (typeof code !== 'string') this.bug = error;
  }

  /** An error nobody could act on: a bug of ours. */
  bug: unknown = null;

  /** Kill -9: nothing it planned to do happens. */
  kill(why: string): void {
    if (!this.alive) return;
    this.world.say(this, `is killed (${why})`);
    this.excuse ??= why;
    this.#end();
  }

  #end(): void {
    this.alive = false;
    this.world.forget(this);
    for (const tell of this.#died) tell();
  }
}
