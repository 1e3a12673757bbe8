// Run as a process of its own, to be killed: `send <ledger> <run> <sent> <items>` or `open <ledger>`.
import { fsyncSync, openSync, writeSync } from 'node:fs';
import { hrtime } from 'node:process';
import { currentOwner, openLedger, processAlive } from './src/ledger/index.js';

const [what, file, run, sent, items] = process.argv.slice(2);
const clock = {
  now: () => Date.now(),
  monotonic: () => Number(hrtime.bigint() / 1_000_000n),
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
};
const ledger = await openLedger(file, {
  clock,
  host: 'desk',
  processAlive: (owner) => processAlive(owner, 'desk', (pid, signal) => process.kill(pid, signal)),
});

if (what === 'open') {
  console.log(await ledger.account({ vendor: 'v', name: null, aliases: ['token:1'] }));
  await ledger.close();
} else {
  const vendor = openSync(sent, 'a');
  const lock = await ledger.lock('send', currentOwner(process.pid, 'desk'));
  await ledger.recover(run, lock);
  for (;;) {
    const { claim } = await ledger.claim(run, lock, { items: Number(items), bytes: 1_000_000 });
    if (claim === null) break;
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
}
