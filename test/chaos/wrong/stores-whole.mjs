// Deliberately wrong: a delivery is kept as it came, token included, "for support". Argument 1 is the ledger.
// Prints its URL on stderr like `listen` does.
import { performance } from 'node:perf_hooks';
import { openLedger } from '../../../dist/ledger/index.js';
import { startReceiver } from '../../../dist/webhook/receiver.js';
import salesQ from '../../../dist/vendors/sales-q/index.js';

const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() };
const ledger = await openLedger(process.argv[2], { clock, host: 'wrong', processAlive: () => null });
const account = await ledger.account({ vendor: 'sales-q', name: 'wrong', aliases: [] });
const { url } = await startReceiver({
  webhook: {
    ...salesQ.webhook,
    authentic: ({ token }) => token === process.env.TEST_TOKEN,
    without: (body) => body,
  },
  settings: { secrets: {} },
  account,
  host: '127.0.0.1',
  port: 0,
  path: '/hook',
  clock,
  ledger,
  onStored: () => Promise.resolve(),
  onFailure: () => undefined,
  onQuarantine: () => undefined,
});
console.error(`posts to ${url}`);
