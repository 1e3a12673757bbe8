import path from 'node:path';
import { usageError } from '../core/errors.js';
import type { SettingSpec } from '../core/settings.js';
import { holdsVariable, isBlank, isVariable } from '../core/variables.js';
import { isLedgerServer } from './forms.js';

/** Flags that overrule the configuration, as typed. */
export interface ConfigFlags {
  readonly profile?: string | undefined;
  readonly config?: string | undefined;
  readonly ledger?: string | undefined;
  readonly output?: string | undefined;
  readonly country?: string | undefined;
  readonly phoneFormat?: string | undefined;
  /** True where `--no-input` was given. */
  readonly noInput?: boolean | undefined;
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
}

/** What the configuration needs to know of a vendor. A `Vendor` fits. */
export interface VendorDeclaration {
  readonly id: string;
  readonly defaultUrl: string | null;
  readonly settings: readonly SettingSpec[];
}

/** An environment variable's text; null where it is not set or empty. */
export function envText(input: Pick<ConfigInput, 'env'>, name: string): string | null {
  const text = input.env[name];
  return text === undefined || text.trim() === '' ? null : text;
}

/** The program's own variables; any other `SALESQ_…` holds a secret that the configuration names. */
const ownVariables = ['PROFILE', 'CONFIG', 'LEDGER', 'OUTPUT', 'NO_INPUT', 'SANDBOX_URL'].map(
  (name) => `SALESQ_${name}`,
);

/**
 * Refuses an environment in which a `SALESQ_…` variable is empty or holds another one that was not replaced, or
 * SALESQ_LEDGER means another file in every folder. Throws UserError (exit 2) `usage.empty-value`, `usage.unexpanded`,
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
    if (ownVariables.includes(name) ? holdsVariable(value) : isVariable(value)) {
      const message = `${name} holds a variable ($NAME or \${NAME}) that was not replaced by its value.`;
      throw usageError({ code: 'usage.unexpanded', message, hint: `give ${name} the value itself` });
    }
  }
  const ledger = env['SALESQ_LEDGER'] ?? null;
  if (ledger === null || isLedgerServer(ledger) || path.isAbsolute(ledger)) return;
  throw usageError({
    code: 'usage.bad-value',
    message: 'SALESQ_LEDGER must be an absolute path or a postgres:// address.',
    hint: 'export SALESQ_LEDGER=/path/to/ledger.db; --ledger takes a relative one',
  });
}

const outputs = ['table', 'json', 'ndjson', 'csv', 'tsv'] as const;
export type OutputName = (typeof outputs)[number];

/** How to speak with the user, from flags and environment alone. */
export interface Presentation {
  /** Null where neither flag nor environment says: then a terminal decides. */
  readonly output: OutputName | null;
  readonly noInput: boolean;
}

const on = (text: string | null): boolean => text !== null && !/^(0|false|no|off)$/i.test(text.trim());

/** Reads `--output`, `--no-input` and their variables. Throws UserError `usage.bad-value` (exit 2). */
export function presentation(input: ConfigInput): Presentation {
  const flag = input.flags.output;
  const wanted = flag ?? envText(input, 'SALESQ_OUTPUT');
  const output = wanted === null ? null : outputs.find((name) => name === wanted.trim());
  if (output === undefined) {
    const where = flag === undefined ? 'SALESQ_OUTPUT' : '--output';
    throw usageError({
      code: 'usage.bad-value',
      message: `${where} must be one of ${outputs.join(', ')}.`,
      hint: '-o json',
    });
  }
  const noInput =
    input.flags.noInput === true || on(envText(input, 'SALESQ_NO_INPUT')) || on(envText(input, 'CI'));
  return { output, noInput };
}
