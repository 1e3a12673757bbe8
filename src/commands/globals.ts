import type { OptionSpec } from '../core/vendor.js';

/** Flags of every command. */
export const globalOptions: readonly OptionSpec[] = [
  {
    flags: '--profile <name>',
    about: 'profile of the config file; "sandbox" is built in (env SALESQ_PROFILE)',
  },
  { flags: '--config <file>', about: 'use exactly this config file (env SALESQ_CONFIG)' },
  { flags: '--ledger <path>', about: 'ledger to use (env SALESQ_LEDGER)' },
  {
    flags: '-o, --output <format>',
    about: 'table, json, ndjson, csv or tsv; default: table on a terminal, tsv in a pipe (env SALESQ_OUTPUT)',
  },
  { flags: '--json', about: 'short for -o json' },
  { flags: '-q, --quiet', about: 'say less on stderr' },
  { flags: '-v, --verbose', about: 'say more on stderr' },
  { flags: '--no-input', about: 'never ask: what would be asked is exit 2 (env SALESQ_NO_INPUT, CI)' },
  { flags: '-y, --yes', about: 'answer ordinary confirmations with yes' },
  { flags: '--no-color', about: 'no colours (env NO_COLOR)' },
  { flags: '--show-pii', about: 'phones whole, not masked, in tables and on stderr' },
];
