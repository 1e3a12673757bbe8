import type { Clock } from '../../core/clock.js';

/** Time inside the sandbox: starts where it is told, runs `speed` times as fast as outside, and can be pushed on. */
export class VirtualClock {
  #base: number;
  readonly #since: number;

  constructor(
    private readonly clock: Clock,
    private readonly speed: number,
    startMs: number,
  ) {
    this.#base = startMs;
    this.#since = clock.monotonic();
  }

  /** Virtual milliseconds since 1970. */
  now(): number {
    return Math.floor(this.#base + (this.clock.monotonic() - this.#since) * this.speed);
  }

  advance(ms: number): void {
    this.#base += ms;
  }
}
