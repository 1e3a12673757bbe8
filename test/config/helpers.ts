import { chmod, mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { UserError } from '../../src/core/errors.js';
import { duration, flag, integer, secret, text } from '../../src/core/value.js';
import {
  describeProfile,
  type ConfigInput,
  type Profile,
  type VendorDeclaration,
} from '../../src/config/index.js';

/** Two declared vendors with every kind of setting between them. */
export const salesQ: VendorDeclaration = {
  id: 'sales-q',
  defaultUrl: 'https://server.sales-q.com:8000',
  settings: { token: { type: secret, about: 'campaign token', required: true } },
  sandbox: { token: 'sandbox-token' },
};
export const mixed: VendorDeclaration = {
  id: 'mixed',
  defaultUrl: null,
  settings: {
    key: { type: secret, about: 'key', required: true },
    second: { type: secret, about: 'another key' },
    type: { type: text(), about: 'type', required: true },
    site: { type: integer(), about: 'site', default: 7 },
    loud: { type: flag, about: 'loud' },
    delay: { type: duration, about: 'delay', default: 600_000 },
  },
  sandbox: { key: 'k', type: 'any', site: 3 },
};
export const vendors = [salesQ, mixed];

export interface Room {
  readonly root: string;
  readonly cwd: string;
  readonly home: string;
  /** Writes a file below the root, mode 0600 unless told otherwise. */
  write(name: string, text: string, mode?: number): Promise<string>;
  input(change?: Partial<ConfigInput>): ConfigInput;
}

/** A temporary world: a working directory three levels deep and a home beside it. */
export async function makeRoom(): Promise<Room> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'salesq-config-')));
  const cwd = path.join(root, 'work', 'deep', 'here');
  const home = path.join(root, 'home');
  await mkdir(cwd, { recursive: true });
  await mkdir(home, { recursive: true });
  return {
    root,
    cwd,
    home,
    async write(name, text, mode = 0o600) {
      const file = path.resolve(root, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
      await chmod(file, mode);
      return file;
    },
    input: (change = {}) => ({
      ...{ cwd, home, env: {}, flags: {} },
      uid: process.geteuid?.() ?? null,
      gid: process.getegid?.() ?? null,
      ...change,
    }),
  };
}

/** Where the working directory's own configuration stands, for `Room.write`. */
export const here = 'work/deep/here/.salesqrc';

/** The UserError a call ends in; anything else fails the test. */
export async function refusal(call: () => unknown): Promise<UserError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Everything a value may show when it is printed by accident. */
export function everythingShown(value: unknown): string {
  const parts = [
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    String(value),
    JSON.stringify(value),
  ];
  if (value instanceof Error) parts.push(value.message, value.stack ?? '', inspect(value.cause));
  if (value instanceof UserError) parts.push(value.hint ?? '', value.code);
  return parts.join('\n');
}

/** Where a value of a profile came from, as `profiles show` tells it. */
export async function originOf(profile: Profile, name: string): Promise<string | undefined> {
  return (await describeProfile(profile, vendors)).find(({ path: key }) => key === name)?.origin;
}
