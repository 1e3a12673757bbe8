import type { HeldLock, LedgerHoldings, LedgerStatus } from '../../core/ledger-admin.js';
import { noCounts } from '../../core/life.js';
import { livingHolder } from '../sql/locks.js';
import { readAccounts } from '../sql/accounts.js';
import { readIdentity } from '../sql/progress.js';
import type { Db, Store } from '../store.js';
import { schemaOf, type Keeper } from './keeper.js';
import { readMark } from '../migrate.js';

/** The schema's step from which on contacts are counted. */
const countingSchema = 3;

/** What a ledger is and holds, from one view of it. */
export async function status(keeper: Keeper): Promise<LedgerStatus> {
  const { store, engine } = keeper;
  const schema = await schemaOf(keeper);
  const readable = schema.found > 0 && schema.found <= schema.known;
  const inside = readable ? await keeper.snapshot((db) => look(db, store, schema.found)) : null;
  return {
    where: store.where,
    id: inside?.id ?? null,
    adopted: inside?.adopted ?? null,
    contested: inside?.contested ?? null,
    clock: inside?.clock ?? null,
    now: inside?.now ?? 0,
    newest: inside?.newest ?? 0,
    names: await keeper.names(),
    engine,
    engineVersion: await keeper.version(),
    schema,
    durability: await keeper.durability(),
    bytes: await keeper.bytes(),
    mark: inside?.mark ?? null,
    opened: inside?.opened ?? null,
    holds: inside?.holds ?? null,
  };
}

type Inside = Pick<
  LedgerStatus,
  'id' | 'adopted' | 'contested' | 'clock' | 'now' | 'newest' | 'mark' | 'opened' | 'holds'
>;

async function look(db: Db, store: Store, schema: number): Promise<Inside> {
  const rows = noCounts();
  const states = await db
    .selectFrom('rows')
    .select(({ fn }) => ['state', fn.countAll<number>().as('n')])
    .groupBy('state')
    .execute();
  for (const { state, n } of states) rows[state] = Number(n);
  const { id, adopted, contested, optOuts, clock, newest } = await readIdentity(db);
  const now = await store.now(db);
  const holds: LedgerHoldings = {
    accounts: await count(db, 'accounts'),
    contacts: schema < countingSchema ? [] : await readAccounts(db),
    optOuts,
    runs: {
      all: await count(db, 'runs'),
      unfinished: await unfinished(db),
      unsealed: await unsealed(db),
    },
    rows,
    doNotCall: await count(db, 'do_not_call'),
    deliveries: await deliveries(db),
    locks: await heldLocks(db, store),
  };
  const mark = await readMark(db);
  return { id, adopted, contested, clock, now, newest, mark, opened: await opened(db), holds };
}

async function count(db: Db, table: 'accounts' | 'runs' | 'do_not_call'): Promise<number> {
  const { n } = await db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  return Number(n);
}

async function unsealed(db: Db): Promise<number> {
  const { n } = await db
    .selectFrom('runs')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('sealed_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(n);
}

/** Sealed runs with rows that are to be sent, are under way, or in doubt. */
async function unfinished(db: Db): Promise<number> {
  const { n } = await db
    .selectFrom('runs')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('sealed_at', 'is not', null)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('rows')
          .select('rows.row')
          .whereRef('rows.run', '=', 'runs.no')
          .where('rows.state', 'in', ['ready', 'sending', 'in-doubt']),
      ),
    )
    .executeTakeFirstOrThrow();
  return Number(n);
}

async function deliveries(db: Db): Promise<{ stored: number; quarantined: number }> {
  const counts = { stored: 0, quarantined: 0 };
  const found = await db
    .selectFrom('deliveries')
    .select(({ fn }) => ['state', fn.countAll<number>().as('n')])
    .groupBy('state')
    .execute();
  for (const { state, n } of found) counts[state] = Number(n);
  return counts;
}

async function opened(db: Db): Promise<LedgerStatus['opened']> {
  const found = await db.selectFrom('meta').select('value').where('name', '=', 'opened').executeTakeFirst();
  const [at = '', host = ''] = found?.value.split(' ') ?? [];
  return found ? { at: Number(at), host } : null;
}

/** Locks that are held, and whether their holder still runs. */
export async function heldLocks(db: Db, store: Store): Promise<HeldLock[]> {
  const found = await db
    .selectFrom('locks')
    .selectAll()
    .where('owner', 'is not', null)
    .orderBy('since')
    .execute();
  const { world } = store;
  const now = await store.now(db);
  return found.map((held) => {
    const owner = { id: held.owner ?? '', host: held.host, pid: held.pid, started: held.started };
    const certain = world.processAlive(owner);
    const alive = certain ?? (livingHolder(world, now, held) === null ? false : null);
    return { name: held.name, owner, since: held.since, heartbeatAt: held.heartbeat_at, alive };
  });
}
