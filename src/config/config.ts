import path from 'node:path';
import { unusable, type UserError } from '../core/errors.js';
import { isObject, type JsonObject } from '../core/json.js';
import type { Problem } from '../core/row.js';
import { Secret } from '../core/secret.js';
import { configProblems, didYouMean, mostProblems, unknownVendors, type ConfigProblem } from './check.js';
import { announcementOf, type Announcement } from './announce.js';
import { findConfig, inUserFolder, parseDocument, type ConfigDocument, type ConfigFile } from './document.js';
import {
  envText,
  type ConfigInput,
  environment,
  isProfileName,
  readSetting,
  sandboxName,
  type VendorDeclaration,
} from './settings.js';
import {
  builtInLayer,
  commandLayers,
  fileLayer,
  makeProfile,
  type Profile,
  settle,
  type Layer,
  type ProfileSource,
} from './profile.js';
import { checkTrust } from './trust.js';

/** The configuration that applies to this call. */
export interface Config {
  /** Absolute path of the file; null where there is none. */
  readonly path: string | null;
  /** The file's profiles in its order, then `sandbox`. */
  readonly profileNames: readonly string[];
  readonly defaultProfile: string | null;
  /** True where the file was found by searching from the working directory: from elsewhere it is not found. */
  readonly foundHere: boolean;
  /** What to say where the file is met for the first time; null for one that is not announced. */
  readonly announcement: Announcement | null;
  /** What the user should know, `config.unknown-vendor` for one. */
  readonly warnings: readonly Problem[];
  /** Flag, environment or the file's own `ledger`, for commands without a profile; null where the default applies. */
  readonly ledger: Secret | null;
  /**
   * A profile: the named one, else flag, SALESQ_PROFILE, `defaultProfile`, the only one of the file.
   * Throws UserError `config.unknown-profile`, `config.no-profile` (exit 6).
   */
  profile(name?: string): Profile;
  /** The same; null where nobody chooses one and the file has none or several. */
  chosenProfile(name?: string): Profile | null;
}

/** A configuration file after all checks, or nothing where there is none. */
interface Loaded {
  readonly file: ConfigFile | null;
  readonly data: JsonObject;
  readonly profiles: JsonObject;
  readonly folder: string;
}

/**
 * Finds, reads and checks the configuration. Without a file there still is the built-in profile `sandbox`.
 * Throws UserError (exit 6): `config.not-found`, `config.unreadable`, `config.bad-syntax`, `config.unknown-key`,
 * `config.bad-value`, `config.reserved-profile`, `config.permissions`, `config.foreign-owner`.
 */
export async function loadConfig(input: ConfigInput, vendors: readonly VendorDeclaration[]): Promise<Config> {
  const loaded = await load(input, vendors);
  const own = Object.keys(loaded.profiles);
  const top = fileLayer(loaded.data, `${loaded.file?.shown ?? ''}:`, loaded.folder);
  const commands = commandLayers(input);
  const ledger = settle([...commands, top], 'ledger', input.home);
  const fallback = typeof loaded.data.defaultProfile === 'string' ? loaded.data.defaultProfile : null;

  const chosenProfile = (name?: string): Profile | null => {
    const choice = choose(name, input, fallback, loaded, own);
    if (choice === null) return null;
    const shared = { ...choice, folder: loaded.folder, input };
    if (choice.name === sandboxName) {
      return makeProfile({ ...shared, ...sandboxSource(input, vendors, commands) });
    }
    return makeProfile({ ...shared, ...fileSource(choice.name, loaded, commands, top) });
  };
  return {
    path: loaded.file?.path ?? null,
    profileNames: [...own, sandboxName],
    defaultProfile: fallback,
    foundHere: loaded.file?.searched === true && !inUserFolder(loaded.file.path, input),
    announcement: loaded.file && announcementOf(loaded.file, loaded.data, input, vendors),
    warnings: unknownVendors(loaded.profiles, vendors, loaded.file?.shown ?? ''),
    ledger: typeof ledger.value === 'string' ? new Secret(ledger.value) : null,
    profile: (name) => {
      const chosen = chosenProfile(name);
      if (chosen === null) throw noProfile(loaded, own);
      return chosen;
    },
    chosenProfile,
  };
}

async function load(input: ConfigInput, vendors: readonly VendorDeclaration[]): Promise<Loaded> {
  const file = await findConfig(input);
  if (!file) return { file, data: {}, profiles: {}, folder: input.cwd };
  const document = await parseDocument(file.text, file.shown);
  checkTrust(file, document.data, input, vendors);
  const problems = configProblems(document.data, vendors, document.at);
  if (problems.length > 0) throw refusal(file, document, problems);
  const profiles = isObject(document.data.profiles) ? document.data.profiles : {};
  return { file, data: document.data, profiles, folder: path.dirname(file.path) };
}

/** All problems in one error, a line each, under the code of the first. */
function refusal(file: ConfigFile, document: ConfigDocument, problems: readonly ConfigProblem[]): UserError {
  const lines = problems.map((problem) => {
    const { line, column } = document.at(problem.path);
    return `${file.shown}:${String(line)}:${String(column)} ${problem.message}`;
  });
  const code = problems[0]?.code ?? 'config.bad-value';
  if (problems.length === mostProblems) lines.push('and more');
  return unusable({ code, message: lines.join('\n'), hint: 'compare it with .salesqrc.example' });
}

function choose(
  name: string | undefined,
  input: ConfigInput,
  fallback: string | null,
  { file }: Loaded,
  own: readonly string[],
): Pick<ProfileSource, 'name' | 'chosenBy'> | null {
  const only = own.length === 1 ? own[0] : undefined;
  const candidates: [string | null | undefined, string][] = [
    [name, 'argument'],
    [input.flags.profile, 'flag --profile'],
    [envText(input, 'SALESQ_PROFILE'), 'env SALESQ_PROFILE'],
    [fallback, `${file?.shown ?? ''}:defaultProfile`],
    [only, 'the only profile'],
  ];
  const [wanted, chosenBy] = candidates.find(([text]) => typeof text === 'string') ?? [];
  const known = [...own, sandboxName];
  if (wanted === null || wanted === undefined || chosenBy === undefined) return null;
  if (known.includes(wanted)) return { name: wanted, chosenBy };
  throw unusable({
    code: 'config.unknown-profile',
    message: `There is no profile ${isProfileName(wanted) ? wanted : 'of the name given'} (${chosenBy})${didYouMean(wanted, known) || '.'} Known: ${known.join(', ')}.`,
    hint: file ? '`salesq profiles list`' : 'copy .salesqrc.example to .salesqrc',
  });
}

const noProfile = ({ file }: Loaded, own: readonly string[]): UserError =>
  unusable({
    code: 'config.no-profile',
    message: file
      ? `No profile is chosen. ${file.shown} has: ${[...own, sandboxName].join(', ')}.`
      : 'No profile is chosen, and there is no configuration file.',
    hint:
      own[0] === undefined
        ? '--profile sandbox, or copy .salesqrc.example to .salesqrc'
        : `--profile ${own[0]}`,
  });

type Parts = Pick<ProfileSource, 'builtIn' | 'layers' | 'vendors' | 'vendorOrigin'>;

function fileSource(
  name: string,
  { file, profiles, folder }: Loaded,
  commands: readonly Layer[],
  top: Layer,
): Parts {
  const data = profiles[name] ?? {};
  const prefix = `${file?.shown ?? ''}:profiles.${name}.`;
  const parts = isObject(data) && isObject(data.vendors) ? Object.entries(data.vendors) : [];
  return {
    builtIn: false,
    // `live` is a profile's own: nothing above it may switch it on for all.
    layers: [...commands, fileLayer(data, prefix, folder), top],
    vendors: new Map(parts.map(([id, part]) => [id, isObject(part) ? part : {}])),
    vendorOrigin: (vendor, setting) => `${prefix}vendors.${vendor}.${setting}`,
  };
}

function sandboxSource(
  input: ConfigInput,
  vendors: readonly VendorDeclaration[],
  commands: readonly Layer[],
): Parts {
  const base = sandboxBase(input);
  const parts = vendors.map(({ id, sandbox }) => [id, { ...sandbox, url: `${base.url}/${id}` }] as const);
  const builtIn = builtInLayer({ country: 'DE', phoneFormat: 'auto' }, input.cwd);
  return {
    builtIn: true,
    // Its ledger is its own: neither SALESQ_LEDGER nor the file's `ledger` means it.
    layers: [...commands.slice(0, 1), builtIn],
    vendors: new Map(parts),
    vendorOrigin: (_vendor, setting) => (setting === 'url' ? base.origin : 'built in'),
  };
}

/** Where the sandbox is. Throws `config.bad-value` (exit 6) for an address that cannot be right. */
function sandboxBase(input: ConfigInput): { url: string; origin: string } {
  const spec = environment.SALESQ_SANDBOX_URL;
  const wanted = envText(input, 'SALESQ_SANDBOX_URL');
  if (wanted === null) return { url: spec.default, origin: 'built in' };
  const read = readSetting(spec, wanted, 'environment');
  if (read.problem === null) return { url: read.value ?? spec.default, origin: 'env SALESQ_SANDBOX_URL' };
  throw unusable({
    code: 'config.bad-value',
    message: `SALESQ_SANDBOX_URL ${read.problem}.`,
    hint: `export SALESQ_SANDBOX_URL=${spec.default}`,
  });
}
