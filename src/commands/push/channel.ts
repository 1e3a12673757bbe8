/** Hands records from a push to the printer, one at a time: `put` resolves when the printer took the record. */
export class Channel<T> implements AsyncIterable<T> {
  /** Once `stopping` aborts nobody waits for a reader that stands still: records go unsaid, the ledger has them. */
  constructor(private readonly stopping: AbortSignal) {}

  #waiting: { readonly value: T; readonly taken: () => void }[] = [];
  #wake: (() => void) | null = null;
  #ended = false;
  #gone = false;

  async put(value: T): Promise<void> {
    if (this.#gone) return;
    await new Promise<void>((resolve) => {
      const taken = (): void => {
        this.stopping.removeEventListener('abort', taken);
        resolve();
      };
      this.stopping.addEventListener('abort', taken);
      this.#waiting.push({ value, taken });
      this.#wake?.();
      if (this.stopping.aborted) taken();
    });
  }

  /** No more records come. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next) {
          next.taken();
          yield next.value;
        } else if (this.#ended) return;
        else await new Promise<void>((wake) => (this.#wake = wake));
      }
    } finally {
      this.#gone = true;
      for (const { taken } of this.#waiting) taken();
    }
  }
}
