import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Desk } from '../support/program.js';
import { PostgresServer } from '../support/postgres.js';
import { refused } from '../contract/ledger-bench.js';
import { adminChecks, adminOf, fill, setTargets, told } from './admin-checks.js';
import { newSchema } from './postgres-bench.js';
import { tempFolder } from './sqlite-bench.js';

let server: PostgresServer;
let folder: Awaited<ReturnType<typeof tempFolder>>;
let files = 0;

const schemaOf = (where: string): string => new URL(where).searchParams.get('schema') ?? 'public';
const place = (): Promise<string> => Promise.resolve(server.url('postgres', `?schema=${newSchema()}`));
const file = (): Promise<string> => Promise.resolve(join(folder.path, `ledger-${(files += 1)}.db`));

/** Behind the back of foreign keys too. */
async function raw(where: string, sql: string): Promise<void> {
  await server.ask(
    `set session_replication_role = replica; ${sql}; set session_replication_role = origin`,
    schemaOf(where),
  );
}

const ask = async (where: string, sql: string): Promise<unknown[][]> =>
  (await server.ask(sql, schemaOf(where))).map((record) =>
    Object.values(record).map((value) => (/^\d+$/.test(String(value)) ? Number(value) : value)),
  );

beforeAll(async () => {
  folder = await tempFolder();
  server = await PostgresServer.start();
  setTargets([place, file], file);
});
afterAll(async () => {
  await server.close();
  await folder.remove();
});

describe('looking after a ledger on a server', () => {
  adminChecks(() => ({ engine: 'postgresql', place, raw, ask }));

  test('tells the settings a push has, and no password', async () => {
    const where = await place();
    await fill(where);
    const status = await (await adminOf(where)).status();
    expect(status.durability).toEqual({ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' });
    expect(JSON.stringify(status)).not.toContain('secret');
  });

  test('there and back again is the same ledger', async () => {
    const start = await file();
    await fill(start);
    const before = await told(start);
    const middle = await place();
    const end = await file();
    await (await adminOf(start)).copy(middle);
    const { from, to } = await (await adminOf(middle)).copy(end);
    expect(await told(end)).toBe(before);
    expect([from, to].join()).not.toContain('secret');
    await refused((await adminOf(start)).copy(await file()), 'ledger.moved', 6);
  });

  test('from the command line, no word of the password', async () => {
    const desk = await Desk.open();
    await fill(desk.path('ledger.db'));
    const to = await place();
    const copied = await desk.json(['ledger', 'copy', to, '--yes']);
    const status = await desk.json(['ledger', 'status', '--ledger', to]);
    const moved = await desk.json(['runs', 'list']);
    expect([copied.code, status.code, moved.code]).toEqual([0, 0, 6]);
    expect(status.document).toMatchObject({ engine: 'postgresql', mark: null, holds: { runs: { all: 3 } } });
    const said = [copied, status, moved].flatMap(({ stdout, stderr }) => [stdout, stderr]).join('');
    expect(said).toContain(`postgres://127.0.0.1:${server.port}/postgres`);
    expect(said).not.toContain('secret');
    await desk.close();
  });
});
