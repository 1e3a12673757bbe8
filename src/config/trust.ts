import { unusable } from '../core/errors.js';
import { isObject, type Json, type JsonObject } from '../core/json.js';
import { secretSource } from '../core/secret.js';
import { shownKeys } from './check.js';
import type { ConfigFile } from './document.js';
import { type ConfigInput, isLedgerServer, type VendorDeclaration } from './settings.js';
import { mode } from './secrets.js';

/** A setting that makes a file worth protecting. */
interface Finding {
  readonly path: readonly string[];
  /** `reference`: sends a secret of ours where the file says; `secret`: is one; `command`: runs a program. */
  readonly kind: 'secret' | 'command' | 'reference';
}

const secretLike = /token|key|password|passwd|secret|credential/i;

function kindOf(value: string, isSecret: boolean): Finding['kind'] | null {
  const source = secretSource(value);
  if (source.kind === 'cmd') return 'command';
  if (source.kind !== 'literal') return 'reference';
  return isSecret && value.trim() !== '' ? 'secret' : null;
}

/** Settings of vendors the program does not know are judged by their names. */
function inVendor(
  path: readonly string[],
  raw: Json | undefined,
  vendor: VendorDeclaration | undefined,
): Finding[] {
  if (!isObject(raw)) return [];
  return Object.entries(raw).flatMap(([name, value]): Finding[] => {
    if (isObject(value)) return inVendor([...path, name], value, undefined);
    if (typeof value !== 'string') return [];
    const spec = vendor && Object.hasOwn(vendor.settings, name) ? vendor.settings[name] : undefined;
    const isSecret = vendor ? spec?.type.kind === 'secret' : secretLike.test(name);
    const kind = kindOf(value, isSecret);
    return kind === null ? [] : [{ path: [...path, name], kind }];
  });
}

function inLedger(path: readonly string[], raw: Json | undefined): Finding[] {
  if (typeof raw !== 'string' || !isLedgerServer(raw) || !URL.canParse(raw)) return [];
  const url = new URL(raw);
  const held = url.password !== '' || url.searchParams.has('password');
  return held ? [{ path: [...path, 'ledger'], kind: 'secret' }] : [];
}

function findings(data: JsonObject, vendors: readonly VendorDeclaration[]): Finding[] {
  const profiles = isObject(data.profiles) ? Object.entries(data.profiles) : [];
  const inProfiles = profiles.flatMap(([name, profile]) => {
    if (!isObject(profile)) return [];
    const entries = isObject(profile.vendors) ? Object.entries(profile.vendors) : [];
    const path = ['profiles', name];
    return [
      ...inLedger(path, profile.ledger),
      ...entries.flatMap(([id, raw]) =>
        inVendor(
          [...path, 'vendors', id],
          raw,
          vendors.find((vendor) => vendor.id === id),
        ),
      ),
    ];
  });
  return [...inLedger([], data.ledger), ...inProfiles];
}

/** True where a reference stands beside an address of the file's own choosing. */
function hasOwnUrl(data: JsonObject, path: readonly string[]): boolean {
  const vendor = path
    .slice(0, -1)
    .reduce<Json | undefined>((at, key) => (isObject(at) ? at[key] : undefined), data);
  return isObject(vendor) && typeof vendor.url === 'string';
}

/**
 * Refuses a file that could give a secret away. `config.permissions`: it holds a secret or a command and others can
 * read or write it. `config.foreign-owner`: it was found, not named, belongs to another user, and would run a
 * command as us or send our secrets to an address it chooses. Root's files are trusted.
 */
export function checkTrust(
  file: ConfigFile,
  data: JsonObject,
  input: Pick<ConfigInput, 'uid'>,
  vendors: readonly VendorDeclaration[],
): void {
  if (input.uid === null) return;
  const found = findings(data, vendors);
  const foreign = file.searched && file.uid !== input.uid && file.uid !== 0;
  const abused = found.find((one) => {
    return one.kind === 'command' || (one.kind === 'reference' && hasOwnUrl(data, one.path));
  });
  if (foreign && abused) {
    const what =
      abused.kind === 'command' ? 'would run a command' : 'would send a secret of yours to its own address';
    throw unusable({
      code: 'config.foreign-owner',
      message: `${file.shown} belongs to another user and ${what} (${shownKeys(abused.path)}): it is not used.`,
      hint: `if you trust it: --config ${file.path}`,
    });
  }
  const held = found.find((one) => one.kind !== 'reference');
  if (held && (file.mode & 0o077) !== 0) {
    const what = held.kind === 'command' ? 'a command' : 'a secret';
    throw unusable({
      code: 'config.permissions',
      message: `${file.shown} holds ${what} (${shownKeys(held.path)}) and others can read or write it (mode ${mode(file.mode)}).`,
      hint: `chmod 600 ${file.path}`,
    });
  }
}
