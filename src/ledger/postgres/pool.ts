import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Pool, PoolClient, PoolConfig } from 'pg';
import type { Clock } from '../../core/clock.js';
import type { Address } from './address.js';
import { translated } from './errors.js';
import { searchPath } from './safety.js';
import { Session } from './session.js';

/** A process works through few connections; a server has about a hundred for all. */
const connections = 4;

const connectMs = 10_000;

/** No statement of the ledger takes so long; one without an answer by then has lost its server. */
const answerMs = 60_000;

/** How long to ask what became of a commit. */
const fateMs = 30_000;

/**
 * What each session is set to. Who waits for a lock gives up while it can still say so; a process that stands still in a
 * transaction is cut off, so that it cannot hold up the others for ever. Every query of the ledger has its index, and
 * plans are made while tables are still small: without the setting they would read whole tables later.
 */
const settings = (schema: string): string =>
  [
    `select set_config('search_path', '${searchPath(schema)}', false)`,
    'set lock_timeout = 10000',
    'set idle_in_transaction_session_timeout = 60000',
    'set enable_seqscan = off',
    'set jit = off',
    'set client_min_messages = warning',
    `select ${lastCrash} as crashed`,
  ].join('; ');

/**
 * Statistics begin anew when a server comes up after a crash, and only then, or when somebody resets them. What it numbers a
 * transaction by may after a crash be given again to another one, if nothing of the first had reached the disk.
 */
const lastCrash = 'pg_stat_get_bgwriter_stat_reset_time()::text';

/** A session's identity, to ask about it when it is gone. */
interface Origin {
  readonly process: number | null;
  readonly crashed: string | null;
}

/** Connections as Kysely takes them, each a `Session`. */
export class SessionPool implements PostgresPool {
  readonly #pool: Pool;
  readonly #schema: string;
  readonly #clock: Clock;
  readonly #sessions = new WeakMap<PoolClient, Session>();

  private constructor(pool: Pool, schema: string, clock: Clock) {
    this.#pool = pool;
    this.#schema = schema;
    this.#clock = clock;
  }

  /** Loads the driver; connects when somebody asks for a connection. */
  static async make(address: Address, clock: Clock): Promise<SessionPool> {
    const { default: pg } = await import('pg');
    const config: PoolConfig = {
      connectionString: address.connection,
      application_name: 'salesq',
      max: connections,
      connectionTimeoutMillis: connectMs,
      query_timeout: answerMs,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      allowExitOnIdle: true,
      types: {
        getTypeParser: (oid, format) => parsers.get(oid) ?? (pg.types.getTypeParser(oid, format) as Parser),
      },
    };
    const pool = inOwnWords(() => new pg.Pool(config));
    // A connection that breaks while nobody waits for it says so here; the next statement on it tells who asks.
    pool.on('connect', (client) => client.on('error', () => undefined));
    pool.on('error', () => undefined);
    return new SessionPool(pool, address.schema, clock);
  }

  async connect(): Promise<PostgresPoolClient> {
    try {
      const client = await this.#pool.connect();
      return this.#sessions.get(client) ?? (await this.#sessionOf(client));
    } catch (error) {
      throw translated(error);
    }
  }

  async #sessionOf(client: PoolClient): Promise<Session> {
    const origin = await this.#setUp(client);
    const session = new Session(client, (xid) => this.#fate(xid, origin));
    this.#sessions.set(client, session);
    return session;
  }

  async #setUp(client: PoolClient): Promise<Origin> {
    try {
      const results: unknown = await client.query(settings(this.#schema));
      const [told] = (results as { readonly rows: readonly Pick<Origin, 'crashed'>[] }[]).at(-1)?.rows ?? [];
      const { processID } = client as PoolClient & { readonly processID: number | null };
      return { process: processID, crashed: told?.crashed ?? null };
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  /**
   * The server remembers how its transactions ended. One that is still open has a session that waits for a commit which
   * will never come: it is ended, unless it waits for a standby, and asked again. After a crash, or on another server, that
   * a transaction of this number was committed does not mean it was this one; that it was not does.
   */
  async #fate(xid: string, origin: Origin): Promise<'committed' | 'undone' | 'unknown'> {
    for (const until = this.#clock.monotonic() + fateMs; this.#clock.monotonic() < until;) {
      const status = await this.#statusOf(xid, origin).catch(() => 'unreachable');
      if (status === 'committed') return 'committed';
      if (status === 'aborted') return 'undone';
      if (status === null) return 'unknown';
      await this.#clock.sleep(200);
    }
    return 'unknown';
  }

  async #statusOf(xid: string, { process, crashed }: Origin): Promise<string | null> {
    const session = await this.connect();
    try {
      const { rows } = await session.query<{ status: string | null; crashed: string | null }>(
        `select pg_xact_status('${xid}'::xid8) as status, ${lastCrash} as crashed`,
        [],
      );
      const [told] = rows;
      const status = told?.status ?? null;
      if (status === 'committed' && (crashed === null || told?.crashed !== crashed)) return null;
      if (status === 'in progress' && process !== null)
        await session.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where pid = ${process}
            and backend_xid = '${xid}'::xid8::xid and wait_event is distinct from 'SyncRep'`,
          [],
        );
      return status;
    } finally {
      session.release();
    }
  }
}

function inOwnWords<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw translated(error);
  }
}

type Parser = (text: string) => unknown;

/**
 * Numbers are numbers and truths are 0 or 1, as with the other engine, for this pool alone. By type: int8, numeric, bool
 * (https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat).
 */
const parsers = new Map<number, Parser>([
  [20, Number],
  [1700, Number],
  [16, (text) => (text === 't' ? 1 : 0)],
]);
