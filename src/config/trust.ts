import { unusable, type UserError } from '../core/errors.js';
import { shellWord } from '../core/hint.js';
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

/**
 * Whether somebody else could have written what a found file says. The file, and its folders up to the first of root, must
 * belong to the user or root; nobody else may write to them: a group only where it is the user's own primary one, everybody
 * only in a sticky folder, where nobody replaces another's files.
 */
function intruder(file: ConfigFile, { uid, gid }: Pick<ConfigInput, 'uid' | 'gid'>): UserError | null {
  for (const step of file.way) {
    const what = step.isFolder ? `the folder ${step.path}, in which ${file.shown} was found,` : file.shown;
    const refuse = (code: string, why: string, mend: string): UserError =>
      unusable({
        code,
        message: `${capital(what)} ${why}: it is not used, because it could send leads and secrets anywhere.`,
        hint: `${mend}If you trust it, name it: --config ${shellWord(file.path)}`,
      });
    if (step.uid !== uid && step.uid !== 0)
      return refuse('config.foreign-owner', 'belongs to another user', '');
    const isSticky = step.isFolder && (step.mode & 0o1000) !== 0;
    const byAll = (step.mode & 0o002) !== 0 && !isSticky;
    const byGroup = (step.mode & 0o020) !== 0 && step.gid !== gid && !isSticky;
    if (byAll || byGroup)
      return refuse(
        'config.permissions',
        `can be written by ${byAll ? 'everybody' : 'a group'} (mode ${mode(step.mode)})`,
        `chmod go-w ${shellWord(step.path)}. `,
      );
  }
  return null;
}

const capital = (text: string): string => text.replace(/^./u, (first) => first.toUpperCase());

/**
 * Refuses a file that somebody else could have written, where it was found and not named, and one that holds a secret or a
 * command and that others can read or write. Throws UserError (exit 6) `config.foreign-owner`, `config.permissions`, before
 * any secret is read, command run or request made.
 */
export function checkTrust(
  file: ConfigFile,
  data: JsonObject,
  input: Pick<ConfigInput, 'uid' | 'gid'>,
  vendors: readonly VendorDeclaration[],
): void {
  if (input.uid === null) return;
  const held = findings(data, vendors).find((one) => one.kind !== 'reference');
  if (held && (file.mode & 0o077) !== 0) {
    const what = held.kind === 'command' ? 'a command' : 'a secret';
    throw unusable({
      code: 'config.permissions',
      message: `${file.shown} holds ${what} (${shownKeys(held.path)}) and others can read or write it (mode ${mode(file.mode)}).`,
      hint: `chmod 600 ${shellWord(file.path)}`,
    });
  }
  const refusal = file.searched ? intruder(file, input) : null;
  if (refusal) throw refusal;
}
