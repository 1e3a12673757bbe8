import { describe, test } from 'vitest';
import { accountChecks } from './ledger-accounts.js';
import type { Bench, Check } from './ledger-bench.js';
import { deliveryChecks } from './ledger-deliveries.js';
import { doubtChecks } from './ledger-doubt.js';
import { modelChecks } from './ledger-model.js';
import { numberChecks } from './ledger-numbers.js';
import { peopleChecks } from './ledger-people.js';
import { planChecks } from './ledger-plan.js';
import { progressChecks } from './ledger-progress.js';
import { sendChecks } from './ledger-send.js';
import { withdrawChecks } from './ledger-withdraw.js';
import { workChecks } from './ledger-work.js';

/** What every ledger must do, whatever database it stands on. */
export const ledgerChecks: readonly Check[] = [
  ...planChecks,
  ...sendChecks,
  ...peopleChecks,
  ...numberChecks,
  ...deliveryChecks,
  ...withdrawChecks,
  ...doubtChecks,
  ...workChecks,
  ...progressChecks,
  ...accountChecks,
  ...modelChecks,
];

/**
 * Runs the suite; `open` makes a new, empty ledger each time.
 * @param concurrent several checks at once: for a ledger that makes its user wait
 */
export function ledgerContract(name: string, open: () => Promise<Bench>, concurrent = false): void {
  describe(`ledger contract: ${name}`, { concurrent }, () => {
    for (const check of ledgerChecks) test(check.name, () => runCheck(check, open));
  });
}

export async function runCheck(check: Check, open: () => Promise<Bench>): Promise<void> {
  const bench = await open();
  try {
    await check.run(bench);
  } finally {
    await bench.dispose();
  }
}
