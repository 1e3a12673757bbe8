import type { Json } from '../core/json.js';
import { outputFormats, type OutputFormat } from '../core/report.js';
import { textProblem } from '../core/secret.js';
import {
  choice,
  country,
  duration,
  flag,
  integer,
  oneOrMore,
  parsed,
  path,
  phoneFormat,
  rate,
  recontact,
  specs,
  text,
  timezone,
  windowOfDay,
  type From,
  type Specs,
  type Type,
  type Values,
  type ValueSpec,
} from '../core/value.js';
import { isAbsolute } from 'node:path';
import { usageError } from '../core/errors.js';
import { holdsVariable, isBlank, isVariable } from '../core/units.js';

/** The built-in profile's name; a file may not use it. */
export const sandboxName = 'sandbox';

/** Profile names travel in file names, messages and `--live <profile>`. */
export const isProfileName = (name: string): boolean =>
  /^[A-Za-z0-9][\w.-]{0,63}$/.test(name) && name !== '__proto__';

/** True for a ledger that is a database server, not a file. */
export const isLedgerServer = (location: string): boolean => /^postgres(ql)?:\/\//.test(location);

const isLedger = (location: string): boolean =>
  isLedgerServer(location) ? URL.canParse(location) : !/^[A-Za-z][\w+.-]*:\/\//.test(location);

/** As it was said: where a relative path starts from depends on where that was. */
const ledger = parsed('ledger', 'a file or a postgres:// address', (said) => (isLedger(said) ? said : null));

const lineOfText = parsed('name', 'a name on one line', (said) => (/\p{Cc}/u.test(said) ? null : said));

const international = parsed(
  'international number',
  'a phone number with its country code, `+49…`',
  (said) => {
    const digits = said.replace(/[\s()./-]/gu, '').replace(/^(?:\+|00)/u, '');
    return /^[1-9]\d{6,14}$/u.test(digits) ? `+${digits}` : null;
  },
);

/** A phone; YAML takes `+49…` for a whole number and drops the plus. */
const testNumber: Type<string> = {
  ...international,
  read: (raw, where) => international.read(typeof raw === 'number' ? String(raw) : raw, where),
};

/** What is wrong with a base address; null where nothing is. */
function urlProblem(said: string): string | null {
  const url = URL.canParse(said.trim()) ? new URL(said.trim()) : null;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '')
    return 'must be a web address that starts with https://';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (said.includes('?') || said.includes('#')) return 'must not hold a query (?) or a fragment (#)';
  return null;
}

/** A checked base address in its one spelling: no slash at its end. */
const normalUrl = (said: string): string => new URL(said.trim()).href.replace(/\/+$/, '');

/** The address that documented paths hang at. */
const baseUrl: Type<string> = {
  kind: 'url',
  expects: 'a web address that starts with https://',
  read: (raw, where) => {
    if (typeof raw !== 'string') return lineOfText.read(raw, where);
    const must = urlProblem(raw);
    if (must === null) return { ok: true, value: normalUrl(raw) };
    const problem = { code: 'field.bad-value', message: 'The value is not a web address' };
    return { ok: false, state: 'invalid', problem, must };
  },
};

/** Keys a profile may say, and the top level of the file for all of them. */
const common = specs({
  country: {
    type: country,
    about: 'country of phone numbers without a country code',
    flag: '--country <code>',
  },
  phoneFormat: {
    type: phoneFormat,
    default: 'auto',
    about: 'how phone numbers are written',
    flag: '--phone-format <format>',
  },
  ledger: {
    type: ledger,
    about:
      'the ledger, which keeps what was sent to whom; `$XDG_STATE_HOME/salesq/ledger.db` where none is set',
    flag: '--ledger <path>',
    env: 'SALESQ_LEDGER',
  },
  timezone: { type: timezone, about: 'time zone of `window`, which is refused without one' },
  'dnc.maxAge': {
    type: duration,
    about: 'no push without a do-not-call list that young (exit 10); none is fetched from a vendor yet',
  },
  recontact: {
    type: recontact,
    default: { mode: 'never', afterMs: 0 },
    about: 'whether who was contacted before may be contacted again; `--recontact` of a push',
  },
  testNumbers: {
    type: oneOrMore(testNumber),
    about:
      'phones of your own, with their country code: a row to one is never `duplicate`; the do-not-call list counts',
  },
  window: {
    type: oneOrMore(windowOfDay),
    about: 'when people may be contacted: outside of it a run stops (exit 8); at any time where none is set',
  },
  allowInsecureHttp: {
    type: flag,
    default: false,
    about: 'plain `http://` beyond this machine; warns on every run',
  },
});

/** Keys of a profile. */
export const profileKeys = specs({
  live: {
    type: flag,
    default: false,
    about: 'real people: a push asks for the name of the profile, or needs `--live <name>` (exit 10)',
  },
  ...common,
});

/** Keys of the top level of the file. */
export const fileKeys = specs({
  defaultProfile: { type: lineOfText, about: 'profile that is used where nobody names one' },
  ...common,
});

/** Keys of every vendor's part of a profile, beside the vendor's own. */
export const vendorKeys = specs({
  url: { type: baseUrl, about: 'what stands before the documented path' },
  rate: { type: rate, about: 'requests in a time; `--rate` of a push' },
  concurrency: {
    type: integer({ min: 1, max: 100 }),
    about: 'requests at the same time; `--concurrency` of a push',
  },
  timeout: { type: duration, about: 'time for one request' },
  account: {
    type: lineOfText,
    about: 'your own name for the account at the vendor: keeps its history when a key changes',
  },
  allowInsecureHttp: { type: flag, about: 'the same for this vendor alone' },
});

const offWords = /^(0|false|no|off)$/i;

/** A variable that only has to be there; words that say no are heeded. */
const switchedOn: Type<boolean> = {
  kind: 'switch',
  expects: 'anything but 0, false, no, off',
  read: (raw) => ({ ok: true, value: typeof raw === 'string' && !offWords.test(raw.trim()) }),
};

/** Variables of the environment, by name. */
export const environment = specs({
  SALESQ_PROFILE: { type: lineOfText, about: 'profile that is used', flag: '--profile <name>' },
  SALESQ_CONFIG: { type: path, about: 'configuration file, and no other', flag: '--config <file>' },
  SALESQ_LEDGER: {
    ...common.ledger,
    about: 'the ledger; a file by its absolute path',
  },
  SALESQ_WITNESS: {
    type: path,
    about:
      'where is kept, outside the ledger, how far it has got: the absolute path of a file, or of a folder that is there; `$XDG_CONFIG_HOME/salesq/witness.json` where none is set',
  },
  SALESQ_OUTPUT: { type: choice(outputFormats), about: 'how results are printed', flag: '--output <format>' },
  SALESQ_NO_INPUT: { type: switchedOn, about: 'never ask', flag: '--no-input' },
  CI: { type: switchedOn, about: 'never ask', flag: '--no-input' },
  NO_COLOR: { type: text(), about: 'no colours', flag: '--no-color' },
  FORCE_COLOR: { type: text(), about: 'colours in a pipe too' },
  SALESQ_SANDBOX_URL: {
    type: baseUrl,
    default: 'http://127.0.0.1:4180',
    about: 'where the sandbox is',
  },
  PGPASSWORD: { type: text(), about: 'password of a ledger that is a database server' },
  XDG_CONFIG_HOME: { type: path, default: '~/.config', about: 'configuration of the user, in `salesq/`' },
  XDG_STATE_HOME: { type: path, default: '~/.local/state', about: 'the ledger, in `salesq/`' },
});

/** What the configuration needs to know of a vendor. A `Vendor` fits. */
export interface VendorDeclaration {
  readonly id: string;
  readonly defaultUrl: string | null;
  readonly settings: Specs;
  /** What the program's own sandbox accepts, secrets included, so that its profile needs no file. */
  readonly sandbox: Readonly<Record<string, Json>>;
}

/** Every key of a vendor's part of a profile. */
export function settingsOf({ defaultUrl, settings }: VendorDeclaration): Specs {
  const url = { ...vendorKeys.url, ...(defaultUrl === null ? { required: true } : { default: defaultUrl }) };
  return { ...vendorKeys, url, ...settings };
}

/** A value that was read, or what is wrong with it as the end of a sentence that begins with its name. */
type ReadSetting<T> =
  { readonly problem: null; readonly value: T | undefined } | { readonly problem: string };

/** Reads a value of a file, flag or variable. What is wrong is told without quoting it. */
export function readSetting<T>({ type }: ValueSpec<T>, raw: NonNullable<Json>, from: From): ReadSetting<T> {
  const problem = typeof raw === 'string' && type.kind !== 'secret' ? textProblem(raw) : null;
  if (problem !== null) return { problem };
  const read = type.read(raw, { from });
  return read.ok ? { problem: null, value: read.value } : { problem: read.must ?? `must be ${type.expects}` };
}

/** What was said of a key, and where; a null is nothing. */
export interface Said {
  readonly value: Json;
  readonly from: From;
}

/** The values of checked settings, defaults filled in. */
export function readSettings<S extends Specs>(
  declared: S,
  said: (key: string) => Said | undefined,
): Values<S> {
  const entries = Object.entries(declared).map(([key, spec]) => {
    const { value: raw = null, from = 'config' } = said(key) ?? {};
    if (raw === null) return [key, spec.default];
    const read = readSetting(spec, raw, from);
    if (read.problem !== null) throw new Error(`the setting ${key} was not checked: it ${read.problem}`);
    return [key, read.value ?? spec.default];
  });
  return Object.fromEntries(entries) as Values<S>;
}

/** Flags that overrule the configuration, as typed. */
export interface ConfigFlags {
  readonly profile?: string | undefined;
  readonly config?: string | undefined;
  readonly ledger?: string | undefined;
  readonly country?: string | undefined;
  readonly phoneFormat?: string | undefined;
}

/** The outside world, as far as configuration depends on it. */
export interface ConfigInput {
  /** Absolute working directory. */
  readonly cwd: string;
  /** Absolute home directory; null where there is none. */
  readonly home: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: ConfigFlags;
  /** Effective user id; null where the system has none (then modes and owners are not checked). */
  readonly uid: number | null;
  /** The user's own primary group; null where the system has none. */
  readonly gid: number | null;
}

/** An environment variable's text; null where it is not set or empty. */
export function envText(input: Pick<ConfigInput, 'env'>, name: keyof typeof environment): string | null {
  const text = input.env[name];
  return text === undefined || text.trim() === '' ? null : text;
}

/**
 * Refuses an environment in which a `SALESQ_…` variable is empty or holds another one that was not replaced, or
 * SALESQ_LEDGER, SALESQ_WITNESS or a folder of the user means another place in every folder. Throws UserError (exit 2) `usage.empty-value`, `usage.unexpanded`,
 * `usage.bad-value`, which names the variable and quotes no value.
 */
export function refuseUnusableVariables(env: ConfigInput['env']): void {
  for (const name of Object.keys(env).sort()) {
    const value = env[name];
    if (value === undefined || !name.startsWith('SALESQ_')) continue;
    if (isBlank(value)) {
      const hint = `unset ${name}, or give it a value`;
      throw usageError({ code: 'usage.empty-value', message: `${name} is empty.`, hint });
    }
    // Any other variable of ours holds a secret that the configuration names, and may well hold a `$`.
    if (Object.hasOwn(environment, name) ? holdsVariable(value) : isVariable(value)) {
      const message = `${name} holds a variable ($NAME or \${NAME}) that was not replaced by its value.`;
      throw usageError({ code: 'usage.unexpanded', message, hint: `give ${name} the value itself` });
    }
  }
  const witness = env['SALESQ_WITNESS'] ?? null;
  if (witness !== null && !isAbsolute(witness)) {
    throw usageError({
      code: 'usage.bad-value',
      message: 'SALESQ_WITNESS must be an absolute path.',
      hint: 'export SALESQ_WITNESS=/path/to/witness.json',
    });
  }
  for (const name of ['XDG_CONFIG_HOME', 'XDG_STATE_HOME'] as const) {
    const folder = envText({ env }, name);
    if (folder === null || isAbsolute(folder)) continue;
    throw usageError({
      code: 'usage.bad-value',
      message: `${name} must be an absolute path: nobody can tell which folder is meant.`,
      hint: `export ${name}=/path/to/folder, or unset ${name}`,
    });
  }
  const ledger = env['SALESQ_LEDGER'] ?? null;
  if (ledger === null || isLedgerServer(ledger) || isAbsolute(ledger)) return;
  throw usageError({
    code: 'usage.bad-value',
    message: 'SALESQ_LEDGER must be an absolute path or a postgres:// address.',
    hint: 'export SALESQ_LEDGER=/path/to/ledger.db; --ledger takes a relative one',
  });
}

/** How results are printed, as SALESQ_OUTPUT says; null where it does not. Throws UserError `usage.bad-value` (exit 2). */
export function outputFormatIn(env: ConfigInput['env']): OutputFormat | null {
  const said = envText({ env }, 'SALESQ_OUTPUT');
  if (said === null) return null;
  const { type } = environment.SALESQ_OUTPUT;
  const read = type.read(said, { from: 'environment' });
  if (read.ok && read.value !== undefined) return read.value;
  const message = `SALESQ_OUTPUT must be ${type.expects}.`;
  throw usageError({ code: 'usage.bad-value', message, hint: '-o json' });
}

/** Whether the environment says never to ask. */
export const isSilenced = (env: ConfigInput['env']): boolean =>
  (['SALESQ_NO_INPUT', 'CI'] as const).some((name) => {
    const said = envText({ env }, name);
    const read = said === null ? null : environment[name].type.read(said, { from: 'environment' });
    return read?.ok === true && read.value === true;
  });
