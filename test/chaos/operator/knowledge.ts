import { namesOf, type LedgerMoves, type Labels } from './desk.js';
import type { Contact } from './vendors.js';

/** What a ledger, or a machine, knows. */
class Memory {
  constructor(
    /** `vendor number account`, and by how many days the clock was wrong then. */
    readonly contacts = new Map<string, number>(),
    readonly optOuts = new Set<string>(),
    /** Vendors whose account was called another one although it was only renamed: each name is an account since. */
    readonly parted = new Set<Contact['vendor']>(),
    /** The latest clock by which anything was surely written into it, in days that it was wrong. */
    public newest = Number.NEGATIVE_INFINITY,
    /** The latest clock by which anything may have been written into it. */
    public latest = Number.NEGATIVE_INFINITY,
  ) {}

  copy(): Memory {
    const { contacts, optOuts, parted, newest, latest } = this;
    return new Memory(new Map(contacts), new Set(optOuts), new Set(parted), newest, latest);
  }
}

type Reached = Pick<Contact, 'vendor' | 'number'>;

const personOf = ({ vendor, number }: Reached): string => `${vendor} ${number ?? ''}`;

const keyNamed = (contact: Reached, name: string): string => `${personOf(contact)} ${name}`;

const keyOf = (contact: Reached, { labels }: Where): string => keyNamed(contact, labels[contact.vendor]);

const accountOf = (vendor: Contact['vendor'], { home, labels }: Where): string =>
  `${home ?? ''} ${vendor} ${labels[vendor]}`;

/** Sets of ledgers, by something that begins with a home. */
class Places {
  readonly #sets = new Map<string, Set<string>>();

  of(name: string): readonly string[] {
    return [...(this.#sets.get(name) ?? [])];
  }

  add(name: string, ledger: string): void {
    const known = this.#sets.get(name) ?? new Set<string>();
    this.#sets.set(name, known.add(ledger));
  }

  moved(from: string, to: string): void {
    for (const ledgers of this.#sets.values()) if (ledgers.has(from)) ledgers.add(to);
  }

  forget(home: string): void {
    for (const name of [...this.#sets.keys()])
      if (name === home || name.startsWith(`${home} `)) this.#sets.delete(name);
  }
}

/** A clock that is so many days ahead of the newest entry must be asked about. */
const farAhead = 400;

/**
 * What the program may be held to. A ledger knows what was done with it, also where it is copied or put back; a machine
 * knows what was done on it, whatever became of the ledger, until its operator adopts a ledger that knows less.
 */
export class Knowledge implements LedgerMoves {
  readonly #ledgers = new Map<string, Memory>();
  readonly #machines = new Map<string, Memory>();
  /** Contacts that were asked for once more. */
  readonly #asked = new Map<string, number>();
  /** By home: ledgers that the machine knows it has used. */
  readonly #noted = new Places();
  /** By home and number: ledgers that an opt-out is meant for, as far as the machine knew of them. */
  readonly #awaited = new Places();
  /** By home, vendor and account: ledgers by which it contacted people. */
  readonly #reached = new Places();

  has(ledger: string): boolean {
    return this.#ledgers.has(ledger);
  }

  copied(from: string, to: string): void {
    const memory = this.#ledgers.get(from);
    if (memory) this.#ledgers.set(to, memory.copy());
    for (const places of [this.#noted, this.#awaited, this.#reached]) places.moved(from, to);
  }

  gone(ledger: string): void {
    this.#ledgers.delete(ledger);
  }

  /** The operator wants this number contacted again. */
  ask(vendor: Contact['vendor'], number: string): void {
    const key = personOf({ vendor, number });
    this.#asked.set(key, (this.#asked.get(key) ?? 0) + 1);
  }

  /**
   * Whether a contact with this number was one too many; an asked-for one is used up.
   * @param after days after which the operator wants people contacted again, by the clock of the machine
   */
  isTwice(contact: Contact, where: Where, after = Number.POSITIVE_INFINITY): boolean {
    const [ledger, machine] = [this.#ledger(where), this.#machine(where)];
    const label = where.labels[contact.vendor];
    const isParted = [ledger, machine].some(({ parted }) => parted.has(contact.vendor));
    // Another name and another ledger, both at once, are another account with a ledger of its own.
    const before = [
      ...(isParted ? [label] : namesOf(label)).map((name) => ledger.contacts.get(keyNamed(contact, name))),
      machine.contacts.get(keyNamed(contact, label)),
    ].filter((clock) => clock !== undefined);
    if (before.every((clock) => where.clock - clock >= after)) return false;
    const key = personOf(contact);
    const asked = this.#asked.get(key) ?? 0;
    if (asked > 0) this.#asked.set(key, asked - 1);
    return asked === 0;
  }

  isOptedOut({ number, vendor }: Contact, where: Where): boolean {
    if (number === null) return false;
    if (this.#ledger(where).optOuts.has(number)) return true;
    if (!this.#machine(where).optOuts.has(number)) return false;
    // Another ledger of the account is refused; one that nobody knew of when the opt-out was given knows nothing of it.
    const known = [where.ledger, ...this.#reached.of(accountOf(vendor, where))];
    const awaited = this.#awaited.of(`${where.home ?? ''} ${number}`);
    return known.some((ledger) => awaited.includes(ledger));
  }

  /** Whether the ledger itself has an opt-out. */
  lists(number: string, where: Where): boolean {
    return this.#ledger(where).optOuts.has(number);
  }

  /** Whether the machine's clock is behind what stands in the ledger: then nobody can tell what is long ago. */
  isBehind(where: Where): boolean {
    return where.clock < this.#ledger(where).newest;
  }

  /** Whether the machine's clock is so far ahead of everything in the ledger that everybody would seem long forgotten. */
  isFarAhead(where: Where): boolean {
    const { latest } = this.#ledger(where);
    return latest !== Number.NEGATIVE_INFINITY && where.clock - latest > farAhead;
  }

  /** The operator says that the clock is right. */
  clockAdopted(where: Where): void {
    this.#ledger(where).newest = where.clock;
  }

  /** The operator says that an account of the vendor is another one, of which that is not so. */
  parted(vendor: Contact['vendor'], where: Where): void {
    for (const memory of [this.#ledger(where), this.#machine(where)]) memory.parted.add(vendor);
  }

  contacted(contact: Contact, where: Where): void {
    for (const memory of [this.#ledger(where), this.#machine(where)])
      memory.contacts.set(keyOf(contact, where), where.clock);
    this.#reached.add(accountOf(contact.vendor, where), where.ledger);
  }

  /** The ledger knows of it, and it waits for every other one that the machine knows of. */
  optedOut(number: string, where: Where): void {
    for (const memory of [this.#ledger(where), this.#machine(where)]) memory.optOuts.add(number);
    const home = where.home ?? '';
    for (const ledger of [where.ledger, ...this.#noted.of(home)])
      this.#awaited.add(`${home} ${number}`, ledger);
  }

  optedIn(number: string, where: Where): void {
    for (const memory of [this.#ledger(where), this.#machine(where)]) memory.optOuts.delete(number);
  }

  /**
   * A ledger was made or used there.
   * @param isNoted false where perhaps nothing new was to be noted in it
   */
  used(where: Where, isNoted: boolean): void {
    const memory = this.#ledgers.get(where.ledger) ?? new Memory();
    // A stop always goes, by whatever clock, and is no word on what time it is.
    const isLeap = memory.newest !== Number.NEGATIVE_INFINITY && where.clock - memory.newest > farAhead;
    if (isNoted && !isLeap) memory.newest = Math.max(memory.newest, where.clock);
    memory.latest = Math.max(memory.latest, where.clock);
    this.#ledgers.set(where.ledger, memory);
    if (where.home !== null && memory.contacts.size + memory.optOuts.size > 0)
      this.#noted.add(where.home, where.ledger);
  }

  /** Something was, or may have been, written into a ledger. */
  touched(where: Where): void {
    const memory = this.#ledgers.get(where.ledger);
    if (memory) memory.latest = Math.max(memory.latest, where.clock);
  }

  /** What this machine knew beyond the ledger is given up. */
  adopted(where: Where): void {
    if (where.home === null) return;
    const memory = this.#ledger(where).copy();
    this.#machines.set(where.home, memory);
    for (const places of [this.#noted, this.#awaited, this.#reached]) places.forget(where.home);
    for (const number of memory.optOuts) this.#awaited.add(`${where.home} ${number}`, where.ledger);
    for (const key of memory.contacts.keys()) {
      const [vendor, , label] = key.split(' ');
      this.#reached.add(`${where.home} ${vendor ?? ''} ${label ?? ''}`, where.ledger);
    }
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
  /** What the accounts are called, folded. */
  readonly labels: Labels;
}
