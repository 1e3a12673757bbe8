interface Sample {
  readonly at: number;
  readonly done: number;
}

const windowMs = 10_000;
const spacingMs = 250;

/** Rows a second over about the last ten seconds, so that a resumed or throttled run tells the truth soon. */
export class Rate {
  #samples: Sample[] = [];

  /** Tells how much is done at a moment (monotonic ms); returns the rate, or null in the first second. */
  at(now: number, done: number): number | null {
    const newest = this.#samples.at(-1);
    if (!newest || now - newest.at >= spacingMs) this.#samples.push({ at: now, done });
    while (this.#samples.length > 2 && now - (this.#samples[1]?.at ?? now) >= windowMs) this.#samples.shift();
    const oldest = this.#samples[0];
    if (!oldest || now - oldest.at < 1_000) return null;
    return ((done - oldest.done) * 1_000) / (now - oldest.at);
  }

  reset(): void {
    this.#samples = [];
  }
}
