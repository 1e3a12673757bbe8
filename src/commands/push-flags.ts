import { usageError } from '../core/errors.js';
import type { RecontactPolicy } from '../core/ledger.js';
import type { PhoneFormat } from '../core/phone.js';
import { isCountry, phoneFormats } from '../core/phone.js';
import type { InputFormat } from '../core/row.js';
import { inputFormats } from '../core/row.js';
import { parseDuration, parseRate, parseRecontact } from '../core/units.js';
import type { OptionSpec } from '../core/vendor.js';
import type { MaxErrors } from '../engine/job.js';

/** Of every command that takes a lock. */
export const waitLockOption: OptionSpec = {
  flags: '--wait-lock <duration>',
  about: 'wait so long for another salesq that works on the same: 30s, 10m (default: exit 11 at once)',
};

/** Flags that decide how a run is sent: a push and `runs resume` take them. */
export const sendOptions: readonly OptionSpec[] = [
  { flags: '--limit <n>', about: 'send at most so many rows now; the rest stays ready' },
  { flags: '--batch-size <n>', about: 'rows in one request, up to what the vendor takes' },
  { flags: '--concurrency <n>', about: 'requests at the same time' },
  { flags: '--rate <rate>', about: 'requests in a time: 5/s, 60/m' },
  { flags: '--max-errors <n>', about: 'stop when more rows are rejected: 10, or 5%' },
  { flags: '--results <file>', about: 'write every input row with its state to this CSV file' },
  { flags: '--reconcile', about: 'after sending, ask the vendor once about rows whose answer was lost' },
  { flags: '--live <profile>', about: 'confirm a push with a live profile by its name' },
  waitLockOption,
];

/** Of a push, and of everything that goes on with one. */
export const canaryOption: OptionSpec = {
  flags: '--canary <n>',
  about: 'send so many rows first, then ask (or stop, without a terminal)',
};

/** Flags that decide what is read and planned. */
export const planOptions: readonly OptionSpec[] = [
  { flags: '--map <file>', about: 'map file (YAML or JSON): which column is which field' },
  {
    flags: '--set <field=value>',
    about: 'a constant for every row (repeatable)',
    many: true,
    freeText: true,
  },
  {
    flags: '--ignore <column>',
    about: 'a column that stays here (repeatable); "*" for all not named',
    many: true,
  },
  { flags: '--format <format>', about: 'csv, json or ndjson; found out if not given' },
  {
    flags: '--encoding <name>',
    about: 'utf-8, utf-16le, windows-1252, iso-8859-1, windows-1251; found out if not given',
  },
  { flags: '--delimiter <char>', about: 'of a CSV: ",", ";" or "tab"; found out if not given' },
  { flags: '--country <code>', about: 'country of national phone numbers: DE' },
  { flags: '--phone-format <format>', about: 'e164, intl-digits, national or auto' },
  { flags: '--dry-run', about: 'read, check and show the plan; send nothing, keep nothing' },
  { flags: '--recontact <rule>', about: 'never (default), after:90d or always' },
  { flags: '--allow-duplicates', about: 'the same person may stand in the file more than once' },
  canaryOption,
  { flags: '--skip-invalid', about: 'set broken rows of the file aside instead of refusing it' },
];

/** How a run is sent, as the flags say; null where they say nothing. */
export interface SendFlags {
  readonly limit: number | null;
  readonly batchSize: number | null;
  readonly concurrency: number | null;
  readonly perSecond: number | null;
  readonly maxErrors: MaxErrors | null;
  readonly results: string | null;
  readonly live: string | null;
  /** Ask the vendor about rows in doubt after sending. */
  readonly reconcile: boolean;
  /** How long to wait for the lock of a holder that lives, in ms. */
  readonly waitLockMs: number;
}

export interface PlanFlags {
  readonly map: string | null;
  readonly set: Readonly<Record<string, string>>;
  readonly ignore: readonly string[];
  readonly format: InputFormat | null;
  readonly encoding: string | null;
  readonly delimiter: string | null;
  readonly country: string | null;
  readonly phoneFormat: PhoneFormat | null;
  readonly dryRun: boolean;
  readonly recontact: RecontactPolicy | null;
  readonly allowDuplicates: boolean;
  readonly canary: number | null;
  readonly skipInvalid: boolean;
}

type Raw = Readonly<Record<string, unknown>>;

const wrong = (flag: string, wanted: string): Error =>
  usageError({
    code: 'usage.bad-value',
    message: `${flag} takes ${wanted}`,
    hint: 'salesq <command> --help',
  });

const text = (raw: Raw, name: string): string | null => (typeof raw[name] === 'string' ? raw[name] : null);

/** A whole number from 1 to 999,999,999; null without the flag. Throws UserError (exit 2). */
export function positive(raw: Raw, name: string, flag: string): number | null {
  const value = text(raw, name);
  if (value === null) return null;
  if (!/^[1-9]\d{0,8}$/.test(value)) throw wrong(flag, 'a whole number from 1');
  return Number(value);
}

/** `named`: the values an error offers; one that is known but not built yet is left out of it. */
function oneOf<T extends string>(
  raw: Raw,
  name: string,
  flag: string,
  values: readonly T[],
  named: readonly T[] = values,
): T | null {
  const value = text(raw, name);
  if (value === null) return null;
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw wrong(flag, named.join(', '));
  return found;
}

/** Throws UserError (exit 2) naming the flag. */
export function readSendFlags(raw: Raw): SendFlags {
  const rate = text(raw, 'rate');
  return {
    limit: positive(raw, 'limit', '--limit'),
    batchSize: positive(raw, 'batchSize', '--batch-size'),
    concurrency: positive(raw, 'concurrency', '--concurrency'),
    perSecond: rate === null ? null : readRate(rate),
    maxErrors: readMaxErrors(text(raw, 'maxErrors')),
    results: text(raw, 'results'),
    live: text(raw, 'live'),
    reconcile: raw['reconcile'] === true,
    waitLockMs: readWaitLock(raw),
  };
}

/** Throws UserError (exit 2) naming the flag. */
export function readPlanFlags(raw: Raw): PlanFlags {
  const country = text(raw, 'country')?.toUpperCase() ?? null;
  if (country !== null && !isCountry(country))
    throw wrong('--country', 'a country code of two letters, such as DE');
  const recontact = text(raw, 'recontact');
  return {
    map: text(raw, 'map'),
    set: readSet((raw['set'] ?? []) as readonly string[]),
    ignore: (raw['ignore'] ?? []) as readonly string[],
    format: oneOf(
      raw,
      'format',
      '--format',
      inputFormats,
      inputFormats.filter((name) => name !== 'xlsx'),
    ),
    encoding: text(raw, 'encoding'),
    delimiter: readDelimiter(text(raw, 'delimiter')),
    country,
    phoneFormat: oneOf(raw, 'phoneFormat', '--phone-format', phoneFormats),
    dryRun: raw['dryRun'] === true,
    recontact: recontact === null ? null : readRecontact(recontact),
    allowDuplicates: raw['allowDuplicates'] === true,
    canary: readCanary(raw),
    skipInvalid: raw['skipInvalid'] === true,
  };
}

/** Rows to send before asking; null without the flag. Throws UserError (exit 2). */
export const readCanary = (raw: Raw): number | null => positive(raw, 'canary', '--canary');

/** Milliseconds; 0 without the flag. Throws UserError (exit 2). */
export function readWaitLock(raw: Raw): number {
  const value = text(raw, 'waitLock');
  if (value === null) return 0;
  const ms = parseDuration(value);
  if (ms === null) throw wrong('--wait-lock', 'a duration such as 30s, 10m or 2h');
  return ms;
}

function readRate(value: string): number {
  const rate = parseRate(value);
  if (rate === null) throw wrong('--rate', 'a number of requests in a second or minute: 5/s, 60/m');
  return rate;
}

function readMaxErrors(value: string | null): MaxErrors | null {
  if (value === null) return null;
  const match = /^(\d{1,9})(%?)$/.exec(value);
  if (!match) throw wrong('--max-errors', 'a number of rows or a percentage: 10, 5%');
  return match[2] === '%' ? { percent: Number(match[1]) } : { count: Number(match[1]) };
}

function readDelimiter(value: string | null): string | null {
  if (value === 'tab' || value === '\\t') return '\t';
  if (value !== null && ![',', ';', '\t', '|'].includes(value))
    throw wrong('--delimiter', '",", ";", "|" or "tab"');
  return value;
}

function readRecontact(value: string): RecontactPolicy {
  const policy = parseRecontact(value);
  if (policy === null)
    throw wrong('--recontact', 'never, always or after: and a duration, such as after:90d');
  return policy;
}

function readSet(pairs: readonly string[]): Record<string, string> {
  const set: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw wrong('--set', 'field=value');
    set[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return set;
}
