import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import type { Ledger } from '../../../src/core/ledger.js';
import { GroupCommit, Store, type Db, type World as LedgerWorld } from '../../../src/ledger/store.js';
import { SqlLedger } from '../../../src/ledger/ledger.js';
import type { Schema } from '../../../src/ledger/schema.js';
import { dialectOf, openDatabase, type Database, type Statement } from '../../../src/ledger/sqlite/engine.js';
import { openSqlite, sqliteFlavour } from '../../../src/ledger/sqlite/open.js';

/** What SQLite says when the disk is full, and when another connection is in the way. */
const errors = { full: 13, busy: 5 } as const;
export type EngineFault = keyof typeof errors;

/** The parts of a ledger of one process. */
export interface OpenedHere {
  readonly ledger: Ledger;
  readonly group: GroupCommit | null;
}

/** One real SQLite file in memory, emptied for each seed; every process opens its own ledger on it. */
export class SharedDatabase {
  /** Asked before a transaction begins and before it commits: how it goes wrong, if it does. */
  fault: (sql: string) => EngineFault | null = () => null;
  readonly #statements = new Map<string, Statement>();
  readonly #tables: readonly string[];

  private constructor(
    private readonly folder: string,
    readonly raw: Database,
    private readonly db: Db,
    private readonly first: Store,
  ) {
    const names = raw.prepare(`select name from sqlite_schema where type = 'table'`).all() as {
      name: string;
    }[];
    const kept = ['migrations', 'meta'];
    this.#tables = names.map(({ name }) => name).filter((name) => !kept.includes(name));
  }

  static async open(prepare?: (raw: Database) => void): Promise<SharedDatabase> {
    const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'salesq-chaos-'));
    const file = join(folder, 'ledger.db');
    const first = await openSqlite(file, { clock: idle, host: 'nobody', processAlive: () => false }, true);
    const raw = await openDatabase(file);
    for (const pragma of [
      'journal_mode = memory',
      'synchronous = off',
      'temp_store = memory',
      'cache_size = -4096',
    ])
      raw.exec(`pragma ${pragma}`);
    prepare?.(raw);
    const faulty: Database = {
      prepare: (sql) => raw.prepare(sql),
      exec: (sql) => shared.exec(sql),
      close: () => raw.close(),
    };
    const shared: SharedDatabase = new SharedDatabase(
      folder,
      raw,
      new Kysely<Schema>({ dialect: dialectOf(faulty) }),
      first.store,
    );
    return shared;
  }

  /** A statement that only looks. */
  prepared(sql: string): Statement {
    const statement = this.#statements.get(sql) ?? this.raw.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  private exec(sql: string): void {
    const fault = this.fault(sql);
    if (fault === null) return this.raw.exec(sql);
    // A full disk undoes the transaction; SQLite may already have rolled back when it says so.
    if (fault === 'full') this.raw.exec('rollback');
    throw Object.assign(new Error(`simulated: ${fault}`), { errcode: errors[fault] });
  }

  /** The ledger as one process has it. */
  ledgerFor(world: LedgerWorld, grouping: boolean): OpenedHere {
    const store = new Store('a simulated ledger', this.db, sqliteFlavour, world, () => Promise.resolve());
    store.phase = 'use';
    if (grouping) store.group = new GroupCommit(this.db);
    return { ledger: new SqlLedger(store), group: store.group };
  }

  /** Forgets everything, for the next seed. */
  empty(): void {
    this.fault = () => null;
    this.raw.exec('pragma foreign_keys = off');
    for (const table of this.#tables) this.raw.exec(`delete from ${table}`);
    this.raw.exec(`update meta set value = '0' where name = 'newest'`);
    this.raw.exec('pragma foreign_keys = on');
  }

  async close(): Promise<void> {
    await this.db.destroy();
    await this.first.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const idle = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };
