import type { Ledger, Owner } from '../../src/core/ledger.js';
import { SqlLedger } from '../../src/ledger/ledger.js';
import { openPostgres } from '../../src/ledger/postgres/open.js';
import { TestClock, type Bench } from '../contract/ledger-bench.js';
import type { PostgresServer } from '../support/postgres.js';
import { flaws } from './sqlite-bench.js';

let schemas = 0;

/** A name no other ledger on the server has. */
export const newSchema = (): string => `test_${(schemas += 1)}`;

/** A new ledger in a schema of its own. Its time is the test's; the server's clock has tests of its own. */
export async function postgresBench(
  server: PostgresServer,
  wrap: (ledger: Ledger) => Ledger = (ledger) => ledger,
): Promise<Bench & { readonly schema: string }> {
  const schema = newSchema();
  const clock = new TestClock();
  const alive = new Map<string, boolean | null>();
  const handles: Ledger[] = [];
  const another = async (): Promise<Ledger> => {
    const processAlive = ({ id }: Owner): boolean | null => alive.get(id) ?? (alive.has(id) ? null : true);
    const world = { clock, host: 'desk', processAlive };
    const ledger = new SqlLedger(
      await openPostgres(server.url('postgres', `?schema=${schema}`), world, 'world'),
    );
    handles.push(ledger);
    return wrap(ledger);
  };
  const ledger = await another();
  const audit = async (): Promise<string[]> => {
    const found = await server.ask(flaws.map((sql) => `(${sql})`).join(' union all '), schema);
    return found.map((row) => String(Object.values(row)[0]));
  };
  const outdate = async (run: string): Promise<void> => {
    await server.ask(`update runs set reaches = null where id = '${run}'`, schema);
  };
  const dispose = async (): Promise<void> => {
    for (const handle of handles) await handle.close();
  };
  return { ledger, another, clock, alive, audit, outdate, dispose, schema, lives: 10 };
}
