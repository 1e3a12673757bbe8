import { instead } from '../../ledger/wrong/instead.js';
import type { Client } from '../sim/seed.js';
import { oneFileAtATime } from './one-file-at-a-time.js';

/** Wrong on purpose: who may be contacted again is looked up first and written down later, in another transaction. */
export const looksThenPlans: Client = {
  prepare: (raw) => raw.exec('drop index rows_live'),
  ledger: (ledger, raw, clock) =>
    instead(ledger, {
      addRows: async (run, rows, policy) => {
        const draft = await ledger.run(run);
        if (!draft) throw new Error('no run');
        const keys = rows.flatMap(({ key }) => key ?? []);
        const standing = await ledger.standing(draft.account, draft.scope, keys, policy);
        await clock.sleep(5);
        const judged = rows.map((row) => ({ ...row, ...standing.get(row.key ?? '') }));
        return (oneFileAtATime.ledger?.(ledger, raw, clock) ?? ledger).addRows(run, judged, policy);
      },
    }),
};
