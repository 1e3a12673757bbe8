import { isoTime } from '../../core/clock.js';
import type { JsonObject } from '../../core/json.js';
import type { Ledger } from '../../core/ledger.js';
import type { Push } from './push.js';

/** Runs that are looked through for the last one of an account. */
const mostRuns = 200;

/** A run's settings with the mark of the key it was planned with: it tells that a key changed, and decides nothing. */
export const withKey = (settings: JsonObject, keyMark: string | null): JsonObject =>
  keyMark === null ? settings : { ...settings, key: keyMark };

/**
 * Warns where the account was used with another key before. A new key is the same account, so that nobody is contacted
 * twice; whether it belongs to somebody else, only its owner knows.
 */
export async function sayOtherKey(
  { app, session, vendor }: Push,
  ledger: Ledger,
  account: string,
): Promise<void> {
  if (session.keyMark === null) return;
  const runs = await ledger.runs(mostRuns);
  const last = runs.find((run) => run.account === account && typeof run.settings['key'] === 'string');
  if (!last || last.settings['key'] === session.keyMark) return;
  app.terminal.warn(
    `People of this account were contacted before under another key (run ${last.id} of ${isoTime(last.createdAt)}), and count as contacted. ` +
      `If the key belongs to another account, write account: <name> under profiles.${session.profile.name}.vendors.${vendor.id}.`,
  );
}
