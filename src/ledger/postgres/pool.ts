import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient, PoolConfig } from 'pg';
import type { Clock } from '../../core/clock.js';
import { storableText } from '../flavour.js';
import { searchPath, type Address } from './address.js';
import { Lost, ServerError, translated, UnknownCommit } from './errors.js';

/** A process works through few connections; a server has about a hundred for all. */
const connections = 4;

const connectMs = 10_000;

/** No statement of the ledger takes so long; one without an answer by then has lost its server. */
const answerMs = 60_000;

/** How long to ask how a transaction ended; ms. */
const fateMs = 30_000;

/**
 * The settings of each session. A statement that waits for a lock gives up before its own answer is overdue; a process that
 * stands still in a transaction is cut off, so that it cannot hold up the others for ever. Every query of the ledger has its index, and
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
 * When the server's statistics began: after its last crash, or when they were last reset. After a crash it may give the
 * number of a transaction again to another one, if nothing of the first had reached the disk.
 */
const lastCrash = 'pg_stat_get_bgwriter_stat_reset_time()::text';

/** What identifies a session on the server, to ask about it after its connection broke. */
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

  /** Loads the driver; connects when a connection is asked for. */
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
    // A connection that breaks while it is idle reports it here; the next statement on it fails and is handled there.
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

/** Statements a connection keeps prepared; lists of varying length would be without end. */
const keptStatements = 200;
const keptParameters = 24;

/** The transaction begins where only what is committed is seen, anew by each statement: see `gateSql`. */
const begin = 'begin isolation level read committed';

/** Asks the server how a transaction ended whose connection broke. */
export type AskFate = (xid: string) => Promise<'committed' | 'undone' | 'unknown'>;

/**
 * One connection, as Kysely uses it. Sends `begin` together with the first statement, keeps often used statements prepared,
 * translates the driver's errors, and where the answer to a commit is lost, asks the server how the transaction ended.
 */
class Session implements PostgresPoolClient {
  readonly #client: PoolClient;
  readonly #askFate: AskFate;
  readonly #names = new Map<string, string>();
  #mustBegin = false;
  /** Number of the open transaction, as its first statement told it. */
  #xid: string | null = null;
  #broken = false;

  constructor(client: PoolClient, askFate: AskFate) {
    this.#client = client;
    this.#askFate = askFate;
  }

  query<R>(sql: string, parameters?: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query(): never;
  async query<R>(sql = '', parameters: readonly unknown[] = []): Promise<PostgresQueryResult<R>> {
    if (sql.startsWith('begin')) return this.#begin();
    if (sql === 'rollback') return this.#rollback();
    if (sql === 'commit') return this.#commit();
    if (!this.#mustBegin) return this.#send(sql, parameters);
    this.#mustBegin = false;
    if (parameters.length > 0) {
      await this.#send(begin, []);
      return this.#send(sql, parameters);
    }
    const first = await this.#send<R>(`${begin}; ${sql}`, []);
    const { xid } = (first.rows[0] ?? {}) as { xid?: string | null };
    this.#xid = xid ?? null;
    return first;
  }

  /** To be called once by who took it; a broken connection is not used again. */
  release(): void {
    this.#client.release(this.#broken);
  }

  #begin<R>(): Promise<PostgresQueryResult<R>> {
    this.#mustBegin = true;
    this.#xid = null;
    return Promise.resolve(nothing);
  }

  async #rollback<R>(): Promise<PostgresQueryResult<R>> {
    const begun = !this.#mustBegin;
    this.#mustBegin = false;
    try {
      return begun && !this.#broken ? await this.#send('rollback', []) : nothing;
    } catch {
      // The server undoes what a broken connection left open; why it broke is told by the error that came first.
      this.#broken = true;
      return nothing;
    }
  }

  async #commit<R>(): Promise<PostgresQueryResult<R>> {
    if (this.#mustBegin) {
      this.#mustBegin = false;
      return nothing;
    }
    try {
      const result = await this.#send<R>('commit', []);
      if ((result.command as string) === 'COMMIT') return result;
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      await this.#learnFate();
      return nothing;
    }
    throw new ServerError('25P02', ', a statement had failed and the commit undid all');
  }

  async #learnFate(): Promise<void> {
    const fate = this.#xid === null ? 'unknown' : await this.#askFate(this.#xid);
    if (fate === 'undone') throw new Lost();
    if (fate === 'unknown') throw new UnknownCommit();
  }

  async #send<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    const name = this.#nameOf(sql, parameters.length);
    const values = parameters.map(storable);
    try {
      const result: unknown = await this.#client.query(
        name === null ? { text: sql, values } : { name, text: sql, values },
      );
      return (Array.isArray(result) ? result.at(-1) : result) as PostgresQueryResult<R>;
    } catch (error) {
      const told = translated(error);
      if (told instanceof Lost) this.#broken = true;
      throw told;
    }
  }

  #nameOf(sql: string, parameters: number): string | null {
    if (parameters === 0 || parameters > keptParameters) return null;
    const known = this.#names.get(sql);
    if (known !== undefined) return known;
    if (this.#names.size >= keptStatements) return null;
    const name = `s${this.#names.size}`;
    this.#names.set(sql, name);
    return name;
  }
}

const nothing = { command: 'SELECT', rowCount: 0, rows: [] } as const satisfies PostgresQueryResult<never>;

const storable = (value: unknown): unknown => (typeof value === 'string' ? storableText(value) : value);
