import { unusable } from '../core/errors.js';
import type { Json } from '../core/json.js';
import type { Problem } from '../core/row.js';
import type { Secret, VendorSettings } from '../core/secret.js';
import type { Values } from '../core/value.js';
import { type Profile, rawVendor, sourceOf } from './profile.js';
import { missingSecret, resolveSecret, type SecretScope } from './secrets.js';
import { readSettings, settingsOf, type vendorKeys, type VendorDeclaration } from './settings.js';

/** What a test may change: the deadline of a command, 10 s by default, and the system. */
export type VendorSettingsOptions = Pick<SecretScope, 'commandTimeoutMs' | 'platform'>;

/**
 * A vendor's part of a profile, with its secrets (and no other vendor's) fetched now. Warnings are to be shown on
 * every run. Throws UserError, exit 6: `config.missing-setting`, `config.insecure-http`, and what `resolveSecret`
 * throws.
 */
export async function vendorSettings(
  profile: Profile,
  vendor: VendorDeclaration,
  options: VendorSettingsOptions = {},
): Promise<{ settings: VendorSettings; warnings: Problem[] }> {
  const said = readVendor(profile, vendor);
  const { url, warnings } = checkedUrl(profile, vendor, said);
  const values = ownValues(profile, vendor, said);
  const secrets = await secretsOf(profile, vendor, options);
  const { rate = null, concurrency = null, timeout = null, account = null } = said;
  const settings = { url, perSecond: rate, concurrency, timeoutMs: timeout, account, secrets, values };
  return { settings, warnings };
}

type VendorValues = Values<typeof vendorKeys>;

/** A vendor's part of a profile, defaults filled in; of a secret, where it is to be had. */
export function readVendor(
  profile: Profile,
  vendor: VendorDeclaration,
): VendorValues & Readonly<Record<string, unknown>> {
  const raw = rawVendor(profile, vendor.id);
  return readSettings(settingsOf(vendor), (name) => ({
    value: raw[name] ?? null,
    from: 'config',
  })) as ReturnType<typeof readVendor>;
}

const owner = (profile: Profile, vendor: VendorDeclaration): string =>
  `Profile ${profile.name}, vendor ${vendor.id}`;

const missingSetting = (profile: Profile, vendor: VendorDeclaration, names: string[], hint: string) =>
  unusable({
    code: 'config.missing-setting',
    message: `${owner(profile, vendor)}: ${names.join(', ')} must be set.`,
    hint,
  });

function checkedUrl(
  profile: Profile,
  vendor: VendorDeclaration,
  { url, allowInsecureHttp = profile.allowInsecureHttp }: VendorValues,
): { url: string; warnings: Problem[] } {
  if (url === undefined) {
    throw missingSetting(
      profile,
      vendor,
      ['url'],
      `url: "https://…" under profiles.${profile.name}.vendors.${vendor.id}`,
    );
  }
  if (!isInsecure(url)) return { url, warnings: [] };
  const code = 'config.insecure-http';
  const { host } = new URL(url);
  if (!allowInsecureHttp) {
    throw unusable({
      code,
      message: `${owner(profile, vendor)}: url is plain http:// to ${host}; leads and credentials could be read on the way.`,
      hint: 'use https://, or set allowInsecureHttp: true if the way is safe',
    });
  }
  const message = `${owner(profile, vendor)}: talks to ${host} without encryption (allowInsecureHttp)`;
  return { url, warnings: [{ code, message }] };
}

/** True where a checked URL sends in the clear to another machine. */
function isInsecure(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:') return false;
  return !(hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname));
}

/** Names of a vendor's own settings, its secrets or all others. */
const ownNames = (vendor: VendorDeclaration, secrets: boolean): string[] =>
  Object.entries(vendor.settings).flatMap(([name, { type }]) =>
    (type.kind === 'secret') === secrets ? [name] : [],
  );

function ownValues(
  profile: Profile,
  vendor: VendorDeclaration,
  said: Readonly<Record<string, unknown>>,
): Record<string, Json> {
  const names = ownNames(vendor, false);
  const missing = names.filter(
    (name) => vendor.settings[name]?.required && (said[name] === undefined || said[name] === ''),
  );
  if (missing.length > 0) {
    throw missingSetting(
      profile,
      vendor,
      missing,
      `set it under profiles.${profile.name}.vendors.${vendor.id}`,
    );
  }
  const given = names.filter((name) => said[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, said[name] as Json]));
}

/** `SALES_Q_TOKEN`: the variable a hint suggests. */
const suggestedVariable = (vendor: string, setting: string): string =>
  `${vendor}_${setting.replace(/([a-z])([A-Z])/g, '$1_$2')}`.replace(/\W/g, '_').toUpperCase();

async function secretsOf(
  profile: Profile,
  vendor: VendorDeclaration,
  options: VendorSettingsOptions,
): Promise<Record<string, Secret>> {
  const raw = rawVendor(profile, vendor.id);
  const { folder, input } = sourceOf(profile);
  const scope = { ...options, env: input.env, home: input.home, uid: input.uid, folder };
  const secrets: Record<string, Secret> = {};
  for (const name of ownNames(vendor, true)) {
    const place = { profile: profile.name, vendor: vendor.id, setting: name };
    const text = raw[name];
    if (typeof text === 'string') {
      secrets[name] = await resolveSecret(text, place, scope);
    } else if (vendor.settings[name]?.required) {
      const variable = suggestedVariable(vendor.id, name);
      throw missingSecret(
        place,
        'is not set',
        `${name}: "env:${variable}" in the profile, and export ${variable}=…`,
      );
    }
  }
  return secrets;
}
