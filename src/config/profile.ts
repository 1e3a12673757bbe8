import type { Json, JsonObject } from '../core/json.js';
import type { PhoneFormat } from '../core/phone.js';
import { Secret } from '../core/settings.js';
import {
  parseDuration,
  parseRecontact,
  parseWindow,
  type CallingWindow,
  type Recontact,
} from '../core/units.js';
import type { ConfigInput } from './input.js';
import { settle, type Layer, type Setting } from './layers.js';

/** What a profile is made from. */
export interface ProfileSource {
  readonly name: string;
  /** How the profile was chosen, like an origin. */
  readonly chosenBy: string;
  readonly builtIn: boolean;
  readonly layers: readonly Layer[];
  /** A vendor's part as it stands there; null where the profile has none. */
  readonly vendors: ReadonlyMap<string, JsonObject>;
  readonly vendorOrigin: (vendor: string, setting: string) => string;
  readonly folder: string;
  readonly input: ConfigInput;
}

const keys = [
  'live',
  'country',
  'phoneFormat',
  'ledger',
  'timezone',
  'dnc.maxAge',
  'recontact',
  'window',
  'allowInsecureHttp',
] as const;
type Key = (typeof keys)[number];

/** What holds where nobody says otherwise. */
const defaults: Partial<Readonly<Record<Key, Json>>> = {
  live: false,
  phoneFormat: 'auto',
  recontact: 'never',
  allowInsecureHttp: false,
};

/**
 * A profile as it applies to this call, flags and environment included. Its vendors' parts may hold literal secrets
 * and stay private: printing, inspecting or serialising a profile shows none of them.
 */
export class Profile {
  readonly name: string;
  /** True for `sandbox`. */
  readonly builtIn: boolean;
  readonly live: boolean;
  /** Two letters in upper case; null where nobody says. */
  readonly country: string | null;
  readonly phoneFormat: PhoneFormat;
  /** Absolute path or postgres address (which may hold a password); null where the default applies. */
  readonly ledger: Secret | null;
  readonly timezone: string | null;
  /** Oldest do-not-call list accepted, in milliseconds; null where none is needed. */
  readonly dnc: { readonly maxAgeMs: number | null };
  readonly recontact: Recontact;
  /** Empty where people may be contacted at any time. */
  readonly window: readonly CallingWindow[];
  readonly allowInsecureHttp: boolean;
  /** Ids of the vendors it has settings for. */
  readonly vendors: readonly string[];
  readonly #source: ProfileSource;
  readonly #settings: ReadonlyMap<string, Setting>;

  constructor(source: ProfileSource) {
    this.#source = source;
    this.#settings = new Map(keys.map((key) => [key, settleKey(source, key)]));
    const text = (key: Key): string | null => {
      const value = this.#settings.get(key)?.value;
      return typeof value === 'string' ? value : null;
    };
    const ledger = text('ledger');
    const windows = this.#settings.get('window')?.value ?? [];
    this.name = source.name;
    this.builtIn = source.builtIn;
    this.live = this.#settings.get('live')?.value === true;
    this.country = text('country')?.toUpperCase() ?? null;
    this.phoneFormat = text('phoneFormat') as PhoneFormat;
    this.ledger = ledger === null ? null : new Secret(ledger);
    this.timezone = text('timezone');
    this.dnc = { maxAgeMs: parseDuration(text('dnc.maxAge') ?? '') };
    this.recontact = parseRecontact(text('recontact') ?? '') ?? { mode: 'never', afterMs: 0 };
    this.window = [windows]
      .flat()
      .flatMap((one) => (typeof one === 'string' ? (parseWindow(one) ?? []) : []));
    this.allowInsecureHttp = this.#settings.get('allowInsecureHttp')?.value === true;
    this.vendors = [...source.vendors.keys()];
  }

  /** Where a value came from: `country`, `dnc.maxAge`, `vendors.sales-q.token`, or `profile` for the choice itself. */
  origin(path: string): string {
    if (path === 'profile') return this.#source.chosenBy;
    const [, vendor, setting] = /^vendors\.([^.]+)\.(.+)$/.exec(path) ?? [];
    if (vendor === undefined || setting === undefined) return this.#settings.get(path)?.origin ?? 'default';
    return (rawVendor(this, vendor)[setting] ?? null) === null
      ? 'default'
      : this.#source.vendorOrigin(vendor, setting);
  }

  /** For this folder only, through the functions below. */
  static source(profile: Profile): ProfileSource {
    return profile.#source;
  }

  static settings(profile: Profile): ReadonlyMap<string, Setting> {
    return profile.#settings;
  }
}

function settleKey(source: ProfileSource, key: Key): Setting {
  const setting = settle(source.layers, key, source.input.home);
  return setting.value === null ? { value: defaults[key] ?? null, origin: setting.origin } : setting;
}

/** A vendor's part as the file has it, literal secrets included: never to be shown. */
export const rawVendor = (profile: Profile, id: string): JsonObject =>
  Profile.source(profile).vendors.get(id) ?? {};
