import type { Reaches, RunFacts } from '../../core/gate.js';
import type { CallingWindow } from '../../core/units.js';

/** What a profile says of when people may be contacted, as the rules of a run want it. */
export const runFacts = (
  profile: {
    readonly name: string;
    readonly window: readonly CallingWindow[];
    readonly timezone: string | null;
    readonly dnc: { readonly maxAgeMs: number | null };
  },
  reaches: Reaches,
  now: number,
): RunFacts => ({
  reaches,
  profile: profile.name,
  now,
  window: profile.window,
  timezone: profile.timezone,
  listMaxAgeMs: profile.dnc.maxAgeMs,
});
