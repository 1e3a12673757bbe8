// Deliberately wrong: the receiver says 200 at once and writes what it has every 50 ms, "to be fast".
// Argument 1 is the ledger. Prints its URL on stderr like `listen` does.
import { performance } from 'node:perf_hooks';
import { openLedger } from '../../../dist/ledger/index.js';
import { startReceiver } from '../../../dist/webhook/receiver.js';
import salesQ from '../../../dist/vendors/sales-q/index.js';

const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() };
const ledger = await openLedger(process.argv[2], { clock, host: 'wrong', processAlive: () => null });
const account = await ledger.account({ vendor: 'sales-q', name: 'wrong', aliases: [] });
const waiting = [];
const write = async () => {
  for (const delivery of waiting.splice(0)) await ledger.storeDelivery(delivery);
  setTimeout(write, 50);
};
void write();
const { url } = await startReceiver({
  webhook: salesQ.webhook,
  settings: { secrets: { token: { reveal: () => process.env.TEST_TOKEN } } },
  account,
  host: '127.0.0.1',
  port: 0,
  path: '/hook',
  clock,
  ledger: { storeDelivery: (delivery) => Promise.resolve(waiting.push(delivery)).then(() => 'stored') },
  onStored: () => Promise.resolve(),
  onFailure: () => undefined,
  onQuarantine: () => undefined,
});
console.error(`posts to ${url}`);
