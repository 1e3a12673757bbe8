import type { AccountRef } from './ledger.js';
import type { PhoneRule } from './phone-key.js';
import type { Problem } from './row.js';
import type { VendorSettings } from './secret.js';
import type { CallingWindow, Recontact } from './units.js';
import type { Vendor } from './vendor.js';

declare const resolved: unique symbol;

/** What commands use of the profile that applies. */
export interface ChosenProfile {
  readonly name: string;
  /** True for `sandbox`. */
  readonly builtIn: boolean;
  readonly live: boolean;
  readonly timezone: string | null;
  /** Oldest do-not-call list accepted, in milliseconds; null where none is needed. */
  readonly dnc: { readonly maxAgeMs: number | null };
  readonly recontact: Recontact;
  /** Empty where people may be contacted at any time. */
  readonly window: readonly CallingWindow[];
  /** Phones of the user's own, E.164: contacted again and again. */
  readonly testNumbers: readonly string[];
  /** Ids of the vendors it has settings for. */
  readonly vendors: readonly string[];
}

/** A vendor as the profile reaches it: settings and secrets, and the account they belong to. */
export interface VendorAccess {
  readonly profile: ChosenProfile;
  readonly settings: VendorSettings;
  /** To be shown on every run. */
  readonly warnings: readonly Problem[];
  /** Tells that a key is another one than before, not what it is; null where the vendor has no secret. */
  readonly keyMark: string | null;
  /** Throws UserError `account.unnamed` (exit 10) where another profile may mean another account by the same facts. */
  readonly account: () => AccountRef;
}

/**
 * Where a command works: profile, ledger, accounts and how numbers are read, resolved once by one rule. Only
 * `config/place.ts` makes one, and ledgers open by it alone.
 */
export interface Place {
  readonly [resolved]: true;
  /** Null where none is chosen and the command needs none. */
  readonly profile: ChosenProfile | null;
  /** The profile for what cannot be done without one. Throws UserError `config.no-profile` (exit 6). */
  requireProfile(): ChosenProfile;
  /** The ledger, for people: without a password. */
  readonly ledger: { readonly shown: string; readonly kind: 'file' | 'server' };
  /** How phone numbers are read that are typed or stand in a file. */
  readonly reads: PhoneRule;
  sameLedger(other: Place): boolean;
  /** Throws UserError (exit 6): `config.no-profile`, and what is missing in the profile's part of the vendor. */
  access(vendor: Vendor): Promise<VendorAccess>;
  /**
   * The command line with the flags it needs to mean this place from any folder; fit for a shell, without a password.
   */
  command(words: string, pinned?: Pinned): string;
  /** What must be set before a command line of `command` works; null for nothing. */
  readonly commandNeeds: string | null;
}

/**
 * What a command line names beside what it must: the ledger where configuration or environment would name it, or a profile
 * where another one would be chosen.
 */
export type Pinned = 'ledger' | { readonly profile: string };

/** What a place is resolved for, beside the flags of every command. */
export interface Wanted {
  /** A profile named as an argument: it outweighs every other choice. */
  readonly profile?: string | undefined;
  /** A run to go on with: its profile applies unless `--profile` names one. */
  readonly run?: { readonly id: string; readonly profile: string } | undefined;
  /** `--country` and `--phone-format`, as typed. */
  readonly country?: string | undefined;
  readonly phoneFormat?: string | undefined;
}
