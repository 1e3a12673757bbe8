import type { LedgerMoves } from './desk.js';
import type { Contact } from './vendors.js';

/** What a ledger, or a machine, knows. */
class Memory {
  constructor(
    /** `vendor number`, and by how many days the clock was wrong then. */
    readonly contacts = new Map<string, number>(),
    readonly optOuts = new Set<string>(),
    /** The latest clock by which anything was written into it, in days that it was wrong. */
    public newest = Number.NEGATIVE_INFINITY,
  ) {}

  copy(): Memory {
    return new Memory(new Map(this.contacts), new Set(this.optOuts), this.newest);
  }
}

const keyOf = ({ vendor, number }: Pick<Contact, 'vendor' | 'number'>): string => `${vendor} ${number ?? ''}`;

/**
 * What the program may be held to. A ledger knows what was done with it, also where it is copied or put back; a machine
 * knows what was done on it, whatever became of the ledger, until its operator adopts a ledger that knows less.
 */
export class Knowledge implements LedgerMoves {
  readonly #ledgers = new Map<string, Memory>();
  readonly #machines = new Map<string, Memory>();
  /** Contacts that were asked for once more. */
  readonly #asked = new Map<string, number>();

  has(ledger: string): boolean {
    return this.#ledgers.has(ledger);
  }

  copied(from: string, to: string): void {
    const memory = this.#ledgers.get(from);
    if (memory) this.#ledgers.set(to, memory.copy());
  }

  gone(ledger: string): void {
    this.#ledgers.delete(ledger);
  }

  /** The operator wants this number contacted again. */
  ask(vendor: Contact['vendor'], number: string): void {
    const key = keyOf({ vendor, number });
    this.#asked.set(key, (this.#asked.get(key) ?? 0) + 1);
  }

  /**
   * Whether a contact with this number was one too many; an asked-for one is used up.
   * @param after days after which the operator wants people contacted again, by the clock of the machine
   */
  isTwice(contact: Contact, where: Where, after = Number.POSITIVE_INFINITY): boolean {
    const key = keyOf(contact);
    const before = [this.#ledger(where), this.#machine(where)].flatMap(
      ({ contacts }) => contacts.get(key) ?? [],
    );
    if (before.every((clock) => where.clock - clock >= after)) return false;
    const asked = this.#asked.get(key) ?? 0;
    if (asked > 0) this.#asked.set(key, asked - 1);
    return asked === 0;
  }

  isOptedOut(number: string, where: Where): boolean {
    return [this.#ledger(where), this.#machine(where)].some(({ optOuts }) => optOuts.has(number));
  }

  /** Whether the machine's clock is behind what stands in the ledger: then nobody can tell what is long ago. */
  isBehind(where: Where): boolean {
    return where.clock < this.#ledger(where).newest;
  }

  /** The operator says that the clock is right. */
  clockAdopted(where: Where): void {
    this.#ledger(where).newest = where.clock;
  }

  contacted(contact: Contact, where: Where): void {
    for (const memory of [this.#ledger(where), this.#machine(where)])
      memory.contacts.set(keyOf(contact), where.clock);
  }

  optedOut(number: string, where: Where): void {
    for (const memory of [this.#ledger(where), this.#machine(where)]) memory.optOuts.add(number);
  }

  optedIn(number: string, where: Where): void {
    for (const memory of [this.#ledger(where), this.#machine(where)]) memory.optOuts.delete(number);
  }

  /** A ledger was made or used there. */
  used(where: Where): void {
    const memory = this.#ledgers.get(where.ledger) ?? new Memory();
    memory.newest = Math.max(memory.newest, where.clock);
    this.#ledgers.set(where.ledger, memory);
  }

  /** What this machine knew beyond the ledger is given up. */
  adopted(where: Where): void {
    if (where.home !== null) this.#machines.set(where.home, this.#ledger(where).copy());
  }

  /**
   * A machine that knew of no loss has gone on with a ledger: what others have lost with it cannot be told any more, for
   * the figures have grown past it.
   */
  overtaken(where: Where): void {
    const here = this.#ledger(where);
    for (const [home, memory] of this.#machines) {
      if (home === where.home) continue;
      for (const key of memory.contacts.keys()) if (!here.contacts.has(key)) memory.contacts.delete(key);
      for (const number of memory.optOuts) if (!here.optOuts.has(number)) memory.optOuts.delete(number);
    }
  }

  #ledger({ ledger }: Where): Memory {
    return this.#ledgers.get(ledger) ?? new Memory();
  }

  #machine({ home }: Where): Memory {
    if (home === null) return new Memory();
    const known = this.#machines.get(home) ?? new Memory();
    this.#machines.set(home, known);
    return known;
  }
}

/** Which ledger and which machine a command works with. */
export interface Where {
  readonly ledger: string;
  /** Null for a machine that has nowhere to keep a witness. */
  readonly home: string | null;
  /** Days by which its clock is wrong. */
  readonly clock: number;
}
