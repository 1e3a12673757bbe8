import { access, constants } from 'node:fs/promises';
import type { Json } from '../core/json.js';
import type { SettingSpec } from '../core/settings.js';
import type { VendorDeclaration } from './input.js';
import { shownLedger } from './ledger-location.js';
import { Profile, rawVendor, type ProfileSource } from './profile.js';
import { secretSource, shownSource } from './secret-source.js';
import { secretPath } from './secrets.js';

/** A line of `profiles show`. */
export interface DescribedSetting {
  /** `country`, `vendors.sales-q.token`, … */
  readonly path: string;
  /** Secrets as `set (env:NAME)` or `missing (env:NAME)`; null where there is no value. */
  readonly value: Json;
  /** `flag --country`, `env SALESQ_LEDGER`, `.salesqrc:profiles.acme.country`, `built in`, `default`. */
  readonly origin: string;
}

const vendorCommon = ['url', 'rate', 'concurrency', 'timeout', 'account', 'allowInsecureHttp'];

/**
 * Every setting of a profile, where it came from, and whether its secrets are there. Runs no command and asks no
 * keychain: those count as set. Vendors the profile has no settings for are left out.
 */
export async function describeProfile(
  profile: Profile,
  vendors: readonly VendorDeclaration[],
): Promise<DescribedSetting[]> {
  const lines: DescribedSetting[] = [
    { path: 'profile', value: profile.name, origin: profile.origin('profile') },
  ];
  for (const [path, setting] of Profile.settings(profile)) {
    const ledger = path === 'ledger' && typeof setting.value === 'string';
    lines.push({ path, ...setting, value: ledger ? shownLedger(String(setting.value)) : setting.value });
  }
  for (const vendor of vendors.filter(({ id }) => profile.vendors.includes(id))) {
    lines.push(...(await describeVendor(profile, vendor)));
  }
  return lines;
}

async function describeVendor(profile: Profile, vendor: VendorDeclaration): Promise<DescribedSetting[]> {
  const raw = rawVendor(profile, vendor.id);
  const line = (name: string, value: Json): DescribedSetting => {
    const path = `vendors.${vendor.id}.${name}`;
    return { path, value, origin: profile.origin(path) };
  };
  const lines = vendorCommon.map((name) =>
    line(name, raw[name] ?? (name === 'url' ? vendor.defaultUrl : null)),
  );
  for (const spec of vendor.settings) {
    const value = raw[spec.name] ?? spec.default ?? null;
    lines.push(
      line(spec.name, spec.kind === 'secret' ? await secretState(profile, spec, raw[spec.name]) : value),
    );
  }
  return lines;
}

async function secretState(profile: Profile, spec: SettingSpec, text: Json | undefined): Promise<Json> {
  if (typeof text !== 'string' || text.trim() === '') return spec.required ? 'missing' : null;
  if (profile.builtIn) return 'set (built in)';
  const source = secretSource(text);
  const there = await isThere(text, Profile.source(profile));
  return `${there ? 'set' : 'missing'} (${shownSource(source)})`;
}

async function isThere(text: string, { folder, input }: ProfileSource): Promise<boolean> {
  const source = secretSource(text);
  if (source.kind === 'env') return (input.env[source.from] ?? '').trim() !== '';
  if (source.kind !== 'file') return true;
  const file = secretPath(source.from, { home: input.home, folder });
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
}
