import { access, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { App, InputOptions, Ports } from './app.js';
import type { Announcement, Config, ConfigInput, PlaceSource } from './config/index.js';
import {
  checkHome,
  describeProfile,
  everyPlace,
  ledgerLocation,
  loadConfig,
  locationOf,
  noPlace,
  parseDocument,
  placeOf,
  witnessLocation,
} from './config/index.js';
import { Exit, unusable, UserError } from './core/errors.js';
import type { Files } from './core/files.js';
import type { Http, HttpRequest, HttpResult } from './core/http.js';
import { isObject, parseJson, type Json, writeJson } from './core/json.js';
import type { LedgerAdmin } from './core/ledger-admin.js';
import type { Ledger, Owner } from './core/ledger.js';
import type { Place, Wanted } from './core/place.js';
import type { InputSource } from './core/row.js';
import type { FileReader, Vendor } from './core/vendor.js';
import { absentWitness, type Witness } from './core/witness.js';
import { files, findTemporaryFolders, openTemporaryFolder, type TemporaryFolder } from './files.js';
import { vendors } from './vendors/index.js';

/**
 * The only file that picks implementations: which ledger, which reader, which configuration stands behind a contract.
 * Heavy parts are loaded when they are first used.
 */

export { isSilenced, outputFormatIn, refuseUnusableVariables } from './config/index.js';
export { vendors } from './vendors/index.js';

/** The world a command runs in, before it is wired. */
export type Host = Omit<App, 'ports'>;

/** Loads the HTTP client with the first request: most commands never send one. */
export const makeHttp = (version: string): Http => ({
  async send(request: HttpRequest): Promise<HttpResult> {
    const { createHttp } = await import('./http/client.js');
    return createHttp({ userAgent: `salesq/${version}` }).send(request);
  },
});

/** What stands behind everything a command reaches the world by. */
export function makePorts(host: Host): Ports {
  const sources = new Sources(host);
  let witness: Promise<Witness> | null = null;
  let last: Place | null = null;
  let swept: Promise<void> | null = null;
  return {
    vendors: loadVendors,
    vendor: async (id) => (await vendors.find((entry) => entry.id === id)?.load())?.default ?? null,
    place: async (wanted = {}) => {
      await (swept ??= sweep(host));
      return (last = placeOf(await sources.of(wanted), wanted));
    },
    lastPlace: () => last,
    everyPlace: (wanted = {}) => findEveryPlace(host, sources, wanted),
    profiles: async () => listProfiles((await sources.of({})).config),
    describeProfile: async (name) => {
      const { config } = await sources.of({});
      const profile = config.profile(name);
      const settings = await describeProfile(profile, await loadVendors());
      return { profile: profile.name, config: config.path, settings };
    },
    ledger: (async (place: Place, how: 'write' | 'look', beforeMaking?: () => Promise<unknown>) =>
      openPlace(host, place, how, beforeMaking)) as unknown as Ports['ledger'],
    scratchLedger: () => openScratchLedger(host),
    ledgerAdmin: (place) => openAdmin(host, place),
    witness: () => (witness ??= findWitness(host)),
    owner: async () => (await import('./ledger/index.js')).currentOwner(host.pid, host.host),
    input: (options) => openSource(host, options),
    dataFile: (file) => readDataFile(host, file),
    files: fileReader(host),
  };
}

/** A configuration that cannot be read is no reason to lose an opt-out. */
async function findEveryPlace(host: Host, sources: Sources, wanted: Wanted) {
  const source = await sources.of(wanted).catch((error: unknown) => {
    if (error instanceof UserError && error.code.startsWith('config.')) return error;
    throw error;
  });
  return source instanceof UserError ? noPlace(configInput(host, wanted), source) : everyPlace(source);
}

const loadVendors = async (): Promise<Vendor[]> =>
  Promise.all(vendors.map(async (entry) => (await entry.load()).default));

function configInput(host: Host, { country, phoneFormat }: Wanted): ConfigInput {
  const { profile, config, ledger } = host.flags;
  const home = host.home !== null && path.isAbsolute(host.home) ? host.home : null;
  const flags = { profile, config, ledger, country, phoneFormat };
  return { cwd: host.cwd, home, env: host.env, uid: host.uid, gid: host.gid, flags };
}

/** The configuration of this call, read once for the same flags; its warnings are said once. */
class Sources {
  readonly #loaded = new Map<string, Promise<PlaceSource>>();
  readonly #said = new Set<string>();

  constructor(private readonly host: Host) {}

  of(wanted: Wanted): Promise<PlaceSource> {
    const key = writeJson([wanted.country ?? null, wanted.phoneFormat ?? null]);
    const known = this.#loaded.get(key);
    if (known) return known;
    const loading = this.#load(configInput(this.host, wanted));
    this.#loaded.set(key, loading);
    return loading;
  }

  async #load(input: ConfigInput): Promise<PlaceSource> {
    const config = await loadConfig(input, await loadVendors());
    const { announcement } = config;
    if (announcement) await announceOnce(this.host, input, announcement);
    for (const { message } of config.warnings) {
      if (!this.#said.has(message)) this.host.terminal.warn(message);
      this.#said.add(message);
    }
    return { config, input };
  }
}

/** Says what a configuration can do, unless this user was told before; where that cannot be kept, each time. */
async function announceOnce(host: Host, input: ConfigInput, { file, text }: Announcement): Promise<void> {
  const folder = await witnessLocation(input).then(
    (witness) => path.dirname(witness),
    () => null,
  );
  const known = folder === null ? null : path.join(folder, 'known-configurations.json');
  const told = known === null ? null : await readFile(known, 'utf8').then(parseJson, () => null);
  const all = isObject(told) ? told : {};
  if (all[file] === text) return;
  host.terminal.warn(text);
  if (folder === null || known === null) return;
  const kept = `${writeJson({ ...all, [file]: text }, 2)}\n`;
  await files
    .privateFolder(folder)
    .then(() => files.writeWhole(known, kept, { mode: 'private', replace: true }))
    .catch(() => undefined);
}

const listProfiles = (config: Config): Awaited<ReturnType<Ports['profiles']>> => ({
  config: config.path,
  profiles: config.profileNames.map((name) => {
    const { live, vendors: ids } = config.profile(name);
    return { name, default: name === config.defaultProfile, live, vendors: ids };
  }),
});

/** Where the ledger of a place is, its home directory looked after. */
async function ledgerOf(host: Host, place: Place): Promise<string> {
  const location = locationOf(place);
  await checkHome(location, configInput(host, {}));
  return location;
}

async function openPlace(
  host: Host,
  place: Place,
  how: 'write' | 'look',
  beforeMaking?: () => Promise<unknown>,
): Promise<Ledger | null> {
  const where = await ledgerOf(host, place);
  const isMissing = place.ledger.kind === 'file' && !(await isThere(where));
  if (how === 'look' && isMissing) return null;
  if (isMissing) await beforeMaking?.();
  const ledger = await openLedgerAt(host, where, {
    onMade: () =>
      host.terminal.note(`A new ledger is made: ${place.ledger.shown}${isUnnamed(host, where) ? kept : ''}`),
  });
  try {
    await checkSandbox(host, place, ledger);
    return ledger;
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

/** Said of a ledger that nobody named: a container or a job of a build server may lose it with everybody it knows. */
const kept =
  '. It must be kept: on a machine that keeps nothing between runs, name one that stays with --ledger';

const isUnnamed = (host: Host, where: string): boolean =>
  host.flags.ledger === undefined &&
  host.env['SALESQ_LEDGER'] === undefined &&
  where === ledgerLocation(configInput(host, {}), null);

/** The witness of this user on this machine. */
async function findWitness(host: Host): Promise<Witness> {
  try {
    const input = configInput(host, {});
    const where = await witnessLocation(input);
    await checkHome(where, input);
    const { openWitness } = await import('./ledger/witness.js');
    return openWitness(where, host.host, host.clock);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return absentWitness('There is no home directory to keep the witness in.');
  }
}

/** Whether something is at the path; what may not be looked at is there. */
const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );

/** Runs of a ledger that are looked through for profiles other than the sandbox. */
const mostRuns = 200;

/** The sandbox works in no ledger of real people: it would count them as contacted. Throws UserError (exit 6). */
async function checkSandbox(host: Host, place: Place, ledger: Ledger): Promise<void> {
  if (place.profile?.builtIn !== true || host.flags.ledger === undefined) return;
  const sandbox = place.profile.name;
  const other = (await ledger.runs(mostRuns)).find(({ profile }) => profile !== sandbox);
  if (!other) return;
  throw unusable({
    code: 'ledger.not-sandbox',
    message: `The ledger ${place.ledger.shown} holds runs of profile ${other.profile}: the sandbox has a ledger of its own.`,
    hint: 'Leave --ledger out',
  });
}

/** What an opened ledger knows of this machine. */
async function machineOf({ clock, host, kill }: Host) {
  const { processAlive } = await import('./ledger/index.js');
  return { clock, host, processAlive: (owner: Owner) => processAlive(owner, host, kill) };
}

async function openLedgerAt(
  host: Host,
  where: string,
  opening: { readonly scratch: true } | { readonly onMade: () => void },
): Promise<Ledger> {
  const { openLedger } = await import('./ledger/index.js');
  return openLedger(where, { ...opening, ...(await machineOf(host)) });
}

async function openAdmin(host: Host, place: Place): Promise<LedgerAdmin> {
  const where = await ledgerOf(host, place);
  const { openLedgerAdmin } = await import('./ledger/admin/index.js');
  const interrupted = (): void => {
    if (host.stopping.aborted) throw stopped(host);
  };
  return openLedgerAdmin(where, { ...(await machineOf(host)), interrupted });
}

const stopped = (host: Host): UserError =>
  new UserError({
    code: 'run.interrupted',
    message: 'Stopped before the end; run the same command again',
    exit: host.signal() === 'SIGINT' ? Exit.sigint : Exit.sigterm,
  });

async function openScratchLedger(host: Host): Promise<{ ledger: Ledger; remove(): Promise<void> }> {
  const folder = await temporaryFolder(host);
  const ledger = await openLedgerAt(host, path.join(folder.path, 'ledger.db'), { scratch: true });
  return {
    ledger,
    remove: async () => {
      await ledger.close();
      await folder.remove();
    },
  };
}

async function openSource(host: Host, options: InputOptions): Promise<InputSource> {
  const { openInput } = await import('./input/open.js');
  const where = options.path === '-' ? '-' : path.resolve(host.cwd, options.path);
  const isFile =
    where !== '-' &&
    (await stat(where).then(
      (found) => found.isFile(),
      () => true,
    ));
  const spool = isFile ? null : await temporaryFolder(host);
  try {
    const copied = { spoolDir: spool?.path ?? host.cwd, onReleased: async () => spool?.remove() };
    return await openInput({ ...options, path: where, stdin: host.stdin, ...copied });
  } catch (error) {
    await spool?.remove();
    throw error;
  }
}

const temporaryPrefix = 'salesq-work-';

/** A folder for personal data that lives as long as the process; killed, it is removed by the next one. */
const temporaryFolder = async ({ pid, host }: Host): Promise<TemporaryFolder> => {
  const { currentOwner } = await import('./ledger/index.js');
  return openTemporaryFolder(temporaryPrefix, writeJson({ ...currentOwner(pid, host) }));
};

/** A folder whose process nobody can ask for counts as abandoned after so long, ms. */
const longEnough = 24 * 3_600_000;

/** Removes the folders that killed processes of this user have left. */
async function sweep({ uid, host, kill, clock }: Host): Promise<void> {
  for await (const folder of findTemporaryFolders(temporaryPrefix)) {
    if (uid !== null && folder.uid !== uid) continue;
    const { processAlive } = await import('./ledger/index.js');
    const owner = ownerIn(folder.note);
    const alive = owner && processAlive(owner, host, kill);
    if (alive === false || (alive === null && clock.now() - folder.modifiedMs > longEnough))
      await folder.remove().catch(() => undefined);
  }
}

function ownerIn(note: string | null): Owner | null {
  const value = note === null ? null : parseJson(note);
  if (!isObject(value)) return null;
  const { id, host, pid, started } = value;
  const texts = [id, host, started].every((text) => typeof text === 'string');
  return texts && typeof pid === 'number' ? (value as unknown as Owner) : null;
}

async function readText(host: Host, file: string): Promise<string> {
  try {
    return await readFile(path.resolve(host.cwd, file), 'utf8');
  } catch (error) {
    const why = (error as { code?: string }).code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    throw unusable({ code: 'file.unreadable', message: `${file} ${why}`, hint: 'Check the path' });
  }
}

const readDataFile = async (host: Host, file: string): Promise<Json> =>
  (
    await parseDocument(await readText(host, file), file, {
      codes: 'map',
      hint: 'Compare it with the example in the README',
    })
  ).data;

const fileReader = (host: Host): FileReader & Files => ({
  ...files,
  async json(file) {
    const value = parseJson(await readText(host, file));
    if (value === undefined)
      throw unusable({
        code: 'file.bad-json',
        message: `${file} is not JSON`,
        hint: 'Check it with a JSON editor',
      });
    return value;
  },
});
