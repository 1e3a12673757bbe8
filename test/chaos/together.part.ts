import { PostgresServer } from '../support/postgres.js';
import { openSandbox } from '../support/sandboxed.js';
import { workTogether } from '../support/working.js';
import type { PartFailure, PartReport, PartRequest } from './support/part.js';

export const name = 'together';

/**
 * Two machines (two processes with homes of their own, one PostgreSQL) finish one run while one of them is killed and
 * replaced by a third.
 */
export async function run({ budget, log }: PartRequest): Promise<PartReport> {
  const rows = budget.points ?? 2_000;
  const batch = 10;
  const [server, sandbox] = await Promise.all([PostgresServer.start(), openSandbox()]);
  try {
    log(`${rows} leads, ${batch} a request, one worker killed after a quarter`);
    const ledger = server.url('postgres', '?schema=together');
    const { counts, twice, interrupted } = await workTogether({ sandbox, ledger, rows, batch });
    const failures: PartFailure[] = [];
    const check = (holds: boolean, what: string): void => {
      if (!holds) failures.push({ what, replay: 'all' });
    };
    check(twice.length === 0, `${twice.length} people were contacted twice`);
    check(counts.rows === rows, `${counts.rows} rows of ${rows} are accounted for`);
    check(counts.ready + counts.sending === 0, `${counts.ready + counts.sending} rows were left`);
    check(interrupted <= batch, `${interrupted} rows in doubt from one kill, more than one request's`);
    const { delivered, already, inDoubt } = counts;
    return {
      name,
      figures: { rows, delivered, already, inDoubt, interrupted, twice: twice.length },
      failures,
    };
  } finally {
    await Promise.all([server.close(), sandbox.close()]);
  }
}
