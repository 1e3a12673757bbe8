import { instead } from '../../ledger/wrong/instead.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: what stayed in doubt for half a minute will not have arrived, and is sent again. */
export const doubtsRunOut: Client = {
  ledger: (ledger, raw, clock) =>
    instead(ledger, {
      recover: async (run, lock) => {
        const rows = await ledger.recover(run, lock);
        raw
          .prepare(`update rows set state = 'ready' where state = 'in-doubt' and updated_at < ?`)
          .run(clock.now() - 30_000);
        return rows;
      },
    }),
};
