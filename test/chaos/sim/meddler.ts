import type { CallFate, Meddling } from './handle.js';
import type { SharedDatabase } from './database.js';
import type { Oracle } from './oracle.js';
import type { Machine, Process, World } from './world.js';

/** What goes wrong in a seed, and how often: a share of all steps. */
export interface Weather {
  readonly kill: number;
  readonly freeze: number;
  readonly powerCut: number;
  readonly stop: number;
  readonly jump: number;
  readonly fullDisk: number;
  readonly busy: number;
  readonly unknown: number;
  /** Chance that a program falls asleep right after a claim, before it sends. */
  readonly claimNap: number;
  /** How long a frozen program may stand still, in ms. */
  readonly naps: readonly [number, ...number[]];
}

const anyNap = [200, 3_000, 5_500, 20_000, 90_000] as const;

export const calm: Weather = {
  kill: 0,
  freeze: 0,
  powerCut: 0,
  stop: 0,
  jump: 0,
  fullDisk: 0,
  busy: 0,
  unknown: 0,
  claimNap: 0,
  naps: anyNap,
};

/** Does to programs what the world does to programs. */
export class Meddler implements Meddling {
  readonly processes: Process[] = [];
  readonly cuts = new Map<Process, AbortController>();
  weather: Weather;
  /** Blows left in this seed. */
  left: number;
  #fullUntil = -1;

  constructor(
    private readonly world: World,
    private readonly oracle: Oracle,
    private readonly database: SharedDatabase,
    weather: Weather,
  ) {
    this.weather = weather;
    this.left = weather === calm ? 0 : world.random.between(1, 4);
  }

  /** From here on the disk is what the weather makes of it. */
  begin(): void {
    this.database.fault = (sql) => this.#engineFault(sql);
  }

  #engineFault(sql: string): 'full' | 'busy' | null {
    if (sql === 'begin immediate')
      return this.weather.busy > 0 && this.world.chance(this.weather.busy) ? 'busy' : null;
    if (sql !== 'commit' || this.world.time >= this.#fullUntil) return null;
    for (const process of this.#living()) process.excuse ??= 'full disk';
    return 'full';
  }

  #living(): Process[] {
    return this.processes.filter(({ alive }) => alive);
  }

  /** Between two steps. */
  meddle(): void {
    if (this.left === 0) return;
    const { random } = this.world;
    const { kill, freeze, powerCut, stop, jump, fullDisk } = this.weather;
    let at = random.next();
    const blows: readonly (readonly [number, (victim: Process) => void])[] = [
      [kill, (process) => process.kill('kill -9')],
      [freeze, (process) => this.freeze(process)],
      [powerCut, () => this.#powerCut()],
      [stop, (process) => this.#stop(process)],
      [jump, ({ machine }) => this.#jump(machine)],
      [fullDisk, () => this.#fullDisk()],
    ];
    for (const [chance, blow] of blows) {
      if ((at -= chance) >= 0) continue;
      const living = this.#living();
      const victim = living[random.between(0, Math.max(0, living.length - 1))];
      if (!victim) return;
      this.left -= 1;
      blow(victim);
      return;
    }
  }

  callFate(name: string): CallFate {
    if (this.left === 0) return 'well';
    const { kill, freeze, unknown, claimNap } = this.weather;
    let at = this.world.random.next();
    const fates: readonly (readonly [CallFate, number])[] = [
      ['last', kill],
      ['freeze', freeze + (name === 'claim' ? claimNap : 0)],
      ['unknown', name === 'settle' || name === 'claim' || name === 'block' ? unknown : 0],
    ];
    for (const [fate, chance] of fates) {
      if ((at -= chance) >= 0) continue;
      this.left -= 1;
      return fate;
    }
    return 'well';
  }

  freeze(process: Process): void {
    if (process.frozen || !process.alive) return;
    const { world } = this;
    const ms = world.random.pick(this.weather.naps);
    world.say(process, `is frozen for ${ms} ms`);
    process.frozen = true;
    if (ms > 55_000) process.excuse ??= 'frozen';
    void world.sleep(null, ms, 'thaws').then(() => {
      if (process.alive) world.say(process, 'goes on');
      process.frozen = false;
    });
  }

  #powerCut(): void {
    for (const one of this.#living()) one.kill('power cut');
  }

  #stop(process: Process): void {
    const { world } = this;
    if (process.stopping.signal.aborted) {
      world.say(process, 'is told to stop at once');
      this.cuts.get(process)?.abort();
      return;
    }
    world.say(process, 'is told to stop');
    process.stopping.abort();
  }

  #jump(machine: Machine): void {
    const ms = this.world.random.pick([-3_600_000, -10_000, -1_000, 1_000, 6_000, 70_000, 7_200_000]);
    this.world.say(machine, `sets its clock by ${ms} ms`);
    machine.ahead += ms;
    this.oracle.jumped = true;
  }

  #fullDisk(): void {
    const ms = this.world.random.pick([100, 2_000, 15_000, 70_000]);
    this.world.say(null, `the disk is full for ${ms} ms`);
    this.#fullUntil = this.world.time + ms;
  }

  /** Fair weather: everybody goes on. */
  end(): void {
    this.left = 0;
    this.weather = calm;
    this.#fullUntil = -1;
    for (const process of this.processes) process.frozen = false;
  }
}
