import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObject, parseJson, writeJson } from './core/json.js';
import type { Owner } from './core/ledger.js';

/** A private folder among the system's temporary ones, under a name nobody can guess. */
export interface TemporaryFolder {
  readonly path: string;
  /** Removes it with everything in it. Safe to call twice. */
  remove(): Promise<void>;
}

const prefix = 'salesq-work-';
const mark = '.owner';

/** Makes a folder for personal data that lives as long as the process: killed, it is removed by the next one. */
export async function openTemporary(owner: Owner): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  await writeFile(join(path, mark), writeJson({ ...owner }), { mode: 0o600 });
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A folder whose process nobody can ask for counts as abandoned after so long, ms. */
const longEnough = 24 * 3_600_000;

/**
 * Removes the folders that killed processes of this user have left.
 * @param isAlive null where it cannot be told
 */
export async function removeAbandoned(
  uid: number | null,
  now: number,
  isAlive: (owner: Owner) => Promise<boolean | null>,
): Promise<void> {
  const names = await readdir(tmpdir()).catch((): string[] => []);
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const path = join(tmpdir(), name);
    const found = await lstat(path).catch(() => null);
    if (!found?.isDirectory() || (uid !== null && found.uid !== uid)) continue;
    const owner = await ownerOf(path);
    const alive = owner === null ? null : await isAlive(owner);
    if (alive === false || (alive === null && now - found.mtimeMs > longEnough))
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function ownerOf(path: string): Promise<Owner | null> {
  const text = await readFile(join(path, mark), 'utf8').catch(() => '');
  const value = text === '' ? null : parseJson(text);
  if (!isObject(value)) return null;
  const { id, host, pid, started } = value;
  const isOwner =
    typeof id === 'string' &&
    typeof host === 'string' &&
    typeof pid === 'number' &&
    typeof started === 'string';
  return isOwner ? { id, host, pid, started } : null;
}
