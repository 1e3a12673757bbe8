// A sandbox in a process of its own, to be killed: argument 1 is its state file, the parent is sent its URL.
import { performance } from 'node:perf_hooks';
import { createViteServer } from 'vitest/node';

const vite = await createViteServer({
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, ws: false, watch: null },
  appType: 'custom',
});
const { startSandbox } = await vite.ssrLoadModule('/src/rehearsal/host.ts');
const { default: salesQ } = await vite.ssrLoadModule('/src/vendors/sales-q/twin/index.ts');
const { url } = await startSandbox({
  twins: [salesQ],
  host: '127.0.0.1',
  port: 0,
  speed: 1,
  seed: 1,
  stateFile: process.argv[2],
  clock: { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() },
});
process.send({ url });
