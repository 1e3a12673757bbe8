import type { Clock } from '../../../src/core/clock.js';
import type { Client } from '../sim/seed.js';

/** A clock on which no time passes but what its program slept through of its own will. */
function ownTime(clock: Clock): Clock {
  let slept = 0;
  return {
    now: () => slept,
    monotonic: () => slept,
    sleep: async (ms, signal) => {
      await clock.sleep(ms, signal);
      slept += ms;
    },
  };
}

/** Wrong on purpose: a claim is good for ever, also after a night in a laptop that was shut. */
export const neverTooOld: Client = { parts: { clock: ownTime } };
