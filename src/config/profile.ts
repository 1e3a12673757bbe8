import path from 'node:path';
import { unusable, usageError, type UserError } from '../core/errors.js';
import { isObject, type Json, type JsonObject } from '../core/json.js';
import type { PhoneFormat } from '../core/phone.js';
import type { ChosenProfile } from '../core/place.js';
import { secretSource, shownSource, Secret } from '../core/secret.js';
import { shownDefault, type From, type ValueSpec } from '../core/value.js';
import {
  type ConfigInput,
  isLedgerServer,
  profileKeys,
  readSetting,
  readSettings,
  settingsOf,
  type Said,
  type VendorDeclaration,
} from './settings.js';
import { isSecretThere } from './secrets.js';

/** A value as it was said, and where: `flag --country`, `env SALESQ_LEDGER`, `.salesqrc:country`, `built in`, `default`. */
interface Setting extends Said {
  readonly origin: string;
}

/** One source of settings. Layers are asked in order; the first that has a value wins. */
export interface Layer {
  readonly from: From;
  get(key: string): Json | undefined;
  origin(key: string): string;
  /** Folder its relative paths start from. */
  readonly folder: string;
}

/** A layer of a mapping in the file; `key` may be a path, `dnc.maxAge`. */
export function fileLayer(data: Json | undefined, prefix: string, folder: string): Layer {
  const get = (key: string): Json | undefined => {
    const value = key.split('.').reduce<Json | undefined>((at, step) => {
      return isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
    }, data);
    return value ?? undefined;
  };
  return { from: 'config', get, origin: (key) => `${prefix}${key}`, folder };
}

/** A layer of values that the program itself says. */
export function builtInLayer(data: JsonObject, folder: string): Layer {
  return { from: 'config', get: (key) => data[key], origin: () => 'built in', folder };
}

type Key = keyof typeof profileKeys;
const keys = Object.keys(profileKeys) as Key[];

/** Flags, then environment. Throws UserError `usage.bad-value` (exit 2) for what cannot be right. */
export function commandLayers({ flags, env, cwd }: ConfigInput): Layer[] {
  const flagged: Record<string, string> = {};
  const inEnvironment: Record<string, string> = {};
  for (const key of keys) {
    const spec: ValueSpec = profileKeys[key];
    const flag = (flags as Readonly<Record<string, unknown>>)[key];
    if (spec.flag !== undefined && typeof flag === 'string')
      flagged[key] = checkedText(flag, spec, flagOf(key), 'option');
    const said = spec.env === undefined ? '' : (env[spec.env] ?? '');
    if (spec.env !== undefined && said.trim() !== '')
      inEnvironment[key] = checkedText(said, spec, spec.env, 'environment');
  }
  return [
    { from: 'option', get: (key) => flagged[key], origin: (key) => `flag ${flagOf(key)}`, folder: cwd },
    {
      from: 'environment',
      get: (key) => inEnvironment[key],
      origin: (key) => `env ${specOf(key)?.env ?? key}`,
      folder: cwd,
    },
  ];
}

const specOf = (key: string): ValueSpec | undefined => profileKeys[key as Key];

/** `--country`, without the name of its value. */
const flagOf = (key: string): string => specOf(key)?.flag?.split(' ')[0] ?? key;

function checkedText(said: string, spec: ValueSpec, name: string, from: From): string {
  const { problem } = readSetting(spec, said, from);
  if (problem === null) return said;
  throw usageError({ code: 'usage.bad-value', message: `${name} ${problem}.`, hint: 'salesq help' });
}

/** The first value, or null from `default`. A ledger file's path is made absolute. */
export function settle(layers: readonly Layer[], key: Key, home: string | null): Setting {
  for (const layer of layers) {
    const said = layer.get(key);
    if (said === undefined) continue;
    const value =
      key === 'ledger' && typeof said === 'string' ? absoluteLedger(said, layer.folder, home) : said;
    return { value, from: layer.from, origin: layer.origin(key) };
  }
  return { value: null, from: 'config', origin: 'default' };
}

function absoluteLedger(said: string, folder: string, home: string | null): string {
  if (isLedgerServer(said)) return said;
  if (!said.startsWith('~/')) return path.resolve(folder, said);
  if (home === null) throw noHome();
  return path.join(home, said.slice(2));
}

/** There is no home, or none that is an absolute path. */
export const noHome = (): UserError =>
  unusable({
    code: 'config.no-home',
    message: 'There is no home directory to keep the ledger in: HOME is empty or not an absolute path.',
    hint: 'export HOME=<your home directory>; or say where the ledger is: --ledger <path>, or export SALESQ_LEDGER=<path>',
  });

/** What a profile is made from. */
export interface ProfileSource {
  readonly name: string;
  /** How the profile was chosen, like an origin. */
  readonly chosenBy: string;
  readonly builtIn: boolean;
  readonly layers: readonly Layer[];
  /** The vendors' parts as they stand there. */
  readonly vendors: ReadonlyMap<string, JsonObject>;
  readonly vendorOrigin: (vendor: string, setting: string) => string;
  readonly folder: string;
  readonly input: ConfigInput;
}

/**
 * A profile as it applies to this call, flags and environment included. Its vendors' parts may hold literal secrets
 * and stay private: printing, inspecting or serialising a profile shows none of them.
 */
export interface Profile extends ChosenProfile {
  /** Two letters in upper case; null where nobody says. */
  readonly country: string | null;
  readonly phoneFormat: PhoneFormat;
  /** Absolute path or postgres address (which may hold a password); null where the default applies. */
  readonly ledger: Secret | null;
  readonly allowInsecureHttp: boolean;
}

/** What a profile was made from, and each of its settings. */
interface Made extends ProfileSource {
  readonly settings: ReadonlyMap<string, Setting>;
}

const made = new WeakMap<Profile, Made>();

export function makeProfile(source: ProfileSource): Profile {
  const settings = new Map<string, Setting>(
    keys.map((key) => [key, settle(source.layers, key, source.input.home)]),
  );
  const values = readSettings(profileKeys, (key) => settings.get(key));
  const profile = {
    name: source.name,
    builtIn: source.builtIn,
    live: values.live,
    country: values.country ?? null,
    phoneFormat: values.phoneFormat,
    ledger: values.ledger === undefined ? null : new Secret(values.ledger),
    timezone: values.timezone ?? null,
    dnc: { maxAgeMs: values['dnc.maxAge'] ?? null },
    recontact: values.recontact,
    window: values.window ?? [],
    testNumbers: values.testNumbers ?? [],
    allowInsecureHttp: values.allowInsecureHttp,
    vendors: [...source.vendors.keys()],
  };
  made.set(profile, { ...source, settings });
  return profile;
}

/** What a profile was made from, literal secrets included: never to be shown. */
export function sourceOf(profile: Profile): Made {
  const source = made.get(profile);
  if (source === undefined) throw new Error('this profile was not made by makeProfile');
  return source;
}

/** A vendor's part as the file has it, literal secrets included: never to be shown. */
export const rawVendor = (profile: Profile, id: string): JsonObject =>
  sourceOf(profile).vendors.get(id) ?? {};

/** A ledger's location without its password. */
export function shownLedger(location: string): string {
  if (!isLedgerServer(location)) return location;
  if (!URL.canParse(location)) return 'postgres://…';
  const url = new URL(location);
  const user = url.username === '' ? '' : `${url.username}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}`;
}

/** A line of `profiles show`. */
export interface DescribedSetting {
  /** `country`, `vendors.sales-q.token`, … */
  readonly path: string;
  /** As it was said; secrets as `set (env:NAME)` or `missing (env:NAME)`; null where there is no value. */
  readonly value: Json;
  /** `flag --country`, `env SALESQ_LEDGER`, `.salesqrc:profiles.acme.country`, `built in`, `default`. */
  readonly origin: string;
}

/**
 * Every setting of a profile, where it came from, and whether its secrets are there. Runs no command and asks no
 * keychain: those count as set. Vendors the profile has no settings for are left out.
 */
export async function describeProfile(
  profile: Profile,
  vendors: readonly VendorDeclaration[],
): Promise<DescribedSetting[]> {
  const { chosenBy, settings } = sourceOf(profile);
  const lines: DescribedSetting[] = [{ path: 'profile', value: profile.name, origin: chosenBy }];
  for (const [key, { value: said, origin }] of settings) {
    const value = key === 'ledger' && typeof said === 'string' ? shownLedger(said) : said;
    lines.push({ path: key, value: value ?? shownDefault(profileKeys[key as Key]), origin });
  }
  for (const vendor of vendors.filter(({ id }) => profile.vendors.includes(id))) {
    lines.push(...(await describeVendor(profile, vendor)));
  }
  return lines;
}

async function describeVendor(profile: Profile, vendor: VendorDeclaration): Promise<DescribedSetting[]> {
  const raw = rawVendor(profile, vendor.id);
  const { vendorOrigin } = sourceOf(profile);
  const lines: DescribedSetting[] = [];
  for (const [name, spec] of Object.entries(settingsOf(vendor))) {
    const said = raw[name] ?? null;
    const value =
      spec.type.kind === 'secret' ? await secretState(profile, spec, said) : (said ?? shownDefault(spec));
    const origin = said === null ? 'default' : vendorOrigin(vendor.id, name);
    lines.push({ path: `vendors.${vendor.id}.${name}`, value, origin });
  }
  return lines;
}

async function secretState(profile: Profile, spec: ValueSpec, said: Json): Promise<Json> {
  if (typeof said !== 'string' || said.trim() === '') return spec.required ? 'missing' : null;
  if (profile.builtIn) return 'set (built in)';
  const { folder, input } = sourceOf(profile);
  const there = await isSecretThere(said, { folder, home: input.home, env: input.env });
  return `${there ? 'set' : 'missing'} (${shownSource(secretSource(said))})`;
}
