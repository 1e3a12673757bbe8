import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { UserError } from '../../src/core/errors.js';
import type { Ledger, Lock } from '../../src/core/ledger.js';
import { openLedger } from '../../src/ledger/index.js';
import { migrations } from '../../src/ledger/schema.js';
import { SqlLedger } from '../../src/ledger/ledger.js';
import { openPostgres } from '../../src/ledger/postgres/open.js';
import {
  all,
  claimAll,
  outcomes,
  owner,
  person,
  phone,
  prepare,
  push,
  refused,
  states,
  TestClock,
} from '../contract/ledger-bench.js';
import { PostgresServer } from '../support/postgres.js';
import { newSchema } from './postgres-bench.js';
import { Proxy } from './postgres-proxy.js';

const world = { clock: new TestClock(), host: 'desk', processAlive: () => true };
const secret = 'Zebra%2Fcrossing';
const open: Ledger[] = [];
let server: PostgresServer;
let schema: string;

beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server.close());
beforeEach(() => {
  schema = newSchema();
});
afterEach(async () => {
  for (const ledger of open.splice(0)) await ledger.close();
});

const url = (over: { role?: string; database?: string; query?: string; port?: number } = {}): string => {
  const { role, database = 'postgres', query = '', port = server.port } = over;
  const address = role ? server.url(database, '', role, secret) : server.url(database);
  return `${address.replace(`:${server.port}/`, `:${port}/`)}?schema=${schema}${query}`;
};

async function opened(at = url(), clock = world.clock): Promise<Ledger> {
  const ledger = await openLedger(at, { ...world, clock });
  open.push(ledger);
  return ledger;
}

const role = async (name: string, more = ''): Promise<string> => {
  await server.ask(`create role ${name} login password 'Zebra/crossing' ${more}`);
  return name;
};

/** Refused with that code, and nothing of the password told, not even to who looks inside the error. */
async function refusedQuietly(promise: Promise<unknown>, code: string, exit: number): Promise<UserError> {
  const error = await promise.then(
    () => null,
    (caught: unknown) => caught as UserError,
  );
  expect(error, `expected ${code}`).toMatchObject({ name: 'UserError', code, exit });
  const { inspect } = await import('node:util');
  const told = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);
  for (const hidden of ['Zebra', 'keeper']) expect(told).not.toContain(hidden);
  return error as UserError;
}

describe('what cannot be a ledger on a server is refused in words', () => {
  test('an address that is none; nobody there; nobody of that name; no such database', async () => {
    for (const bad of [
      'postgres://u:Zebra@h:port/x',
      'postgres://u:Zebra@h/x?schema=a"b',
      'postgres://u:Zebra@[',
    ])
      await refusedQuietly(opened(bad), 'ledger.address', 6);
    await refusedQuietly(opened(url({ port: 1 })), 'ledger.unreachable', 5);
    await refusedQuietly(opened('postgres://keeper:Zebra@no-such-host.invalid/x'), 'ledger.unreachable', 5);
    await refusedQuietly(opened(url({ role: 'nobody' })), 'ledger.credentials', 6);
    await refusedQuietly(opened(url().replace(/:[^:@]+@/, '@')), 'ledger.credentials', 6);
    const error = await refusedQuietly(opened(url({ database: 'nowhere' })), 'ledger.no-database', 6);
    expect(error.message).toContain(`postgres://127.0.0.1:${server.port}/nowhere`);
    await refusedQuietly(opened(url({ query: '&sslmode=require' })), 'ledger.tls', 6);
    await refusedQuietly(opened(url({ query: '&sslrootcert=/no/such/file' })), 'ledger.tls', 6);
  });

  test('a user who may not make the schema, look into it, or write', async () => {
    await role('stranger');
    await refusedQuietly(opened(url({ role: 'stranger' })), 'ledger.permission', 6);
    await opened();
    await refusedQuietly(opened(url({ role: 'stranger' })), 'ledger.permission', 6);
    await server.ask(
      `grant usage on schema ${schema} to stranger; grant select on all tables in schema ${schema} to stranger`,
    );
    await refusedQuietly(opened(url({ role: 'stranger' })), 'ledger.permission', 6);
    const reading = '&options=-c%20default_transaction_read_only%3Don';
    await refusedQuietly(opened(url({ query: reading })), 'ledger.read-only', 6);
  });

  test('a user who may only read and write rows works in a ledger that is there', async () => {
    await opened();
    await role('worker');
    await server.ask(`grant usage on schema ${schema} to worker;
      grant select, insert, update, delete on all tables in schema ${schema} to worker`);
    const ledger = await opened(url({ role: 'worker' }));
    expect((await push(ledger, await prepare(ledger, [person(1, 1)]), outcomes.delivered))[0]?.state).toBe(
      'delivered',
    );
    expect(ledger.where).toBe(`postgres://127.0.0.1:${server.port}/postgres?schema=${schema}`);
  });

  test('tables of another program; a newer program’s; text that is not kept as UTF-8', async () => {
    await server.ask(`create schema ${schema}; create table ${schema}.migrations (number integer)`);
    await refusedQuietly(opened(), 'ledger.foreign', 6);
    expect(await server.ask(`select * from ${schema}.migrations`)).toEqual([]);
    schema = newSchema();
    await opened();
    await server.ask(`insert into migrations values (99, 'later', 0)`, schema);
    await refusedQuietly(opened(), 'ledger.newer', 6);
    const keeper = await server.connect();
    await keeper.query(`create database latin encoding 'LATIN1' locale 'C' template template0`);
    await keeper.end();
    await refusedQuietly(opened(url({ database: 'latin' })), 'ledger.encoding', 6);
  });

  test('a server, database, user or address that forgets commits in a power cut', async () => {
    await role('hasty', 'superuser');
    await server.ask('alter role hasty set synchronous_commit = off');
    const error = await refusedQuietly(opened(url({ role: 'hasty' })), 'ledger.unsafe', 6);
    expect(error.hint).toContain('synchronous_commit = on');
    await refusedQuietly(
      opened(url({ query: '&options=-c%20synchronous_commit%3Doff' })),
      'ledger.unsafe',
      6,
    );
    await opened(url({ role: 'hasty', query: '&options=-c%20synchronous_commit%3Dlocal' }));
    for (const setting of ['fsync', 'full_page_writes']) {
      const ledger = await opened();
      await set(setting, 'off');
      expect((await refusedQuietly(opened(), 'ledger.unsafe', 6)).message).toContain(setting);
      const use = () => ledger.account({ vendor: 'v', name: 'in use', aliases: [] });
      await soon(() => refusedQuietly(use(), 'ledger.unsafe', 6));
      await set(setting, 'on');
      await soon(use);
    }
  });

  test('a pooler that gives the session to others', async () => {
    const store = await openPostgres(url(), world);
    const ledger = new SqlLedger(store);
    open.push(ledger);
    await store.read((db) => db.connection().execute(async (one) => one.executeQuery(reset)));
    await refusedQuietly(ledger.account({ vendor: 'v', name: 'a', aliases: [] }), 'ledger.pooled', 6);
  });
});

const reset = { sql: 'set search_path to public', parameters: [], query: {}, queryId: {} } as never;

/** Each of the server's processes hears of a changed setting when it gets to it. */
async function soon(task: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await task();
      return;
    } catch (error) {
      if (tries >= 100) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

async function set(setting: string, value: string): Promise<void> {
  const keeper = await server.connect();
  await keeper.query(`alter system set ${setting} = ${value}`);
  await keeper.query('select pg_reload_conf()');
  for (;;) {
    const { rows } = await keeper.query<Record<string, string>>(`show ${setting}`);
    if (rows[0]?.[setting] === value) break;
  }
  await keeper.end();
}

describe('a ledger on a server', () => {
  test('many who open a new one at once all succeed', async () => {
    const handles = await Promise.all(Array.from({ length: 8 }, () => opened()));
    const { run } = await prepare(handles[0] as Ledger, [person(1, 1)]);
    for (const handle of handles) expect(await states(handle, run)).toEqual(['ready']);
    expect(await server.ask('select number from migrations', schema)).toHaveLength(migrations('').length);
  });

  test('two schemas of one database are two ledgers', async () => {
    const one = await opened();
    await one.block([{ phone: phone(1), reason: 'Asked.' }]);
    schema = newSchema();
    expect(await all((await opened()).blocked())).toEqual([]);
  });

  test('texts are compared byte by byte in every column', async () => {
    await opened();
    const texts = `from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_collation l on l.oid = a.attcollation
      where c.relnamespace = '${schema}'::regnamespace and c.relkind in ('r', 'i') and a.atttypid = 'text'::regtype`;
    expect(await server.ask(`select c.relname, a.attname ${texts} and l.collname <> 'C'`)).toEqual([]);
    expect((await server.ask(`select 1 ${texts}`)).length).toBeGreaterThan(50);
  });

  test('text that PostgreSQL cannot hold is stored visibly, and found again', async () => {
    const ledger = await opened();
    const odd = person(1, 1, {
      key: 'a\u0000b\ud800',
      ref: 'r\u0000',
      phone: null,
      source: ['x\u0000\ud800'],
    });
    const { run } = await prepare(ledger, [odd]);
    expect(await all(ledger.rows(run))).toMatchObject([
      { key: 'a\u2400b\ufffd', ref: 'r\u2400', source: ['x\u0000\ud800'] },
    ]);
    const again = await prepare(ledger, [{ ...odd, ref: 'other' }]);
    expect(again.rows).toMatchObject([{ code: 'duplicate.pending' }]);
  });

  test('the server’s clock counts, not the machine’s', async () => {
    const clock = new TestClock();
    clock.wall = Date.UTC(2001, 0, 1);
    const ledger = await opened(url(), clock);
    const lock = await ledger.lock('import', owner());
    const [told] = await server.ask(`select heartbeat_at from locks`, schema);
    expect(Math.abs(Number(told?.['heartbeat_at']) - Date.now())).toBeLessThan(5_000);
    clock.wall = Date.UTC(2099, 0, 1);
    const other = await openLedger(url(), { ...world, clock, processAlive: () => null });
    open.push(other);
    await refused(other.lock('import', owner()), 'run.locked', 11);
    expect(await ledger.heartbeat(lock)).toBe(true);
  });

  test('numbers and truths of others who use the driver in this process stay as they were', async () => {
    await opened();
    expect(await server.ask('select 1::bigint as n, true as t')).toEqual([{ n: '1', t: true }]);
  });
});

test('a secure connection is made where certificate and name are right, and only there', async () => {
  const certificate = (name: string): string =>
    join(import.meta.dirname, '..', 'http', 'fixtures', `test-only-${name}.pem`);
  const key = await server.give(certificate('key'));
  const through = (name: string): string =>
    url({ query: `&sslmode=require&sslrootcert=${certificate(name)}` });
  for (const name of ['localhost', 'elsewhere']) {
    const shown = await server.give(certificate(name));
    await server.halt();
    await server.resume({ settings: ['ssl=on', `ssl_cert_file=${shown}`, `ssl_key_file=${key}`] });
    if (name === 'elsewhere') await refusedQuietly(opened(through(name)), 'ledger.tls', 6);
    else
      expect(await states(await opened(through(name)), (await prepare(await opened(), [])).run)).toEqual([]);
    await refusedQuietly(opened(url({ query: '&sslmode=require' })), 'ledger.tls', 6);
    for (const ledger of open.splice(0)) await ledger.close();
  }
});

describe('a connection that breaks', () => {
  let proxy: Proxy;
  beforeEach(async () => {
    proxy = await Proxy.to(server.port);
  });
  afterEach(() => proxy.close());

  const attempts = async (): Promise<unknown[]> =>
    (await server.ask('select attempt::int4, state from rows order by row', schema)).map((row) =>
      Object.values(row),
    );

  test('before a commit: the work is done again, once', async () => {
    const ledger = await opened(url({ port: proxy.port }));
    const prepared = await prepare(ledger, [person(1, 1), person(2, 2)]);
    proxy.cutNextCommit('before');
    const { claim } = await ledger.claim(prepared.run, prepared.lock, { items: 1, bytes: 1_000 });
    expect([proxy.cuts, claim?.rows.map(({ row, attempt }) => [row, attempt])]).toEqual([1, [[1, 1]]]);
    expect(await attempts()).toEqual([
      [1, 'sending'],
      [0, 'ready'],
    ]);
  });

  test('before the answer to a commit: the server is asked what became of it, and nothing is done twice', async () => {
    const ledger = await opened(url({ port: proxy.port }));
    const prepared = await prepare(ledger, [person(1, 1), person(2, 2)]);
    proxy.cutNextCommit('after');
    const { claim } = await ledger.claim(prepared.run, prepared.lock, { items: 1, bytes: 1_000 });
    expect([proxy.cuts, claim?.rows.map(({ row, attempt }) => [row, attempt])]).toEqual([1, [[1, 1]]]);
    expect(await attempts()).toEqual([
      [1, 'sending'],
      [0, 'ready'],
    ]);
    proxy.cutNextCommit('after');
    await prepare(ledger, [person(1, 9)], { draft: { operation: 'add' } });
    expect([proxy.cuts, await ledger.runs(9)]).toEqual([2, [expect.anything(), expect.anything()]]);
  });

  test('for good, with a claim on its way: it is not made again blindly, and the run stops with exit 5', async () => {
    const ledger = await opened(url({ port: proxy.port }), new HurriedClock());
    const prepared = await prepare(ledger, [person(1, 1), person(2, 2)]);
    proxy.cutNextCommit('after', true);
    await refusedQuietly(
      ledger.claim(prepared.run, prepared.lock, { items: 1, bytes: 1_000 }),
      'ledger.unreachable',
      5,
    );
    await refusedQuietly(ledger.counts(prepared.run), 'ledger.unreachable', 5);
    proxy.allow();
    expect(await attempts()).toEqual([
      [1, 'sending'],
      [0, 'ready'],
    ]);
    expect(await ledger.counts(prepared.run)).toMatchObject({ sending: 1, ready: 1 });
  });

  test('and the server crashes: what it remembers of a number may be of another transaction, and is not believed', async () => {
    const ledger = await opened(url({ port: proxy.port }));
    const prepared = await prepare(ledger, [person(1, 1), person(2, 2)]);
    proxy.cutNextCommit('after', true);
    const claiming = ledger.claim(prepared.run, prepared.lock, { items: 1, bytes: 1_000 });
    const refusal = refusedQuietly(claiming, 'ledger.unreachable', 5);
    while (proxy.cuts === 0) await new Promise((done) => setTimeout(done, 5));
    await server.crash();
    proxy.allow();
    await refusal;
    expect(await attempts()).toEqual([
      [1, 'sending'],
      [0, 'ready'],
    ]);
  });

  test.each(['before', 'after'] as const)(
    'an answer in hand is kept for a while: cut %s its commit',
    async (cut) => {
      const ledger = await opened(url({ port: proxy.port }));
      const prepared = await prepare(ledger, [person(1, 1)]);
      const claim = await claimAll(ledger, prepared);
      proxy.cutNextCommit(cut, true);
      setTimeout(() => proxy.allow(), 400);
      const settled = await ledger.settle(claim, [{ row: 1, outcome: outcomes.delivered }]);
      expect(settled).toMatchObject([{ state: 'delivered', vendorId: 'v1' }]);
      expect(await server.ask('select kind from events', schema)).toEqual([{ kind: 'delivered' }]);
    },
  );

  test('settling waits a minute for room on a full disk; planning does not', async () => {
    const ledger = await opened();
    const prepared = await prepare(ledger, [person(1, 1)]);
    const claim = await claimAll(ledger, prepared);
    await server.ask(
      `create function no_room() returns trigger language plpgsql as
         $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$;
       create trigger no_room before insert or update on rows execute function no_room()`,
      schema,
    );
    await refusedQuietly(prepare(ledger, [person(1, 2)]), 'ledger.disk-full', 5);
    setTimeout(() => void server.ask('drop trigger no_room on rows', schema), 100);
    const [row] = await ledger.settle(claim, [{ row: 1, outcome: outcomes.delivered }]);
    expect(row?.state).toBe('delivered');
  });

  test('again and again, also between statements: every row is claimed once and settled', async () => {
    const ledger = await opened();
    const prepared = await prepare(
      ledger,
      Array.from({ length: 40 }, (_, i) => person(i + 1, i + 1)),
    );
    const killing = killSessions();
    const claimed = await work(ledger, prepared.run, prepared.lock);
    expect(await killing.end()).toBeGreaterThan(3);
    expect(claimed.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(new Set((await attempts()).map(String))).toEqual(new Set(['1,delivered']));
  });

  test('because the server restarts: the run goes on when it is back', async () => {
    const ledger = await opened();
    const prepared = await prepare(
      ledger,
      Array.from({ length: 16 }, (_, i) => person(i + 1, i + 1)),
    );
    const working = work(ledger, prepared.run, prepared.lock);
    await server.halt();
    await new Promise((done) => setTimeout(done, 300));
    await server.resume();
    expect(await working).toHaveLength(16);
    expect(new Set((await attempts()).map(String))).toEqual(new Set(['1,delivered']));
  });
});

/** Time that is slept passes at once. */
class HurriedClock extends TestClock {
  #slept = 0;
  override monotonic(): number {
    return super.monotonic() + this.#slept;
  }
  override async sleep(ms: number): Promise<void> {
    this.#slept += ms * 20;
    await new Promise((done) => setImmediate(done));
  }
}

/** Claims and settles until nothing is left, two at a time; answers with the rows it claimed. */
async function work(ledger: Ledger, run: string, lock: Lock): Promise<number[]> {
  const claimed: number[] = [];
  const one = async (): Promise<void> => {
    for (;;) {
      const { claim } = await ledger.claim(run, lock, { items: 1, bytes: 1_000 });
      if (claim === null && (await ledger.counts(run)).ready === 0) return;
      if (claim === null) continue;
      claimed.push(...claim.rows.map(({ row }) => row));
      await ledger.settle(
        claim,
        claim.rows.map(({ row }) => ({ row, outcome: outcomes.delivered })),
      );
    }
  };
  await Promise.all([one(), one()]);
  return claimed;
}

/** Ends sessions of salesq now and then, at most thirty, whatever they are doing. */
function killSessions(): { end(): Promise<number> } {
  let over = false;
  const killing = (async () => {
    const keeper = await server.connect();
    let killed = 0;
    while (!over && killed < 30) {
      const { rowCount } = await keeper.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'salesq' and state <> 'idle' order by random() limit 1`,
      );
      killed += rowCount ?? 0;
      await new Promise((done) => setTimeout(done, 10 + Math.random() * 120));
    }
    await keeper.end();
    return killed;
  })();
  return {
    end: () => {
      over = true;
      return killing;
    },
  };
}
