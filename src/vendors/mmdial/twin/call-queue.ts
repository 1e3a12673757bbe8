interface Entry {
  readonly at: number;
  readonly lead: number;
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.lead < b.lead);

/** Calls to be made, soonest first; at most one for each lead. */
export class CallQueue {
  #entries: Entry[] = [];
  #leads = new Set<number>();

  constructor(entries: readonly Entry[] = []) {
    for (const { lead, at } of entries) this.put(lead, at);
  }

  get size(): number {
    return this.#entries.length;
  }

  /** A lead that is waiting waits for its new time instead. */
  put(lead: number, at: number): void {
    if (this.#leads.has(lead)) this.#entries = this.#entries.filter((entry) => entry.lead !== lead);
    this.#leads.add(lead);
    const entry = { at, lead };
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = this.#entries[middle];
      if (there && before(there, entry)) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, entry);
  }

  /** Takes out the soonest call that is due; undefined where none is. */
  take(now: number): Entry | undefined {
    const [first] = this.#entries;
    if (!first || first.at > now) return undefined;
    this.#entries.shift();
    this.#leads.delete(first.lead);
    return first;
  }

  entries(): readonly Entry[] {
    return this.#entries;
  }
}
