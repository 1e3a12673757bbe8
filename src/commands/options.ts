import { Option } from 'commander';
import { unusable, usageError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import type { VendorSettings } from '../core/secret.js';
import {
  isEmpty,
  type Reading,
  type Specs,
  type Values,
  type ValueSpec,
  choice,
  flag,
  path,
  specs,
  text,
} from '../core/value.js';
import { nameOf, type OptionSpec } from './command-line.js';
import { outputFormats } from '../core/report.js';

/** What commander made of a command line, by camel-cased name; only what was given. */
export type Given = Readonly<Record<string, unknown>>;

/**
 * The values a command line gave, each read by its type, and defaults for the others; what a setting may say is left to
 * `withSettings`. `words`: the command's name. Throws UserError (exit 2) `usage.bad-value`, or `usage.missing-flag` for a
 * required one, which names the option and quotes no value.
 */
export function readOptions<S extends Specs>(specs: S, given: Given, words: string): Values<S> {
  const hint = `salesq${words && ` ${words}`} --help`;
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = isOption(spec) ? readOption(spec, given, hint) : undefined;
    if (value !== undefined) values[name] = value;
    else if (spec.setting !== undefined) continue;
    else if (spec.default !== undefined) values[name] = spec.default;
    else if (spec.required)
      throw usageError({
        code: 'usage.missing-flag',
        message: `${words} needs ${shownName(name, spec)}: ${spec.about}`,
        hint,
      });
  }
  return values as Values<S>;
}

/**
 * The values with those that the profile's settings say where no option does, else the default. Throws UserError (exit 6)
 * `config.bad-value`, `config.missing-setting`.
 */
export function withSettings<S extends Specs>(
  specs: S,
  values: Values<S>,
  settings: VendorSettings,
  vendor: string,
): Values<S> {
  const all: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const known = (values as Readonly<Record<string, unknown>>)[name];
    const value =
      known ??
      (spec.setting === undefined ? undefined : readSetting(name, spec, spec.setting, settings, vendor));
    if (value !== undefined) all[name] = value;
  }
  return all as Values<S>;
}

const isOption = (spec: ValueSpec): spec is OptionSpec => spec.flag !== undefined;

const shownName = (name: string, spec: ValueSpec): string => (isOption(spec) ? nameOf(spec) : name);

const typed: Reading = { from: 'option' };

function readOption(spec: OptionSpec, given: Given, hint: string): unknown {
  const raw = given[new Option(spec.flag).attributeName()] as NonNullable<Json> | undefined;
  const read = (one: NonNullable<Json>): unknown => {
    const result = spec.type.read(one, typed);
    if (result.ok) return result.value;
    throw usageError({
      code: 'usage.bad-value',
      message: `${nameOf(spec)} takes ${spec.type.expects}`,
      hint,
    });
  };
  if (spec.many) return ((raw ?? []) as readonly NonNullable<Json>[]).map(read);
  return raw === undefined ? undefined : read(raw);
}

function readSetting(
  name: string,
  spec: ValueSpec,
  setting: string,
  { values }: VendorSettings,
  vendor: string,
): unknown {
  const raw = values[setting];
  if (!isEmpty(raw)) {
    const result = spec.type.read(raw, { from: 'config' });
    if (result.ok && result.value !== undefined) return result.value;
    throw unusable({
      code: 'config.bad-value',
      message: `${vendor}: ${setting} must be ${spec.type.expects}`,
      hint: `Mend ${setting} in the profile`,
    });
  }
  if (spec.default !== undefined || !spec.required) return spec.default;
  const give = isOption(spec) ? `Give ${nameOf(spec)}, or set` : 'Set';
  throw unusable({
    code: 'config.missing-setting',
    message: `${vendor}: no ${name} is given`,
    hint: `${give} ${setting} in the profile`,
  });
}

/** The part of some values that these specs declare. */
export const pickOptions = <S extends Specs>(
  specs: S,
  values: Readonly<Record<string, unknown>>,
): Values<S> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(specs, name))) as Values<S>;

/** Options of every command. */
export const globalOptions = specs({
  profile: {
    flag: '--profile <name>',
    about: 'profile of the config file; "sandbox" is built in (env SALESQ_PROFILE)',
    type: text(),
  },
  config: {
    flag: '--config <file>',
    about: 'use exactly this config file (env SALESQ_CONFIG)',
    type: path,
  },
  ledger: { flag: '--ledger <path>', about: 'ledger to use (env SALESQ_LEDGER)', type: path },
  output: {
    flag: '-o, --output <format>',
    about: 'table, json, ndjson, csv or tsv; default: table on a terminal, tsv in a pipe (env SALESQ_OUTPUT)',
    type: choice(outputFormats),
  },
  json: { flag: '--json', about: 'short for -o json', type: flag, default: false },
  quiet: { flag: '-q, --quiet', about: 'say less on stderr', type: flag, default: false },
  verbose: { flag: '-v, --verbose', about: 'say more on stderr', type: flag, default: false },
  input: {
    flag: '--no-input',
    about: 'never ask: what would be asked is exit 2 (env SALESQ_NO_INPUT, CI)',
    type: flag,
    default: true,
  },
  yes: { flag: '-y, --yes', about: 'answer ordinary confirmations with yes', type: flag, default: false },
  color: { flag: '--no-color', about: 'no colours (env NO_COLOR)', type: flag, default: true },
  showPii: {
    flag: '--show-pii',
    about: 'phones whole, not masked, in tables and on stderr',
    type: flag,
    default: false,
  },
});
