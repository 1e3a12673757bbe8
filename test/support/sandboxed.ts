import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.js';
import type { Sandbox } from '../../src/rehearsal/host.js';
import type { Webhooks } from '../../src/rehearsal/post.js';
import { startSandbox } from '../../src/rehearsal/host.js';
import { vendors } from '../../src/vendors/index.js';

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
};

/** The sandbox in this process: the oracle of who was contacted. */
export async function openSandbox(webhooks: Webhooks = {}): Promise<Sandbox> {
  const twins = await Promise.all(vendors.map(async (entry) => (await entry.load()).default.twin()));
  return startSandbox({
    twins,
    host: '127.0.0.1',
    port: 0,
    speed: 60,
    seed: 1,
    stateFile: null,
    clock: realClock,
    webhooks,
  });
}

/** Environment that makes the built-in profile reach that sandbox. */
export const sandboxEnv = (sandbox: Sandbox): Record<string, string> => ({
  SALESQ_PROFILE: 'sandbox',
  SALESQ_SANDBOX_URL: sandbox.url,
});
