import { instead } from '../../ledger/wrong/instead.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: who comes to help takes the rows of living workers for those of the dead. */
export const takesOverTheLiving: Client = {
  ledger: (ledger, raw) =>
    instead(ledger, {
      recover: (run) => {
        const take = `update rows set state = 'in-doubt', code = 'run.interrupted' where state = 'sending'
          and run = (select no from runs where id = ?)`;
        return Promise.resolve(Number(raw.prepare(take).run(run).changes));
      },
    }),
};
