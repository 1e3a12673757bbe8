import type { Delivery, QuarantineCode, Storing } from '../../core/delivery.js';

/** What became of the requests of one receiver. */
export interface WebhookCounts {
  readonly stored: number;
  /** Delivered again: answered, not stored again. */
  readonly known: number;
  /** The ledger refused. */
  readonly failed: number;
  readonly quarantined: Readonly<Record<QuarantineCode, number>>;
  /** Refused and not kept: the quarantine was full. */
  readonly notKept: number;
}

export class Tally {
  failed = 0;
  #stored = 0;
  #known = 0;
  #full = 0;
  readonly #quarantined = { 'webhook.forged': 0, 'webhook.broken': 0, 'webhook.oversize': 0 };

  count({ code }: Delivery, storing: Storing): void {
    if (storing === 'full') this.#full += 1;
    else if (code !== null) this.#quarantined[code] += 1;
    else if (storing === 'stored') this.#stored += 1;
    else this.#known += 1;
  }

  counts(): WebhookCounts {
    return {
      stored: this.#stored,
      known: this.#known,
      failed: this.failed,
      quarantined: { ...this.#quarantined },
      notKept: this.#full,
    };
  }
}
