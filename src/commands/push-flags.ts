import { inputFormats } from '../core/row.js';
import {
  choice,
  country,
  durationFromZero,
  flag,
  integer,
  parsed,
  path,
  phoneFormat,
  rate,
  recontact,
  specs,
  text,
  verbatim,
  type Values,
} from '../core/value.js';
import type { MaxErrors } from '../engine/job.js';

/** So many rows or requests, at least one. */
export const count = { ...integer({ min: 1, max: 999_999_999 }), expects: 'a whole number from 1' };

/** A port to listen on; 0 for any free one. */
export const port = { ...integer({ min: 0, max: 65_535 }), expects: 'a number from 0 to 65535' };

/** `10` rows, or `5%` of them. */
const maxErrors = parsed(
  'max errors',
  'a number of rows or a percentage: 10, 5%',
  (value): MaxErrors | null => {
    const match = /^(\d{1,9})(%?)$/.exec(value);
    if (!match) return null;
    return match[2] === '%' ? { percent: Number(match[1]) } : { count: Number(match[1]) };
  },
);

/** `field=value`; the value stays as it is written. */
const constant = parsed('constant', 'field=value', (value): readonly [string, string] | null => {
  const at = value.indexOf('=');
  return at < 1 ? null : [value.slice(0, at), value.slice(at + 1)];
});

const delimiter = parsed('delimiter', '",", ";", "|" or "tab"', (value) => {
  if (value === 'tab' || value === '\\t') return '\t';
  return [',', ';', '\t', '|'].includes(value) ? value : null;
});

/** Named without the format that is known but cannot be read yet. */
const inputFormat = {
  ...choice(inputFormats),
  expects: inputFormats.filter((name) => name !== 'xlsx').join(', '),
};

/** Of every command that takes a lock, in ms. */
export const waitLockOption = {
  flag: '--wait-lock <duration>',
  about: 'wait so long for another salesq that works on the same: 30s, 10m (default: exit 11 at once)',
  type: durationFromZero,
  default: 0,
} as const;

/** Of every command that writes the rows of a run to a file. */
export const resultsOption = {
  flag: '--results <file>',
  about: 'write every input row with its state to this CSV file',
  type: path,
} as const;

/** Of every command that writes a decision down. */
export const reasonOption = (about: string) =>
  ({ flag: '--reason <text>', about, type: text(), freeText: true, required: true }) as const;

/** How national phone numbers are read. */
export const numberOptions = specs({
  country: { flag: '--country <code>', about: 'country of national phone numbers: DE', type: country },
  phoneFormat: {
    flag: '--phone-format <format>',
    about: 'e164, intl-digits, national or auto',
    type: phoneFormat,
  },
});

/** Decide how a run is sent: a push and `runs resume` take them. */
export const sendOptions = specs({
  limit: { flag: '--limit <n>', about: 'send at most so many rows now; the rest stays ready', type: count },
  batchSize: {
    flag: '--batch-size <n>',
    about: 'rows in one request, up to what the vendor takes',
    type: count,
  },
  concurrency: { flag: '--concurrency <n>', about: 'requests at the same time', type: count },
  rate: { flag: '--rate <rate>', about: 'requests in a time: 5/s, 60/m', type: rate },
  maxErrors: {
    flag: '--max-errors <n>',
    about: 'stop when more rows are rejected: 10, or 5%',
    type: maxErrors,
  },
  results: resultsOption,
  reconcile: {
    flag: '--reconcile',
    about: 'after sending, ask the vendor once about rows whose answer was lost',
    type: flag,
    default: false,
  },
  live: { flag: '--live <profile>', about: 'confirm a push with a live profile by its name', type: text() },
  waitLock: waitLockOption,
});

/** Of a push, and of everything that goes on with one. */
export const canaryOption = {
  flag: '--canary <n>',
  about: 'send so many rows first, then ask (or stop, without a terminal)',
  type: count,
} as const;

/** Decide what is read and planned. */
export const planOptions = specs({
  map: {
    flag: '--map <file>',
    about: 'map file (YAML or JSON): which column is which field',
    type: path,
  },
  set: {
    flag: '--set <field=value>',
    about: 'a constant for every row (repeatable)',
    type: constant,
    many: true,
    freeText: true,
  },
  ignore: {
    flag: '--ignore <column>',
    about: 'a column that stays here (repeatable); "*" for all not named',
    type: verbatim,
    many: true,
  },
  format: {
    flag: '--format <format>',
    about: 'csv, json or ndjson; found out if not given',
    type: inputFormat,
  },
  encoding: {
    flag: '--encoding <name>',
    about: 'utf-8, utf-16le, windows-1252, iso-8859-1, windows-1251; found out if not given',
    type: text(),
  },
  delimiter: {
    flag: '--delimiter <char>',
    about: 'of a CSV: ",", ";" or "tab"; found out if not given',
    type: delimiter,
  },
  ...numberOptions,
  dryRun: {
    flag: '--dry-run',
    about: 'read, check and show the plan; send nothing, keep nothing',
    type: flag,
    default: false,
  },
  recontact: { flag: '--recontact <rule>', about: 'never (default), after:90d or always', type: recontact },
  allowDuplicates: {
    flag: '--allow-duplicates',
    about: 'the same person may stand in the file more than once',
    type: flag,
    default: false,
  },
  canary: canaryOption,
  skipInvalid: {
    flag: '--skip-invalid',
    about: 'set broken rows of the file aside instead of refusing it',
    type: flag,
    default: false,
  },
});

/** Of a push and of what plans one anew: columns that somebody vouches for. */
export const consentOptions = specs({
  consentIgnored: {
    flag: '--consent-ignored <column>',
    about: 'a column that says no to nobody, although its name does (repeatable; with --reason)',
    type: verbatim,
    many: true,
  },
  reason: {
    flag: '--reason <text>',
    about: 'why --consent-ignored is right; kept with the run',
    type: text(),
    freeText: true,
  },
});

export type ConsentFlags = Values<typeof consentOptions>;
export type SendFlags = Values<typeof sendOptions>;
export type PlanFlags = Values<typeof planOptions> & Partial<ConsentFlags>;
