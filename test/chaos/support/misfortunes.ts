import { hostname } from 'node:os';
import { currentOwner } from '../../../src/ledger/index.js';
import { ledgerOf, type FlowDesk } from './flow.js';
import { openHere } from './look.js';

/** The next row was claimed by somebody who is gone: nobody knows whether it left. */
export async function cutOff(desk: FlowDesk, recovered: boolean): Promise<void> {
  const ledger = await openHere(ledgerOf(desk.folder));
  try {
    const [run] = await ledger.runs(1);
    if (!run) throw new Error('there is no run to cut off');
    const gone = await ledger.join(run.id, currentOwner(process.pid, hostname()));
    await ledger.claim(run.id, gone, { items: 1, bytes: 100_000 });
    await ledger.unlock(gone);
    if (!recovered) return;
    const next = await ledger.lock('chaos', currentOwner(process.pid, hostname()));
    await ledger.recover(run.id, next);
    await ledger.unlock(next);
  } finally {
    await ledger.close();
  }
}

/** The vendor acted on the request with that mark, and its answer never came back. */
export async function answerLost(
  { oracle, run }: FlowDesk,
  mark: string,
  args: readonly string[],
): Promise<void> {
  oracle.before = ({ text }) => !text.includes(mark);
  await run(args, [7]);
  oracle.before = null;
}
