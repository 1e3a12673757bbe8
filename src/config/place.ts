import { createHmac } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { accountRef, sameAddress, type AccountFacts } from '../core/account.js';
import { gateClosed, unusable, UserError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import type { AccountRef } from '../core/ledger.js';
import { shellWord } from '../core/hint.js';
import type { PhoneRule } from '../core/phone-key.js';
import type { Pinned, Place, VendorAccess, Wanted } from '../core/place.js';
import { secretSource, type Secret, type VendorSettings } from '../core/secret.js';
import type { Vendor } from '../core/vendor.js';
import type { Config } from './config.js';
import { envText, type ConfigInput, isLedgerServer, sandboxName } from './settings.js';
import { commandLayers, noHome, rawVendor, settle, shownLedger, type Profile } from './profile.js';
import { readVendor, vendorSettings } from './vendor-settings.js';

/** Of a profile, or of the file for commands without one. */
interface LedgerChoice {
  readonly ledger: Secret | null;
  readonly builtIn?: boolean;
}

/**
 * Where the ledger is, as an absolute path or a postgres address (which may hold a password: show it with
 * `shownLedger`). Flag, SALESQ_LEDGER, profile, the file's own `ledger`, `$XDG_STATE_HOME/salesq/ledger.db`. The sandbox
 * has one of its own, which only the flag overrules. Throws UserError `config.no-home` (exit 6).
 */
export function ledgerLocation(
  input: ConfigInput,
  profile: LedgerChoice | null,
  config: LedgerChoice | null = null,
): string {
  const sandbox = profile?.builtIn === true;
  const layers = commandLayers(input);
  const named = settle(sandbox ? layers.slice(0, 1) : layers, 'ledger', input.home).value;
  if (typeof named === 'string') return named;
  const chosen = sandbox ? null : (profile?.ledger ?? config?.ledger);
  if (chosen) return chosen.reveal();
  return path.join(stateFolder(input), 'salesq', sandbox ? 'sandbox.db' : 'ledger.db');
}

function stateFolder(input: ConfigInput): string {
  const state = envText(input, 'XDG_STATE_HOME');
  if (state !== null && path.isAbsolute(state)) return state;
  if (input.home === null || !path.isAbsolute(input.home)) throw noHome();
  return path.join(input.home, '.local', 'state');
}

/**
 * The file of the witness, as an absolute path: SALESQ_WITNESS, a file or a folder that is there, else in the user's
 * configuration. Throws UserError `config.no-home` (exit 6).
 */
export async function witnessLocation(input: ConfigInput): Promise<string> {
  const name = 'witness.json';
  const said = envText(input, 'SALESQ_WITNESS');
  if (said !== null) return (await isFolder(said)) ? path.join(said, name) : said;
  const config = envText(input, 'XDG_CONFIG_HOME');
  if (config !== null && path.isAbsolute(config)) return path.join(config, 'salesq', name);
  if (input.home === null) throw noHome();
  return path.join(input.home, '.config', 'salesq', name);
}

const isFolder = (place: string): Promise<boolean> =>
  stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Throws UserError `config.no-home` (exit 6) where the ledger would be in a home directory that is not there. */
export async function checkHome(location: string, { home }: ConfigInput): Promise<void> {
  if (home === null || isLedgerServer(location) || !location.startsWith(path.join(home, path.sep))) return;
  if (await isFolder(home)) return;
  throw unusable({
    code: 'config.no-home',
    message: `The home directory ${home} is not there, and the ledger would be in it.`,
    hint: 'export HOME=<your home directory>',
  });
}

/** The address of a ledger server as it may be typed again, and whether a password was left out of it. */
function withoutPassword(address: string): { readonly address: string; readonly leftOut: boolean } {
  const url = new URL(address);
  const leftOut = url.password !== '' || url.searchParams.has('password');
  url.password = '';
  url.searchParams.delete('password');
  return { address: leftOut ? url.href : address, leftOut };
}

/** What a place is made from. `input` holds the flags and environment that `config` was loaded with. */
export interface PlaceSource {
  readonly config: Config;
  readonly input: ConfigInput;
}

/** Ledgers by place: the address may hold a password, so no place shows it. */
const locations = new WeakMap<Place, string>();

/** Where the ledger of a place is: an absolute path, or a postgres address with its password. */
export function locationOf(place: Place): string {
  const location = locations.get(place);
  if (location === undefined) throw new Error('this place was not made by placeOf');
  return location;
}

/**
 * The place of this call: profile by argument, run, flag, environment, `defaultProfile`, else the only one; from it
 * ledger, accounts and how numbers are read. Without a choice among several profiles it still is one where all of them
 * have the same ledger. Throws UserError (exit 6): `config.no-profile`, `config.unknown-profile`, `config.no-home`.
 */
export function placeOf(source: PlaceSource, wanted: Wanted = {}): Place {
  const { config, input } = source;
  const runProfile = input.flags.profile === undefined ? wanted.run?.profile : undefined;
  const profile = config.chosenProfile(wanted.profile ?? runProfile);
  if (profile) return makePlace(source, profile, ledgerLocation(input, profile, config), rulesOf([profile]));
  const all = ownProfiles(config);
  const found = new Set(all.map((each) => ledgerLocation(input, each, config)));
  if (found.size > 1) config.profile();
  const [location = ledgerLocation(input, null, config)] = found;
  return makePlace(source, null, location, rulesOf(all));
}

/** Where an opt-out goes, and all the ways the profiles meant read its number. */
interface EveryPlace {
  readonly places: readonly Place[];
  readonly reads: readonly PhoneRule[];
  /** Why it is not known which of the places is meant; null where it is. */
  readonly doubt: UserError | null;
  /** True where no configuration was found and nobody named a ledger: a push may use another one. */
  readonly unfounded: boolean;
}

/**
 * The places an opt-out goes to: the chosen profile's; without a choice, or for a profile that is not known, one for each
 * ledger the config names. Throws UserError `config.no-home` (exit 6).
 */
export function everyPlace(source: PlaceSource): EveryPlace {
  const { config, input } = source;
  const { chosen, doubt } = choiceOf(config);
  const all = chosen ? [chosen] : ownProfiles(config);
  const first = new Map<string, Profile | null>();
  for (const profile of all) {
    const location = ledgerLocation(input, profile, config);
    if (!first.has(location)) first.set(location, all.length === 1 ? profile : null);
  }
  if (first.size === 0) first.set(ledgerLocation(input, null, config), null);
  const reads = rulesOf(all).length > 0 ? rulesOf(all) : [flagRule(input)];
  const places = [...first].map(([location, profile]) => makePlace(source, profile, location, reads));
  const named = input.flags.ledger !== undefined || envText(input, 'SALESQ_LEDGER') !== null;
  const unfounded = config.path === null && !named && chosen === null;
  return { places, reads, doubt, unfounded };
}

/** Where an opt-out goes whose configuration cannot be read: nowhere yet. */
export const noPlace = (input: ConfigInput, doubt: UserError): EveryPlace => ({
  places: [],
  reads: [flagRule(input)],
  doubt,
  unfounded: false,
});

function choiceOf(config: Config): { readonly chosen: Profile | null; readonly doubt: UserError | null } {
  try {
    return { chosen: config.chosenProfile(), doubt: null };
  } catch (error) {
    if (!(error instanceof UserError && error.code === 'config.unknown-profile')) throw error;
    return { chosen: null, doubt: error };
  }
}

const ownProfiles = (config: Config): Profile[] =>
  config.profileNames.filter((name) => name !== sandboxName).map((name) => config.profile(name));

/** The different rules of these profiles, flags heeded. */
function rulesOf(profiles: readonly Profile[]): PhoneRule[] {
  const rules = profiles.map(({ country, phoneFormat }) => ({ country, format: phoneFormat }));
  return rules.filter(
    (rule, at) =>
      rules.findIndex(({ country, format }) => country === rule.country && format === rule.format) === at,
  );
}

/** Without a profile: what the flags say, and no country that nobody named. */
const flagRule = ({ flags }: ConfigInput): PhoneRule => ({
  country: flags.country?.toUpperCase() ?? null,
  format: (flags.phoneFormat ?? 'auto') as PhoneRule['format'],
});

function makePlace(
  source: PlaceSource,
  profile: Profile | null,
  location: string,
  rules: readonly PhoneRule[],
): Place {
  const flags = placeFlags(source, location, null);
  const requireProfile = (): Profile => profile ?? source.config.profile();
  const place = {
    profile,
    ledger: { shown: shownLedger(location), kind: isLedgerServer(location) ? 'server' : 'file' },
    reads: rules.length === 1 && rules[0] ? rules[0] : flagRule(source.input),
    requireProfile,
    access: async (vendor: Vendor) => accessOf(source, requireProfile(), vendor),
    command: (words: string, pinned?: Pinned) =>
      [words, ...(pinned ? placeFlags(source, location, pinned) : flags).words].join(' '),
    sameLedger: (other: Place) => sameLocation(location, locationOf(other)),
    commandNeeds: flags.needs,
  } as unknown as Place;
  locations.set(place, location);
  return place;
}

/** The flags a command line needs to mean the same place in the same shell, whatever its working directory. */
function placeFlags(
  { config, input }: PlaceSource,
  location: string,
  pinned: Pinned | null,
): { readonly words: readonly string[]; readonly needs: string | null } {
  const { profile, config: file, ledger } = input.flags;
  const inEnvironment = (name: 'SALESQ_CONFIG' | 'SALESQ_LEDGER'): boolean => {
    const text = envText(input, name);
    return text !== null && (path.isAbsolute(text) || isLedgerServer(text));
  };
  const named =
    file !== undefined || (envText(input, 'SALESQ_CONFIG') !== null && !inEnvironment('SALESQ_CONFIG'));
  const wanted = pinned !== null && pinned !== 'ledger' ? pinned.profile : null;
  const other = wanted !== null && wanted !== choiceOf(config).chosen?.name ? wanted : null;
  const pairs: [string, string | null][] = [
    ['--profile', other ?? profile ?? null],
    ['--config', named || config.foundHere ? config.path : null],
  ];
  const relative = envText(input, 'SALESQ_LEDGER') !== null && !inEnvironment('SALESQ_LEDGER');
  let needs: string | null = null;
  if (ledger !== undefined || relative || pinned === 'ledger') {
    const { address, leftOut } = isLedgerServer(location)
      ? withoutPassword(location)
      : { address: location, leftOut: false };
    pairs.push(['--ledger', address]);
    if (leftOut)
      needs =
        'The password of the ledger is left out of the commands: set it in PGPASSWORD before you use one.';
  }
  const words = pairs.flatMap(([flag, value]) => (value === null ? [] : [`${flag} ${shellWord(value)}`]));
  return { words, needs };
}

const sameLocation = (one: string, other: string): boolean =>
  one === other ||
  (isLedgerServer(one) &&
    isLedgerServer(other) &&
    withoutPassword(one).address === withoutPassword(other).address);

async function accessOf(source: PlaceSource, profile: Profile, vendor: Vendor): Promise<VendorAccess> {
  const { settings, warnings } = await vendorSettings(profile, vendor);
  return {
    profile,
    settings,
    warnings,
    keyMark: keyMarkOf(vendor, settings),
    account: () => accountIn(source, profile, vendor, settings),
  };
}

/** Short on purpose: it tells that a key differs, and hardly anything of what it is. */
function keyMarkOf(vendor: Vendor, settings: VendorSettings): string | null {
  const names = Object.keys(settings.secrets).sort();
  if (names.length === 0) return null;
  const digest = createHmac('sha256', `salesq key ${vendor.id}`);
  for (const name of names) digest.update(`${name}\0${settings.secrets[name]?.reveal() ?? ''}\0`);
  return digest.digest('hex').slice(0, 4);
}

function accountIn(
  source: PlaceSource,
  profile: Profile,
  vendor: Vendor,
  settings: VendorSettings,
): AccountRef {
  const facts: AccountFacts = {
    vendor: vendor.id,
    url: settings.url,
    marks: vendor.accountBy.map((name) => settings.values[name] ?? null),
    name: settings.account,
    sandbox: profile.builtIn,
  };
  if (vendor.keyIsAccount && !profile.builtIn) checkNamed(source, profile, vendor, facts);
  return accountRef(facts);
}

/**
 * Two profiles with different keys at one address may be two accounts or one: nobody but their owner knows. Throws
 * UserError `account.unnamed` (exit 10) until both are named.
 */
function checkNamed({ config, input }: PlaceSource, own: Profile, vendor: Vendor, facts: AccountFacts): void {
  for (const other of ownProfiles(config)) {
    if (other.name === own.name || !other.vendors.includes(vendor.id)) continue;
    const theirs = factsAsWritten(other, vendor);
    if (theirs === null || !sameAddress(facts, theirs)) continue;
    const unnamed = facts.name === null ? own : theirs.name === null ? other : null;
    if (unnamed === null || !differentKeys(own, other, vendor, input)) continue;
    throw gateClosed({
      code: 'account.unnamed',
      message: `Profiles ${own.name} and ${other.name} reach ${vendor.title} at one address with different keys: whether that is one account or two, nobody can tell.`,
      hint: `Write account: ${unnamed.name} under profiles.${unnamed.name}.vendors.${vendor.id} (or one name in both, if it is one account), then run the command again`,
    });
  }
}

/** Of a profile that is not the one at work: its secrets are not fetched. Null where its address is missing. */
function factsAsWritten(profile: Profile, vendor: Vendor): AccountFacts | null {
  const said = readVendor(profile, vendor);
  if (said.url === undefined) return null;
  return {
    vendor: vendor.id,
    url: said.url,
    marks: vendor.accountBy.map((name) => (said[name] ?? null) as Json),
    name: said.account ?? null,
    sandbox: false,
  };
}

function differentKeys(one: Profile, other: Profile, vendor: Vendor, input: ConfigInput): boolean {
  return Object.entries(vendor.settings).some(([name, { type }]) => {
    if (type.kind !== 'secret') return false;
    const [a, b] = [one, other].map((profile) => rawVendor(profile, vendor.id)[name]);
    if (typeof a !== 'string' || typeof b !== 'string') return false;
    return a !== b && keyAsWritten(a, input) !== keyAsWritten(b, input);
  });
}

/** The key where it is at hand, else where it comes from: no command is run to compare two. */
function keyAsWritten(text: string, { env }: ConfigInput): string {
  const source = secretSource(text);
  return source.kind === 'env' ? (env[source.from]?.trim() ?? text) : text;
}
