import path from 'node:path';
import { usageError } from '../core/errors.js';
import type { OutputFormat } from '../core/report.js';
import { holdsVariable, isBlank, isVariable } from '../core/variables.js';
import { environment, isLedgerServer } from './settings.js';

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

/** An environment variable's text; null where it is not set or empty. */
export function envText(input: Pick<ConfigInput, 'env'>, name: keyof typeof environment): string | null {
  const text = input.env[name];
  return text === undefined || text.trim() === '' ? null : text;
}

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
    // Any other variable of ours holds a secret that the configuration names, and may well hold a `$`.
    if (Object.hasOwn(environment, name) ? holdsVariable(value) : isVariable(value)) {
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

/** How to speak with the user, from flags and environment alone. */
export interface Presentation {
  /** Null where neither flag nor environment says: then a terminal decides. */
  readonly output: OutputFormat | null;
  readonly noInput: boolean;
}

/** Reads `--output`, `--no-input` and their variables. Throws UserError `usage.bad-value` (exit 2). */
export function presentation(input: ConfigInput): Presentation {
  return { output: readOutput(input), noInput: input.flags.noInput === true || isSilenced(input) };
}

function readOutput(input: ConfigInput): OutputFormat | null {
  const flag = input.flags.output;
  const wanted = flag ?? envText(input, 'SALESQ_OUTPUT');
  if (wanted === null) return null;
  const { type } = environment.SALESQ_OUTPUT;
  const read = type.read(wanted, { from: flag === undefined ? 'environment' : 'option' });
  if (read.ok && read.value !== undefined) return read.value;
  const where = flag === undefined ? 'SALESQ_OUTPUT' : '--output';
  throw usageError({
    code: 'usage.bad-value',
    message: `${where} must be ${type.expects}.`,
    hint: '-o json',
  });
}

const isSilenced = (input: ConfigInput): boolean =>
  (['SALESQ_NO_INPUT', 'CI'] as const).some((name) => {
    const said = envText(input, name);
    const read = said === null ? null : environment[name].type.read(said, { from: 'environment' });
    return read?.ok === true && read.value === true;
  });
