import { sql } from 'kysely';
import { connect, makeSchema } from '../postgres/open.js';
import type { Db, World } from '../store.js';
import { notEmpty } from '../errors.js';
import { readMark, setMark } from '../migrate.js';
import { housekeeping } from './order.js';
import { PostgresKeeper } from './postgres.js';
import type { Target } from './target.js';

/**
 * A database on a server, with no ledger, an empty one, or a copy that was not finished.
 * @throws UserError `ledger.not-empty` (exit 6), and those of `openPostgres`
 */
export async function serverTarget(url: string, world: World): Promise<Target> {
  const connected = await connect(url, world);
  const { store, address, facts } = connected;
  const keeper = new PostgresKeeper(connected);
  return {
    where: store.where,
    load: async (fill) => {
      await makeSchema(store, address, facts);
      await keeper.still(async ({ db }) => {
        await mustBeEmpty(keeper, db);
        await fill(keeper, db);
      });
      return null;
    },
    arrived: (mark) => store.write(({ db }) => setMark(db, mark), { repeatable: true }),
    close: () => store.close(),
  };
}

async function mustBeEmpty(keeper: PostgresKeeper, db: Db): Promise<void> {
  const mark = await readMark(db);
  if (mark?.kind === 'arriving') return;
  for (const { name } of await keeper.tables(db)) {
    if (housekeeping.has(name)) continue;
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(db);
    if (rows.length > 0 || mark !== null) throw notEmpty(keeper.store.where);
  }
}
