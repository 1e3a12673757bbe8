import type { AccountRef, Ledger } from '../core/ledger.js';
import type { ChosenProfile, Place } from '../core/place.js';
import type { VendorSettings } from '../core/secret.js';
import type { Vendor, VendorContext } from '../core/vendor.js';
import type { App } from './app.js';

/** A profile's part of one vendor, ready to be used. */
export interface Session {
  readonly place: Place;
  readonly profile: ChosenProfile;
  readonly settings: VendorSettings;
  readonly context: VendorContext;
  readonly keyMark: string | null;
  /** Throws UserError `account.unnamed` (exit 10). */
  readonly account: () => AccountRef;
}

/** Resolves settings and secrets of one vendor; its warnings have been said. Throws UserError (exit 6). */
export async function openSession(app: App, place: Place, vendor: Vendor): Promise<Session> {
  const { profile, settings, warnings, keyMark, account } = await place.access(vendor);
  for (const { message } of warnings) app.terminal.warn(message);
  const context: VendorContext = {
    settings,
    http: app.http,
    clock: app.clock,
    signal: app.aborting,
    warn: (message) => app.terminal.warn(message),
  };
  return { place, profile, settings, context, keyMark, account };
}

/** Says that there is no ledger yet, and where it would be. */
export const sayNoLedger = (app: App, place: Place): void =>
  app.terminal.note(`no ledger yet: the first push makes one at ${place.ledger.shown}`);

/** Looks at the ledger of a place and closes it; null where there is none yet, which is said. */
export async function lookAtLedger<T>(
  app: App,
  place: Place,
  work: (ledger: Ledger | null) => Promise<T>,
): Promise<T> {
  const ledger = await app.ports.ledger(place, 'look');
  if (!ledger) {
    sayNoLedger(app, place);
    return work(null);
  }
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** The ledger of a place, made if it is not there, for some work; closed after it. */
export async function writeLedger<T>(
  app: App,
  place: Place,
  work: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  const ledger = await app.ports.ledger(place, 'write');
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}
