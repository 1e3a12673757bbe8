import { unusable } from '../core/errors.js';
import type { Json, JsonObject } from '../core/json.js';
import type { Problem } from '../core/row.js';
import type { Secret, SettingSpec, VendorSettings } from '../core/settings.js';
import { parseDuration, parseRate } from '../core/units.js';
import type { VendorDeclaration } from './input.js';
import { Profile, rawVendor } from './profile.js';
import { missingSecret, resolveSecret, type SecretScope } from './secrets.js';
import { isInsecure, normalUrl } from './url.js';

export interface VendorSettingsOptions {
  /** Runs a `cmd:` line and gives its stdout; a shell with a deadline of 10 s by default. */
  readonly run?: SecretScope['run'];
  readonly commandTimeoutMs?: number | undefined;
  readonly platform?: NodeJS.Platform | undefined;
}

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
  const raw = rawVendor(profile, vendor.id);
  const pace = paceOf(raw);
  const { url, warnings } = baseUrl(profile, vendor, raw);
  const values = valuesOf(profile, vendor, raw);
  const secrets = await secretsOf(profile, vendor, raw, options);
  const account = typeof raw.account === 'string' ? raw.account : null;
  return { settings: { url, ...pace, account, secrets, values }, warnings };
}

type Pace = Pick<VendorSettings, 'perSecond' | 'concurrency' | 'timeoutMs'>;

function paceOf(raw: JsonObject): Pace {
  const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
  return {
    perSecond: parseRate(text(raw.rate)),
    concurrency: typeof raw.concurrency === 'number' ? raw.concurrency : null,
    timeoutMs: parseDuration(text(raw.timeout)),
  };
}

const owner = (profile: Profile, vendor: VendorDeclaration): string =>
  `Profile ${profile.name}, vendor ${vendor.id}`;

const missingSetting = (profile: Profile, vendor: VendorDeclaration, names: string[], hint: string) =>
  unusable({
    code: 'config.missing-setting',
    message: `${owner(profile, vendor)}: ${names.join(', ')} must be set.`,
    hint,
  });

function baseUrl(
  profile: Profile,
  vendor: VendorDeclaration,
  raw: JsonObject,
): { url: string; warnings: Problem[] } {
  const wanted = typeof raw.url === 'string' ? raw.url : vendor.defaultUrl;
  if (wanted === null) {
    throw missingSetting(
      profile,
      vendor,
      ['url'],
      `url: "https://…" under profiles.${profile.name}.vendors.${vendor.id}`,
    );
  }
  const url = normalUrl(wanted);
  if (!isInsecure(url)) return { url, warnings: [] };
  const code = 'config.insecure-http';
  const { host } = new URL(url);
  if ((raw.allowInsecureHttp ?? profile.allowInsecureHttp) !== true) {
    throw unusable({
      code,
      message: `${owner(profile, vendor)}: url is plain http:// to ${host}; leads and credentials could be read on the way.`,
      hint: 'use https://, or set allowInsecureHttp: true if the way is safe',
    });
  }
  const message = `${owner(profile, vendor)}: talks to ${host} without encryption (allowInsecureHttp)`;
  return { url, warnings: [{ code, message }] };
}

function settingValue(spec: SettingSpec, raw: JsonObject): Json {
  const value = raw[spec.name] ?? spec.default ?? null;
  if (spec.kind === 'duration' && typeof value === 'string') return parseDuration(value);
  return spec.kind === 'text' && typeof value === 'number' ? String(value) : value;
}

function valuesOf(profile: Profile, vendor: VendorDeclaration, raw: JsonObject): Record<string, Json> {
  const plain = vendor.settings.filter((spec) => spec.kind !== 'secret');
  const entries = plain.map((spec) => [spec, settingValue(spec, raw)] as const);
  const missing = entries.filter(([spec, value]) => spec.required && (value === null || value === ''));
  if (missing.length > 0) {
    const names = missing.map(([spec]) => spec.name);
    throw missingSetting(
      profile,
      vendor,
      names,
      `set it under profiles.${profile.name}.vendors.${vendor.id}`,
    );
  }
  return Object.fromEntries(
    entries.filter(([, value]) => value !== null).map(([spec, value]) => [spec.name, value]),
  );
}

/** `SALES_Q_TOKEN`: the variable a hint suggests. */
const suggestedVariable = (vendor: string, setting: string): string =>
  `${vendor}_${setting.replace(/([a-z])([A-Z])/g, '$1_$2')}`.replace(/\W/g, '_').toUpperCase();

async function secretsOf(
  profile: Profile,
  vendor: VendorDeclaration,
  raw: JsonObject,
  options: VendorSettingsOptions,
): Promise<Record<string, Secret>> {
  const { folder, input } = Profile.source(profile);
  const { run, commandTimeoutMs, platform } = options;
  const scope = { env: input.env, home: input.home, uid: input.uid, folder, run, commandTimeoutMs, platform };
  const secrets: Record<string, Secret> = {};
  for (const spec of vendor.settings.filter((one) => one.kind === 'secret')) {
    const place = { profile: profile.name, vendor: vendor.id, setting: spec.name };
    const text = raw[spec.name];
    if (typeof text === 'string') {
      secrets[spec.name] = await resolveSecret(text, place, scope);
    } else if (spec.required) {
      const variable = suggestedVariable(vendor.id, spec.name);
      throw missingSecret(
        place,
        'is not set',
        `${spec.name}: "env:${variable}" in the profile, and export ${variable}=…`,
      );
    }
  }
  return secrets;
}
