import { userInfo } from 'node:os';
import {
  sql,
  type Compilable,
  type CompiledQuery,
  type Kysely,
  type QueryResult,
  type Transaction,
} from 'kysely';
import type { Clock } from '../core/clock.js';
import type { Owner } from '../core/ledger.js';
import { obstacleOf, ledgerError, type Obstacle } from './errors.js';
import type { Flavour, Gate, Phase } from './flavour.js';
import type { Schema } from './schema.js';

export type Db = Kysely<Schema>;

/** How long to wait for another process, or for a lost connection, before giving up; ms. */
const patienceMs = 10_000;

/** The same for work that is `insistent`; ms. */
const insistentMs = 60_000;

/** How often to look again where another process changed a row between looking and writing. */
const races = 10;

/** Clock, host and processes, as the program sees them. */
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
export interface WriteOptions {
  /** Gates to pass before the first statement, in this order. */
  readonly gates?: readonly Gate[];
  /** Doing it twice is the same as once: it is tried again where the answer to a commit was lost. */
  readonly repeatable?: boolean;
  /** It exists nowhere else (an answer of a vendor): it is tried for a minute, also while the disk is full. */
  readonly insistent?: boolean;
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
  readonly #retries = new Queue();
  /** Throws `ledger.replaced` where the ledger is no longer what was opened: asked before anything new may leave. */
  mustBeInPlace: () => void = () => undefined;
  phase: Phase = 'open';
  /** The person at work, `user@host`. */
  readonly who: string;

  constructor(where: string, db: Db, flavour: Flavour, world: World, dispose: () => Promise<void>) {
    this.where = where;
    this.#db = db;
    this.flavour = flavour;
    this.world = world;
    this.#dispose = dispose;
    this.who = `${userName()}@${world.host}`;
  }

  /** Statements that change nothing. */
  read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return this.withRetry(() => work(this.#db), { repeatable: true });
  }

  /** All of it or nothing, on disk when it resolves. The work may run again from its start, so it must have no side effect. */
  write<T>(work: (tx: Tx) => Promise<T>, options: WriteOptions = {}): Promise<T> {
    const { flavour, world } = this;
    const unit = async (db: Transaction<Schema>): Promise<T> =>
      work({ db, flavour, now: await flavour.enter(db, options.gates ?? [], world.clock) });
    const { group } = this;
    if (group) return this.withRetry(() => group.run(unit), options, this.#retries);
    return this.withRetry(() => this.#db.transaction().execute(unit), options);
  }

  /** Now, by the clock that `Tx.now` is of; for statements that only read. */
  now(db: Db): Promise<number> {
    return this.flavour.now(db, this.world.clock);
  }

  /**
   * Retries while the database is busy, unreachable or overtaken, for 10 s (a minute where `insistent`). Sleeps between
   * tries, because the lock may belong to another transaction of this process.
   */
  async withRetry<T>(task: () => Promise<T>, options: WriteOptions = {}, queue?: Queue): Promise<T> {
    const { clock } = this.world;
    const until = clock.monotonic() + (options.insistent ? insistentMs : patienceMs);
    let turn: Turn | null = null;
    try {
      for (let overtaken = 0; ;) {
        let why: Obstacle | null;
        try {
          return await task();
        } catch (error) {
          why = obstacleOf(error);
          if (why === 'overtaken') overtaken += 1;
          const patient = overtaken <= races && clock.monotonic() < until;
          if (!patient || !this.#mayTryAgain(why, options)) throw ledgerError(error, this.where, this.phase);
        }
        turn ??= queue?.join() ?? null;
        await clock.sleep(pauses[why ?? 'busy'] * (0.1 + Math.random()));
        await turn?.mine;
      }
    } finally {
      turn?.leave();
    }
  }

  #mayTryAgain(why: Obstacle | null, options: WriteOptions): boolean {
    if (why === 'busy' || why === 'overtaken') return true;
    if (why === 'lost') return this.phase === 'use';
    if (why === 'unknown') return options.repeatable ?? false;
    return why === 'full' && (options.insistent ?? false);
  }

  async close(): Promise<void> {
    await this.group?.idle();
    await this.#db.destroy();
    await this.#dispose();
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** A place in the queue. */
interface Turn {
  /** Resolves when all who joined before have left. */
  readonly mine: Promise<unknown>;
  leave(): void;
}

/**
 * Units that shared a failed commit try again in the same order: a claim that was asked for together with a settlement is
 * not on disk before it.
 */
class Queue {
  #last: Promise<unknown> = Promise.resolve();

  join(): Turn {
    const mine = this.#last;
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => (leave = resolve));
    this.#last = mine.then(() => left);
    return { mine, leave };
  }
}

/** About how long to wait before the next try, in ms. */
const pauses: Record<Obstacle, number> = { busy: 20, overtaken: 5, lost: 300, unknown: 300, full: 1_000 };

type Work<T> = (db: Transaction<Schema>) => Promise<T>;

interface Waiting {
  readonly attempt: (db: Transaction<Schema>) => Promise<Ending>;
  readonly fail: (error: unknown) => void;
}

/** Settles the promise of one unit of work; called when the commit is on disk. */
type Ending = () => void;

/**
 * Commits units of work together: those that arrive while the disk is busy, or in the same turn of the event loop, share
 * one fsync. Each unit has a savepoint: one that throws is undone alone. No promise resolves before the commit.
 */
export class GroupCommit {
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(private readonly db: Db) {}

  run<T>(work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const attempt = async (db: Transaction<Schema>): Promise<Ending> => {
        await sql`savepoint unit`.execute(db);
        try {
          const result = await work(db);
          await sql`release unit`.execute(db);
          return () => resolve(result);
        } catch (error) {
          await undo(db, error);
          return () => reject(asError(error));
        }
      };
      this.#waiting.push({ attempt, fail: reject });
      if (!this.#busy) this.#start();
    });
  }

  /** The rest of this turn of the event loop may still join. */
  #start(): void {
    this.#busy = true;
    setImmediate(() => void this.#drain());
  }

  /** Resolves when nothing is being committed and nothing waits for it. */
  async idle(): Promise<void> {
    while (this.#busy) await new Promise((resolve) => setImmediate(resolve));
  }

  async #drain(): Promise<void> {
    const group = this.#waiting;
    this.#waiting = [];
    try {
      const endings = await this.db.transaction().execute(async (db) => {
        const ended: Ending[] = [];
        for (const { attempt } of group) ended.push(await attempt(db));
        return ended;
      });
      for (const end of endings) end();
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
    this.#busy = false;
    if (this.#waiting.length > 0) this.#start();
  }
}

/** After a full disk the whole transaction is gone, savepoints too: then every unit of it fails with the cause. */
async function undo(db: Transaction<Schema>, cause: unknown): Promise<void> {
  try {
    await sql`rollback to unit`.execute(db);
    await sql`release unit`.execute(db);
  } catch {
    throw cause;
  }
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** Stands for a parameter while a statement is built. */
class Parameter {
  constructor(readonly name: string) {}
}

interface Where {
  readonly db: Db;
}

/**
 * A statement that is built once for each open ledger; afterwards only its parameters are new. For statements of every
 * request: a run of some hundred requests would spend more time on building them than the database on doing them.
 * @param build sees placeholders instead of parameters, so that its text cannot depend on them
 */
export function buildOnce<P extends object, O, W extends Where = Where>(
  build: (where: W, parameters: P) => Compilable<O>,
): (where: W, parameters: P) => Promise<QueryResult<O>> {
  const built = new WeakMap<object, CompiledQuery<O>>();
  return (where, parameters) => {
    const { adapter } = where.db.getExecutor();
    const query = built.get(adapter) ?? build(where, placeholders as P).compile();
    built.set(adapter, query);
    const values = query.parameters.map((value) =>
      value instanceof Parameter ? parameters[value.name as keyof P] : value,
    );
    return where.db.executeQuery({ ...query, parameters: values });
  };
}

const placeholders: unknown = new Proxy({}, { get: (_, name) => new Parameter(String(name)) });
