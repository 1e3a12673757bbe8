import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openLedger } from '../../src/ledger/index.js';
import { realClock } from '../support/sandboxed.js';
import { deliver, exportBody } from '../support/webhook.js';

/** A receiver in a process of its own. */
export interface Running {
  readonly child: ChildProcess;
  readonly url: string;
}

export interface Verdict {
  /** Vendor ids of the leads whose delivery was answered 200. */
  readonly acknowledged: readonly string[];
  /** Those of them that are not in the ledger: must be none. */
  readonly lost: readonly string[];
}

const senders = 4;

/**
 * The promise of a webhook: what was acknowledged is stored. Posts from several senders, kills the receiver with -9 the
 * moment it has acknowledged so many, and looks at what its ledger has then.
 */
export async function killedAfter(
  acknowledgements: number,
  { child, url }: Running,
  ledgerPath: string,
): Promise<Verdict> {
  const acknowledged: string[] = [];
  let number = 0;
  const sendUntilCut = async (): Promise<void> => {
    for (;;) {
      const body = exportBody((number += 1));
      const { status } = await deliver(url, body);
      if (status !== 200) throw new Error(`answered ${status}`);
      acknowledged.push((body['lead'] as { id: string }).id);
      if (acknowledged.length === acknowledgements) child.kill('SIGKILL');
    }
  };
  const dead = once(child, 'exit');
  await Promise.allSettled(Array.from({ length: senders }, sendUntilCut));
  await dead;
  const kept = await storedIds(ledgerPath);
  return { acknowledged, lost: acknowledged.filter((id) => !kept.has(id)) };
}

async function storedIds(path: string): Promise<Set<string | null>> {
  const ledger = await openLedger(path, { clock: realClock, host: 'test', processAlive: () => false });
  const ids = new Set<string | null>();
  for await (const { vendorId } of ledger.deliveries({ state: 'stored' })) ids.add(vendorId);
  await ledger.close();
  return ids;
}
