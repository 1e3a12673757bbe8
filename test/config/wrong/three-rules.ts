import { placeOf } from '../../../src/config/index.js';
import type { PlaceOf } from '../place-checks.js';

/** Commands without a vendor do not know the only profile, and numbers are read by the first one. */
export const threeRules: PlaceOf = (source, wanted = {}) => {
  const { config, input } = source;
  const named = wanted.profile ?? input.flags.profile ?? input.env['SALESQ_PROFILE'] ?? config.defaultProfile;
  const ledgerOfFile = { ...config, chosenProfile: () => null, profileNames: [] };
  const place = placeOf(named ? source : { config: ledgerOfFile, input }, wanted);
  const first = config.profile(config.profileNames[0]);
  return { ...place, reads: { country: first.country, format: first.phoneFormat } };
};
