import type { Kysely, Transaction } from 'kysely';
import type { Clock } from '../core/clock.js';
import type { Owner } from '../core/ledger.js';
import { isBusy, ledgerError, type Phase } from './errors.js';
import type { Flavour } from './flavour.js';
import type { GroupCommit } from './group.js';
import type { Schema } from './schema.js';

export type Db = Kysely<Schema>;

/** How long to wait for another process before giving up with `ledger.busy`, in ms. */
const patienceMs = 10_000;

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
  /** Wall clock, ms; one moment for the whole transaction. */
  readonly now: number;
}

/** An open database: runs units of work, waits where another process is in the way, explains what cannot be mended by waiting. */
export class Store {
  readonly where: string;
  readonly flavour: Flavour;
  readonly world: World;
  readonly #db: Db;
  readonly #dispose: () => Promise<void>;
  /** Where given, writes asked for at once share a commit. */
  group: GroupCommit | null = null;
  phase: Phase = 'open';

  constructor(where: string, db: Db, flavour: Flavour, world: World, dispose: () => Promise<void>) {
    this.where = where;
    this.#db = db;
    this.flavour = flavour;
    this.world = world;
    this.#dispose = dispose;
  }

  /** One statement that changes nothing. */
  read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return this.patiently(() => work(this.#db));
  }

  /** All of it or nothing, on disk when it resolves. The work may run again from its start, so it must have no side effect. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { flavour, world } = this;
    const unit = (db: Transaction<Schema>): Promise<T> => work({ db, flavour, now: world.clock.now() });
    return this.patiently(() => this.group?.run(unit) ?? this.#db.transaction().execute(unit));
  }

  /** Tries until no other process is in the way. Between tries this process goes on: it may be the one in the way. */
  async patiently<T>(task: () => Promise<T>): Promise<T> {
    const { clock } = this.world;
    const until = clock.monotonic() + patienceMs;
    for (;;) {
      try {
        return await task();
      } catch (error) {
        if (!isBusy(error) || clock.monotonic() >= until) throw ledgerError(error, this.where, this.phase);
      }
      await clock.sleep(2 + Math.random() * 20);
    }
  }

  async close(): Promise<void> {
    await this.group?.idle();
    await this.#db.destroy();
    await this.#dispose();
  }
}
