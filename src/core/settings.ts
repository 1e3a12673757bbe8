import type { Json } from './json.js';

/** A secret in memory. Prints as `[secret]` everywhere; only `reveal()` gives the text. */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/** A vendor's part of a profile, checked and resolved: secrets fetched, durations in milliseconds. */
export interface VendorSettings {
  /** What stands before the documented path; no slash at its end. */
  readonly url: string;
  /** Most requests in a second; null where the profile does not say. */
  readonly perSecond: number | null;
  readonly concurrency: number | null;
  readonly timeoutMs: number | null;
  /** Operator's own name for the vendor account; keeps the history when a token is exchanged. */
  readonly account: string | null;
  readonly secrets: Readonly<Record<string, Secret>>;
  /** The vendor's own settings, by name, defaults filled in. */
  readonly values: Readonly<Record<string, Json>>;
}
