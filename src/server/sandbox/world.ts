import type { Json, JsonObject } from '../../core/json.js';
import type { Twin, TwinFactory } from '../../core/twin.js';
import type { ContactReport, VendorContact } from './people.js';
import { reportContacts } from './people.js';
import { stateProblem } from './state-file.js';

/** The twins of a sandbox, at one time. */
export class World {
  #twins: readonly Twin[];
  /** States of twins that are not running this time: handed on as they are. */
  #absent: JsonObject = {};

  constructor(
    private readonly factories: readonly TwinFactory[],
    private readonly seed: number,
    private readonly now: () => number,
  ) {
    this.#twins = this.#fresh();
  }

  /** The twins, told the time. */
  twins(): readonly Twin[] {
    const now = this.now();
    for (const twin of this.#twins) twin.advance(now);
    return this.#twins;
  }

  /** One twin, told the time; undefined where none has this id. */
  twin(id: string): Twin | undefined {
    return this.twins().find((twin) => twin.id === id);
  }

  contacts(): ContactReport {
    const all = this.twins().flatMap((twin) =>
      twin.contacts().map((contact): VendorContact => ({ ...contact, vendor: twin.id })),
    );
    return reportContacts(all);
  }

  /** As on the first day. */
  reset(): void {
    this.#twins = this.#fresh();
    this.#absent = {};
  }

  save(): JsonObject {
    return { ...this.#absent, ...Object.fromEntries(this.#twins.map((twin) => [twin.id, twin.save()])) };
  }

  /** Throws UserError (exit 6) where a twin does not know its state. */
  load(states: JsonObject): void {
    const left = new Map<string, Json>(Object.entries(states));
    for (const twin of this.#twins) {
      const state = left.get(twin.id);
      left.delete(twin.id);
      if (state === undefined) continue;
      try {
        twin.load(state);
      } catch {
        throw stateProblem(`holds a state of ${twin.id} this version cannot read`);
      }
    }
    this.#absent = Object.fromEntries(left);
  }

  #fresh(): readonly Twin[] {
    return this.factories.map((factory) => factory.create({ seed: this.seed }));
  }
}
