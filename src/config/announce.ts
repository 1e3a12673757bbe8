import path from 'node:path';
import { isObject, type Json, type JsonObject } from '../core/json.js';
import { secretSource } from '../core/secret.js';
import { inUserFolder, type ConfigFile } from './document.js';
import { shownLedger } from './profile.js';
import type { ConfigInput, VendorDeclaration } from './settings.js';

/** What a configuration that was found above the working directory can do, to be said when it is first met. */
export interface Announcement {
  readonly file: string;
  /** One line; another one where the file's hosts, commands or ledger have changed. No secret in it. */
  readonly text: string;
}

/** Null for a file that was named, stands in the working directory, or in the user's own folder. */
export function announcementOf(
  file: ConfigFile,
  data: JsonObject,
  input: ConfigInput,
  vendors: readonly VendorDeclaration[],
): Announcement | null {
  const isAbove = path.dirname(file.path) !== path.resolve(input.cwd) && !inUserFolder(file.path, input);
  if (!file.searched || !isAbove) return null;
  const profiles = isObject(data.profiles) ? Object.values(data.profiles) : [];
  const entries = profiles.flatMap((profile) =>
    isObject(profile) && isObject(profile.vendors) ? Object.entries(profile.vendors) : [],
  );
  const hosts = entries.map(([id, entry]) => `${id} at ${hostOf(id, entry, vendors)}`);
  const commands = entries.flatMap(([, entry]) => commandsIn(entry));
  const ledgers = [data, ...profiles].flatMap((one) =>
    isObject(one) && typeof one.ledger === 'string' ? [shownLedger(one.ledger)] : [],
  );
  const parts = [
    ...named('sends to', hosts),
    ...named('runs', commands),
    ...named('keeps its ledger in', ledgers),
  ];
  const does = parts.length === 0 ? '' : `: it ${parts.join('; ')}`;
  return { file: file.path, text: `The configuration ${file.path} is used here for the first time${does}.` };
}

const named = (what: string, all: readonly string[]): string[] =>
  all.length === 0 ? [] : [`${what} ${[...new Set(all)].join(', ')}`];

function hostOf(id: string, entry: Json, vendors: readonly VendorDeclaration[]): string {
  const own = isObject(entry) && typeof entry.url === 'string' ? entry.url : null;
  const url = own ?? vendors.find((vendor) => vendor.id === id)?.defaultUrl ?? null;
  return url !== null && URL.canParse(url) ? new URL(url).host : 'an address that cannot be read';
}

/** The programs that are run for secrets; what they are given may be a secret itself. */
function commandsIn(entry: Json): string[] {
  if (!isObject(entry)) return [];
  return Object.values(entry).flatMap((value): string[] => {
    if (isObject(value)) return commandsIn(value);
    const source = typeof value === 'string' ? secretSource(value) : null;
    return source?.kind === 'cmd' ? [`${source.from.split(/\s/u)[0] ?? ''} …`] : [];
  });
}
