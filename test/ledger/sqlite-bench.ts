import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ledger } from '../../src/core/ledger.js';
import { openLedger } from '../../src/ledger/index.js';
import { openDatabase, type Database } from '../../src/ledger/sqlite/engine.js';
import { TestClock, type Bench } from '../contract/ledger-bench.js';

/** Statements that find nothing in a sound ledger, whatever indexes it has. */
export const flaws = [
  `select 'two live rows of one key' as flaw from rows
   where state in ('ready', 'sending', 'in-doubt', 'delivered') and superseded_run is null and key is not null
   group by account, history, key, slot having count(*) > 1`,
  `select 'a superseded row that was not delivered' from rows where superseded_run is not null
   and state not in ('delivered', 'withdrawn')`,
  `select 'a row that gave way to none' from rows old where superseded_run is not null
   and not exists (select 1 from rows new where new.run = old.superseded_run and new.row = old.superseded_row)`,
  `select 'a row without its run' from rows where run not in (select no from runs)`,
  `select 'a settled row without an event' from rows where state in ('delivered', 'already', 'rejected', 'in-doubt')
   and not exists (select 1 from events e where e.run = rows.run and e.row = rows.row)`,
];

export async function tempFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'salesq-ledger-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A new ledger in a new file. `wrap` may put something in front of each handle. */
export async function sqliteBench(
  wrap: (ledger: Ledger, database: Database) => Ledger = (ledger) => ledger,
): Promise<Bench> {
  const folder = await tempFolder();
  const file = join(folder.path, 'ledger.db');
  const clock = new TestClock();
  const alive = new Map<string, boolean | null>();
  const handles: Ledger[] = [];
  const databases: Database[] = [];
  const another = async (): Promise<Ledger> => {
    const processAlive = ({ id }: { id: string }): boolean | null =>
      alive.get(id) ?? (alive.has(id) ? null : true);
    const ledger = await openLedger(file, { clock, host: 'desk', processAlive });
    const database = await openDatabase(file);
    databases.push(database);
    handles.push(ledger);
    return wrap(ledger, database);
  };
  const ledger = await another();
  const audit = (): Promise<string[]> =>
    Promise.resolve(
      flaws.flatMap((sql) =>
        (databases[0]?.prepare(sql).all() ?? []).map((found) => String(Object.values(found as object)[0])),
      ),
    );
  const outdate = (run: string): Promise<void> => {
    databases[0]?.prepare('update runs set reaches = null where id = ?').run(run);
    return Promise.resolve();
  };
  const dispose = async (): Promise<void> => {
    for (const handle of handles) await handle.close();
    for (const database of databases) database.close();
    await folder.remove();
  };
  return { ledger, another, clock, alive, audit, outdate, dispose };
}
