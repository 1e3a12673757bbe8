import type { Clock } from '../core/clock.js';

/** Gives out the moments at which a request may leave: evenly spaced, shared by all workers of a run. */
export class Pacer {
  #next = 0;

  /** `perSecond` may be a fraction or Infinity. */
  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
  ) {}

  /** Waits for the next moment; returns early when the signal aborts. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = this.clock.monotonic();
    const at = Math.max(now, this.#next);
    this.#next = at + 1000 / this.perSecond;
    if (at > now) await this.clock.sleep(at - now, signal);
  }

  /** Takes a turn that is due now; false where one has to wait. */
  due(): boolean {
    const now = this.clock.monotonic();
    if (this.#next > now) return false;
    this.#next = now + 1000 / this.perSecond;
    return true;
  }

  /** Nobody's turn comes before `ms` from now. */
  pause(ms: number): void {
    this.#next = Math.max(this.#next, this.clock.monotonic() + ms);
  }
}
