import path from 'node:path';
import { unusable, usageError, type UserError } from '../core/errors.js';
import { isObject, type Json, type JsonObject } from '../core/json.js';
import { forms, isLedgerServer, type Form } from './forms.js';
import { envText, type ConfigInput } from './input.js';

/** A value and where it came from: `flag --country`, `env SALESQ_LEDGER`, `.salesqrc:country`, `built in`, `default`. */
export interface Setting {
  readonly value: Json;
  readonly origin: string;
}

/** One source of settings. Layers are asked in order; the first that has a value wins. */
export interface Layer {
  get(key: string): Json | undefined;
  origin(key: string): string;
  /** Folder its relative paths start from. */
  readonly folder: string;
}

/** A layer of a mapping in the file; `key` may be a path, `dnc.maxAge`. */
export function fileLayer(data: Json | undefined, prefix: string, folder: string): Layer {
  const get = (key: string): Json | undefined => {
    const value = key.split('.').reduce<Json | undefined>((at, step) => {
      return isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
    }, data);
    return value ?? undefined;
  };
  return { get, origin: (key) => `${prefix}${key}`, folder };
}

/** A layer of values that came from one place. */
export function fixedLayer(data: JsonObject, origin: string, folder: string): Layer {
  return { get: (key) => data[key], origin: () => origin, folder };
}

function checked(text: string | undefined, flag: string, form: Form): string | undefined {
  const problem = text === undefined ? null : form(text);
  if (problem === null) return text;
  throw usageError({ code: 'usage.bad-value', message: `${flag} ${problem}.`, hint: `salesq help` });
}

/** Flags, then environment. Throws UserError `usage.bad-value` (exit 2) for a flag that cannot be right. */
export function commandLayers(input: ConfigInput): Layer[] {
  const names: Readonly<Record<string, string>> = {
    ledger: '--ledger',
    country: '--country',
    phoneFormat: '--phone-format',
  };
  const { flags, cwd } = input;
  const values: Readonly<Record<string, string | undefined>> = {
    ledger: checked(flags.ledger, '--ledger', forms.ledger),
    country: checked(flags.country, '--country', forms.country),
    phoneFormat: checked(flags.phoneFormat, '--phone-format', forms.phoneFormat),
  };
  const ledger = checked(envText(input, 'SALESQ_LEDGER') ?? undefined, 'SALESQ_LEDGER', forms.ledger);
  return [
    { get: (key) => values[key], origin: (key) => `flag ${names[key] ?? key}`, folder: cwd },
    { get: (key) => (key === 'ledger' ? ledger : undefined), origin: () => 'env SALESQ_LEDGER', folder: cwd },
  ];
}

/** The first value, or null from `default`. A ledger file's path is made absolute. */
export function settle(layers: readonly Layer[], key: string, home: string | null): Setting {
  for (const layer of layers) {
    const value = layer.get(key);
    if (value === undefined) continue;
    const absolute =
      key === 'ledger' && typeof value === 'string' ? ledgerPath(value, layer.folder, home) : value;
    return { value: absolute, origin: layer.origin(key) };
  }
  return { value: null, origin: 'default' };
}

function ledgerPath(text: string, folder: string, home: string | null): string {
  if (isLedgerServer(text)) return text;
  if (!text.startsWith('~/')) return path.resolve(folder, text);
  if (home === null) throw noHome();
  return path.join(home, text.slice(2));
}

/** There is no home, or none that is an absolute path. */
export const noHome = (): UserError =>
  unusable({
    code: 'config.no-home',
    message: 'There is no home directory to keep the ledger in: HOME is empty or not an absolute path.',
    hint: 'export HOME=<your home directory>; or say where the ledger is: --ledger <path>, or export SALESQ_LEDGER=<path>',
  });
