import { outputFormats } from '../core/report.js';
import { choice, flag, path, specs, text } from '../core/value.js';

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
