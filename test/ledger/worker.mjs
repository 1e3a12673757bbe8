// Run as a process of its own, to be killed: `<ledger> <run> <sent>`. Works on a run beside others, with the built program.
import { fsyncSync, openSync, writeSync } from 'node:fs';
import { hrtime } from 'node:process';
import { currentOwner, openLedger, processAlive } from '../../dist/ledger/index.js';

const [where, run, sent] = process.argv.slice(2);
const clock = {
  now: () => Date.now(),
  monotonic: () => Number(hrtime.bigint() / 1_000_000n),
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
};
const ledger = await openLedger(where, {
  clock,
  host: 'desk',
  processAlive: (owner) => processAlive(owner, 'desk', (pid, signal) => process.kill(pid, signal)),
});
const vendor = openSync(sent, 'a');
const lock = await ledger.join(run, currentOwner(process.pid, 'desk'));
await ledger.recover(run, lock);
for (;;) {
  const { claim } = await ledger.claim(run, lock, { items: 1, bytes: 1_000_000 });
  if (claim === null && (await ledger.counts(run)).ready === 0) break;
  if (claim === null) continue;
  for (const { row } of claim.rows) writeSync(vendor, `${row}\n`);
  fsyncSync(vendor);
  console.log('sent');
  const outcome = { kind: 'delivered', vendorId: null };
  await ledger.settle(
    claim,
    claim.rows.map(({ row }) => ({ row, outcome })),
  );
}
await ledger.unlock(lock);
await ledger.close();
