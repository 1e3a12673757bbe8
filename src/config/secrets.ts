import { spawn } from 'node:child_process';
import { access, constants, open } from 'node:fs/promises';
import { platform as systemPlatform } from 'node:os';
import path from 'node:path';
import { unusable, type UserError } from '../core/errors.js';
import { secretSource, Secret } from '../core/secret.js';
import { isVariable } from '../core/units.js';

/** Whose secret it is, for messages. */
interface SecretPlace {
  readonly profile: string;
  readonly vendor: string;
  readonly setting: string;
}

/** What resolving a secret needs of the world. */
export interface SecretScope {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string | null;
  readonly uid: number | null;
  /** Folder that relative `file:` paths and `cmd:` start from: the configuration file's own. */
  readonly folder: string;
  /** Time a command may take, in milliseconds; 10 s by default. */
  readonly commandTimeoutMs?: number | undefined;
  readonly platform?: NodeJS.Platform | undefined;
}

const whose = (place: SecretPlace): string =>
  `Profile ${place.profile}, vendor ${place.vendor}: ${place.setting}`;

/** `config.missing-secret`: `why` says where it was looked for. */
export const missingSecret = (place: SecretPlace, why: string, hint: string): UserError =>
  unusable({ code: 'config.missing-secret', message: `${whose(place)} ${why}.`, hint });

/** Container platforms mount secrets here, readable by everyone inside the container. */
const mountedSecrets = /^(\/var)?\/run\/secrets\//;

/** Permission bits of a secret file that must not be set: nobody else reads or writes it. */
export const forbiddenBits = (file: string): number => (mountedSecrets.test(file) ? 0o022 : 0o077);

/** Absolute path of a `file:` source; `~/` is the home directory. */
function secretPath(from: string, scope: Pick<SecretScope, 'home' | 'folder'>): string {
  const expanded = from.startsWith('~/') && scope.home !== null ? path.join(scope.home, from.slice(2)) : from;
  return path.resolve(scope.folder, expanded);
}

const maxSecretFile = 64 * 1024;

async function fromFile(from: string, place: SecretPlace, scope: SecretScope): Promise<string> {
  const file = secretPath(from, scope);
  const handle = await open(file, 'r').catch(() => null);
  if (!handle) {
    throw missingSecret(
      place,
      `is read from the file ${file}, which cannot be opened`,
      `create ${file}, mode 0600`,
    );
  }
  try {
    const facts = await handle.stat();
    if (!facts.isFile() || facts.size > maxSecretFile) {
      throw missingSecret(
        place,
        `is read from ${file}, which is not a small file`,
        `file: with another path`,
      );
    }
    const open = facts.mode & forbiddenBits(file);
    if (scope.uid !== null && open !== 0) {
      throw unusable({
        code: 'config.secret-file-permissions',
        message: `${whose(place)} is in the file ${file}, which others can read or write (mode ${mode(facts.mode)}).`,
        hint: `chmod 600 ${file}`,
      });
    }
    return (await handle.readFile('utf8')).replace(/(\r?\n)+$/, '');
  } finally {
    await handle.close();
  }
}

/** Permission bits as chmod takes them. */
export const mode = (bits: number): string => (bits & 0o777).toString(8).padStart(4, '0');

interface CommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly timeoutMs: number;
}

/** How a command ended; its stderr is nowhere. */
type CommandEnd =
  | { readonly kind: 'done'; readonly code: number | null; readonly stdout: string }
  | { readonly kind: 'timeout' | 'not-there' | 'too-long' };

const maxOutputBytes = 64 * 1024;

/**
 * Runs a program (args null: a shell line) without input, and gives what it wrote to stdout. Never throws. After
 * `timeoutMs` the program is killed and not waited for, whatever its children do.
 */
function runCommand(
  program: string,
  args: readonly string[] | null,
  options: CommandOptions,
): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args ?? [], {
      shell: args === null,
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (result: CommandEnd): void => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.kill('SIGKILL');
      child.unref();
      resolve(result);
    };
    const timer = setTimeout(() => {
      end({ kind: 'timeout' });
    }, options.timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxOutputBytes) end({ kind: 'too-long' });
    });
    child.on('error', () => {
      end({ kind: 'not-there' });
    });
    child.on('close', (code) => {
      end({ kind: 'done', code, stdout: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

function commandOptions(scope: SecretScope): CommandOptions {
  return { env: scope.env, cwd: scope.folder, timeoutMs: scope.commandTimeoutMs ?? 10_000 };
}

async function fromCommand(command: string, place: SecretPlace, scope: SecretScope): Promise<string> {
  const failed = (why: string): UserError =>
    unusable({
      code: 'config.secret-command',
      message: `${whose(place)} is printed by a command (cmd:), which ${why}.`,
      hint: 'run the command by itself to see what it says',
    });
  const options = commandOptions(scope);
  const end = await runCommand(command, null, options);
  if (end.kind === 'timeout') throw failed(`gave no answer within ${String(options.timeoutMs / 1000)} s`);
  if (end.kind !== 'done')
    throw failed(end.kind === 'too-long' ? 'wrote far too much' : 'could not be started');
  if (end.code !== 0)
    throw failed(`ended with ${end.code === null ? 'a signal' : `exit status ${String(end.code)}`}`);
  return end.stdout.trim();
}

const keychains: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['security', 'find-generic-password', '-w', '-s'],
  linux: ['secret-tool', 'lookup', 'service'],
};

async function fromKeychain(item: string, place: SecretPlace, scope: SecretScope): Promise<string> {
  const tool = keychains[scope.platform ?? systemPlatform()];
  const [program, ...args] = tool ?? [];
  const end = program ? await runCommand(program, [...args, item], commandOptions(scope)) : null;
  if (!end || end.kind === 'not-there') {
    throw unusable({
      code: 'config.keychain-unsupported',
      message: `${whose(place)} is in a keychain, and ${program ? `${program} is not installed` : 'this system has none that is supported'}.`,
      hint: 'use env:, file: or cmd: for it',
    });
  }
  if (end.kind !== 'done' || end.code !== 0) {
    throw missingSecret(
      place,
      `is the keychain item ${item}, which could not be read`,
      `add ${item} to the keychain`,
    );
  }
  return end.stdout.replace(/(\r?\n)+$/, '');
}

async function secretText(text: string, place: SecretPlace, scope: SecretScope): Promise<string> {
  const source = secretSource(text);
  switch (source.kind) {
    case 'literal':
      return text;
    case 'file':
      return fromFile(source.from, place, scope);
    case 'cmd':
      return fromCommand(source.from, place, scope);
    case 'keychain':
      return fromKeychain(source.from, place, scope);
    case 'env': {
      const value = scope.env[source.from]?.trim();
      if (value) return value;
      const why = `is read from the environment variable ${source.from}, which is not set`;
      throw missingSecret(
        place,
        value === '' ? why.replace('not set', 'empty') : why,
        `export ${source.from}=…`,
      );
    }
  }
}

/**
 * Fetches a secret from where the configuration says it is. Throws UserError (exit 6) `config.missing-secret`,
 * `config.bad-secret`, `config.secret-file-permissions`, `config.secret-command` or `config.keychain-unsupported`.
 */
export async function resolveSecret(text: string, place: SecretPlace, scope: SecretScope): Promise<Secret> {
  const secret = await secretText(text, place, scope);
  const source = secretSource(text).kind;
  if (secret.trim() === '')
    throw missingSecret(place, `is empty (${source})`, `give ${place.setting} a value`);
  if (isVariable(secret)) {
    throw unusable({
      code: 'config.bad-secret',
      message: `${whose(place)} is a variable ($NAME or \${NAME}) that was not replaced by its value (${source}).`,
      hint: `give ${place.setting} the value itself`,
    });
  }
  if (/\p{Cc}/u.test(secret)) {
    throw unusable({
      code: 'config.bad-secret',
      message: `${whose(place)} holds a line break or another control character (${source}).`,
      hint: 'a secret is one line; with cmd: end the command in "| head -n 1"',
    });
  }
  return new Secret(secret);
}

/** Whether a secret is where it should be, without fetching it: what a command or a keychain gives counts as there. */
export async function isSecretThere(
  text: string,
  { env, ...scope }: Pick<SecretScope, 'env' | 'home' | 'folder'>,
): Promise<boolean> {
  const source = secretSource(text);
  if (source.kind === 'env') return (env[source.from] ?? '').trim() !== '';
  if (source.kind !== 'file') return true;
  return access(secretPath(source.from, scope), constants.R_OK).then(
    () => true,
    () => false,
  );
}
