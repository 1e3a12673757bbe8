import { createHmac } from 'node:crypto';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { App } from './app.js';
import type { Config, ConfigInput, DescribedSetting, Profile } from './config/index.js';
import {
  describeProfile,
  ledgerLocation,
  loadConfig,
  parseDocument,
  vendorSettings,
} from './config/index.js';
import { Exit, unusable, UserError } from './core/errors.js';
import type { Json } from './core/json.js';
import { parseJson } from './core/json.js';
import type { LedgerAdmin } from './core/ledger-admin.js';
import type { AccountRef, Ledger, Owner } from './core/ledger.js';
import type { InputSource } from './core/row.js';
import type { VendorSettings } from './core/settings.js';
import type { FileReader, Vendor, VendorContext } from './core/vendor.js';
import type { OpenOptions } from './input/index.js';
import { vendors } from './vendors/index.js';

/**
 * The only place that picks implementations: which ledger, which reader, which configuration stands behind a contract.
 * Heavy parts are loaded when they are first used.
 */

export interface ConfigFlags {
  readonly country?: string | null;
  readonly phoneFormat?: string | null;
}

function configInput(app: App, flags: ConfigFlags = {}): ConfigInput {
  const { profile, config, ledger } = app.flags;
  const given = {
    profile,
    config,
    ledger,
    country: flags.country ?? undefined,
    phoneFormat: flags.phoneFormat ?? undefined,
  };
  return { cwd: app.cwd, home: app.home, env: app.env, uid: app.uid, flags: given };
}

export async function loadVendors(): Promise<Vendor[]> {
  return Promise.all(vendors.map(async (entry) => (await entry.load()).default));
}

/** The configuration of this call. Its warnings have been said. */
export async function openConfig(app: App, flags: ConfigFlags = {}): Promise<Config> {
  const known = await loadVendors();
  const sandbox = { credentials: (id: string) => known.find((vendor) => vendor.id === id)?.sandbox ?? {} };
  const config = await loadConfig(configInput(app, flags), known, sandbox);
  for (const { message } of config.warnings) app.terminal.warn(message);
  return config;
}

/** A profile's part of one vendor, ready to be used. */
export interface Session {
  readonly profile: Profile;
  readonly settings: VendorSettings;
  readonly context: VendorContext;
  readonly account: AccountRef;
  /** Where the ledger is. */
  readonly ledger: string;
}

/** Resolves profile, settings and secrets of one vendor. Throws UserError (exit 6). */
export async function openSession(app: App, vendor: Vendor, flags: ConfigFlags): Promise<Session> {
  const config = await openConfig(app, flags);
  const profile = config.profile();
  const { settings, warnings } = await vendorSettings(profile, vendor);
  for (const { message } of warnings) app.terminal.warn(message);
  const context: VendorContext = {
    settings,
    http: app.http,
    clock: app.clock,
    signal: app.aborting,
    warn: (message) => app.terminal.warn(message),
  };
  const account = accountRef(vendor, profile, config, settings);
  return {
    profile,
    settings,
    context,
    account,
    ledger: ledgerLocation(configInput(app, flags), profile, config),
  };
}

/** What the ledger knows an account by: the operator's name for it, else a digest of its credentials and its profile. */
function accountRef(vendor: Vendor, profile: Profile, config: Config, settings: VendorSettings): AccountRef {
  const digest = createHmac('sha256', `salesq account ${vendor.id}`);
  for (const name of vendor.accountBy) {
    const value = name === 'url' ? settings.url : (settings.values[name] ?? null);
    digest.update(`${settings.secrets[name]?.reveal() ?? JSON.stringify(value)}\0`);
  }
  const where = profile.builtIn ? 'built-in' : (config.path ?? '');
  return {
    vendor: vendor.id,
    name: settings.account,
    aliases: [`token:${digest.digest('hex').slice(0, 16)}`, `profile:${where}#${profile.name}`],
  };
}

/** This process, as holders of locks know each other. */
export async function ownerOf(app: App): Promise<Owner> {
  const { currentOwner } = await import('./ledger/index.js');
  return currentOwner(app.pid, app.host);
}

export async function openLedgerAt(app: App, where: string, scratch = false): Promise<Ledger> {
  const { openLedger, processAlive } = await import('./ledger/index.js');
  const alive = (owner: Owner): boolean | null => processAlive(owner, app.host, app.kill);
  return openLedger(where, { scratch, clock: app.clock, host: app.host, processAlive: alive });
}

/** Where the ledger of a command without a vendor is: flag, environment, profile, config file, default. */
async function chosenLedger(app: App): Promise<string> {
  const config = await openConfig(app);
  const chosen = app.flags.profile ?? (app.env['SALESQ_PROFILE'] || null) ?? config.defaultProfile;
  const profile = chosen ? config.profile(chosen) : null;
  return ledgerLocation(configInput(app), profile, config);
}

/** The ledger of a command that works with runs, not with a vendor. */
export async function withLedger<T>(app: App, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = await openLedgerAt(app, await chosenLedger(app));
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** For commands that look after the ledger: it is neither made nor changed by being looked at. */
export async function withLedgerAdmin<T>(app: App, work: (admin: LedgerAdmin) => Promise<T>): Promise<T> {
  const where = await chosenLedger(app);
  const [{ processAlive }, { openLedgerAdmin }] = await Promise.all([
    import('./ledger/index.js'),
    import('./ledger/admin/index.js'),
  ]);
  const options = {
    clock: app.clock,
    host: app.host,
    processAlive: (owner: Owner): boolean | null => processAlive(owner, app.host, app.kill),
    interrupted: () => {
      if (app.stopping.aborted) throw stopped(app);
    },
  };
  return work(await openLedgerAdmin(where, options));
}

const stopped = (app: App): UserError =>
  new UserError({
    code: 'run.interrupted',
    message: 'Stopped before the end; run the same command again',
    exit: app.signal() === 'SIGINT' ? Exit.sigint : Exit.sigterm,
  });

/** The real ledger for a dry run to look at; null where there is none yet, for a dry run makes none. */
export async function openHistory(app: App, where: string): Promise<Ledger | null> {
  const isFile = !where.includes('://');
  if (isFile && !(await readable(where))) return null;
  return openLedgerAt(app, where);
}

const readable = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** A ledger that is thrown away. */
export async function openScratchLedger(app: App): Promise<{ ledger: Ledger; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'salesq-dry-run-'));
  const ledger = await openLedgerAt(app, path.join(folder, 'ledger.db'), true);
  return {
    ledger,
    remove: async () => {
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function openSource(
  app: App,
  options: Omit<OpenOptions, 'stdin' | 'spoolDir'>,
): Promise<InputSource> {
  const { openInput } = await import('./input/index.js');
  const where = options.path === '-' ? '-' : path.resolve(app.cwd, options.path);
  return openInput({
    ...options,
    path: where,
    stdin: app.stdin,
    spoolDir: path.join(tmpdir(), `salesq-${app.uid ?? 'spool'}`),
  });
}

async function readText(app: App, file: string): Promise<string> {
  try {
    return await readFile(path.resolve(app.cwd, file), 'utf8');
  } catch (error) {
    const why = (error as { code?: string }).code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    throw unusable({ code: 'file.unreadable', message: `${file} ${why}`, hint: 'Check the path' });
  }
}

/** A small YAML or JSON file as data. Throws UserError (exit 6) naming file and line. */
export const readDataFile = async (app: App, file: string): Promise<Json> =>
  (
    await parseDocument(await readText(app, file), file, {
      room: 'map',
      hint: 'Compare it with the example in the README',
    })
  ).data;

export const fileReader = (app: App): FileReader => ({
  async json(file) {
    const value = parseJson(await readText(app, file));
    if (value === undefined)
      throw unusable({
        code: 'file.bad-json',
        message: `${file} is not JSON`,
        hint: 'Check it with a JSON editor',
      });
    return value;
  },
});

/** A profile's settings and where each came from. */
export async function describeProfileOf(
  app: App,
  name: string | undefined,
): Promise<{ profile: string; config: string | null; settings: DescribedSetting[] }> {
  const config = await openConfig(app);
  const profile = config.profile(name);
  return {
    profile: profile.name,
    config: config.path,
    settings: await describeProfile(profile, await loadVendors()),
  };
}
