import type { Kysely, Transaction } from 'kysely';
import type { Clock } from '../core/clock.js';
import type { Owner } from '../core/ledger.js';
import { hindrance, ledgerError, type Hindrance } from './errors.js';
import type { Flavour, Gate } from './flavour.js';
import type { GroupCommit } from './group.js';
import type { Schema } from './schema.js';
import type { Phase } from './telling.js';

export type Db = Kysely<Schema>;

/** How long to wait for another process, or for a lost connection, before giving up; ms. */
const patienceMs = 10_000;

/** How often to look again where another process was quicker between looking and writing. */
const races = 10;

/** What the ledger is told about the world it lives in. */
export interface World {
  readonly clock: Clock;
  readonly host: string;
  /** Whether a lock's holder still runs; null where it cannot be told (another host). */
  readonly processAlive: (owner: Owner) => boolean | null;
}

/** A transaction and what the statements in it need to know. */
export interface Tx {
  readonly db: Transaction<Schema>;
  readonly flavour: Flavour;
  /** Wall clock, ms; one moment for the whole transaction. The server's where there is one. */
  readonly now: number;
}

/** How a unit of work is to be carried out. */
export interface Effort {
  /** Passed before its first statement, in this order. */
  readonly gates?: readonly Gate[];
  /** To do it once more after it was committed changes nothing: then a commit nobody answered is no reason to stop. */
  readonly repeatable?: boolean;
  /** What would be lost exists nowhere else: it waits a minute, also for room on a full disk. */
  readonly insistent?: boolean;
}

const insistentMs = 60_000;

/** An open database: runs units of work, waits where another process is in the way, explains what cannot be mended by waiting. */
export class Store {
  readonly where: string;
  readonly flavour: Flavour;
  readonly world: World;
  readonly #db: Db;
  readonly #dispose: () => Promise<void>;
  /** Where given, writes asked for at once share a commit. */
  group: GroupCommit | null = null;
  readonly #retries = new Queue();
  /** Throws `ledger.replaced` where the ledger is no longer what was opened: asked before anything new may leave. */
  stillThere: () => void = () => undefined;
  phase: Phase = 'open';

  constructor(where: string, db: Db, flavour: Flavour, world: World, dispose: () => Promise<void>) {
    this.where = where;
    this.#db = db;
    this.flavour = flavour;
    this.world = world;
    this.#dispose = dispose;
  }

  /** Statements that change nothing. */
  read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return this.patiently(() => work(this.#db), { repeatable: true });
  }

  /** All of it or nothing, on disk when it resolves. The work may run again from its start, so it must have no side effect. */
  write<T>(work: (tx: Tx) => Promise<T>, effort: Effort = {}): Promise<T> {
    const { flavour, world } = this;
    const unit = async (db: Transaction<Schema>): Promise<T> =>
      work({ db, flavour, now: await flavour.enter(db, effort.gates ?? [], world.clock) });
    const { group } = this;
    if (group) return this.patiently(() => group.run(unit), effort, this.#retries);
    return this.patiently(() => this.#db.transaction().execute(unit), effort);
  }

  /** Now, by the clock that `Tx.now` is of; for statements that only read. */
  now(db: Db): Promise<number> {
    return this.flavour.now(db, this.world.clock);
  }

  /** Tries until nothing is in the way. Between tries this process goes on: it may be the one in the way. */
  async patiently<T>(task: () => Promise<T>, effort: Effort = {}, queue?: Queue): Promise<T> {
    const { clock } = this.world;
    const until = clock.monotonic() + (effort.insistent ? insistentMs : patienceMs);
    let place: Place | null = null;
    try {
      for (let overtaken = 0; ;) {
        let why: Hindrance | null;
        try {
          return await task();
        } catch (error) {
          why = hindrance(error);
          if (why === 'overtaken') overtaken += 1;
          const patient = overtaken <= races && clock.monotonic() < until;
          if (!patient || !this.#mayTryAgain(why, effort)) throw ledgerError(error, this.where, this.phase);
        }
        place ??= queue?.join() ?? null;
        await clock.sleep(pauses[why ?? 'busy'] * (0.1 + Math.random()));
        await place?.mine;
      }
    } finally {
      place?.leave();
    }
  }

  #mayTryAgain(why: Hindrance | null, effort: Effort): boolean {
    if (why === 'busy' || why === 'overtaken') return true;
    if (why === 'lost') return this.phase === 'use';
    if (why === 'unknown') return effort.repeatable ?? false;
    return why === 'full' && (effort.insistent ?? false);
  }

  async close(): Promise<void> {
    await this.group?.idle();
    await this.#db.destroy();
    await this.#dispose();
  }
}

interface Place {
  /** Resolves when all who joined before have left. */
  readonly mine: Promise<unknown>;
  leave(): void;
}

/**
 * Who shared a commit that failed tries again in the same order: a claim that was to be committed with what it follows is
 * not on disk before it.
 */
class Queue {
  #last: Promise<unknown> = Promise.resolve();

  join(): Place {
    const mine = this.#last;
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => (leave = resolve));
    this.#last = mine.then(() => left);
    return { mine, leave };
  }
}

/** About how long to wait before the next try, in ms. */
const pauses: Record<Hindrance, number> = { busy: 20, overtaken: 5, lost: 300, unknown: 300, full: 1_000 };
