import type { PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { PoolClient } from 'pg';
import { storableText } from '../text.js';
import { Lost, ServerError, translated, UnknownCommit } from './errors.js';

export { storableText };

/** Statements a connection keeps prepared; lists of varying length would be without end. */
const keptStatements = 200;
const keptParameters = 24;

/** The transaction begins where only what is committed is seen, anew by each statement: see `gateSql`. */
const begin = 'begin isolation level read committed';

/** Asks what became of a transaction whose connection broke. */
export type AskFate = (xid: string) => Promise<'committed' | 'undone' | 'unknown'>;

/**
 * One connection, as Kysely uses it. Sends `begin` together with the first statement, keeps often used statements
 * prepared, says everything foreign in our own words, and never takes a commit for granted.
 */
export class Session implements PostgresPoolClient {
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
