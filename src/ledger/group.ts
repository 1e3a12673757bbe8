import { sql, type Transaction } from 'kysely';
import type { Schema } from './schema.js';
import type { Db } from './store.js';

type Work<T> = (db: Transaction<Schema>) => Promise<T>;

interface Waiting {
  readonly attempt: (db: Transaction<Schema>) => Promise<Ending>;
  readonly fail: (error: unknown) => void;
}

/** Says to who waits how its own work ended; called when the commit is on disk. */
type Ending = () => void;

/**
 * Commits units of work together: whatever asks while the disk is busy, or in the same turn of the event loop, shares one
 * fsync. Each unit has a savepoint: one that throws is undone and takes nothing else along. Nobody hears of success before
 * the commit.
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

/** After a full disk the whole transaction is gone, savepoints too: then what went wrong is everybody's error. */
async function undo(db: Transaction<Schema>, cause: unknown): Promise<void> {
  try {
    await sql`rollback to unit`.execute(db);
    await sql`release unit`.execute(db);
  } catch {
    throw cause;
  }
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
