import type { Ledger, Lock } from '../../../src/core/ledger.js';
import { instead } from '../../ledger/wrong/instead.js';
import type { Client } from '../sim/seed.js';

/** Wrong on purpose: a lock is a name. Who lost it while it slept goes on with whoever has it now. */
export const forgetsTheEpoch: Client = {
  ledger: (ledger, raw) => {
    const now = (lock: Lock): Lock => {
      const held = raw.prepare('select owner, epoch from locks where name = ?').get(lock.name) as
        Held | undefined;
      return held?.owner ? { ...lock, epoch: held.epoch, owner: { ...lock.owner, id: held.owner } } : lock;
    };
    const replaced: Partial<Ledger> = {
      claim: (run, lock, limits) => ledger.claim(run, now(lock), limits),
      settle: (claim, settlements) => ledger.settle(claim, settlements).catch(() => [...claim.rows]),
      heartbeat: (lock) => ledger.heartbeat(now(lock)),
    };
    return instead(ledger, replaced);
  },
};

interface Held {
  readonly owner: string | null;
  readonly epoch: number;
}
