import path from 'node:path';
import { unusable } from '../core/errors.js';
import type { Config } from './config.js';
import { isLedgerServer } from './forms.js';
import { envText, type ConfigInput } from './input.js';
import { commandLayers, settle } from './layers.js';

/**
 * Where the ledger is, as an absolute path or a postgres address (which may hold a password: show it with
 * `shownLedger`). Flag, SALESQ_LEDGER, profile, the file's own `ledger`, `$XDG_STATE_HOME/salesq/ledger.db`.
 * `config` alone serves commands without a profile. Throws UserError `config.no-home` (exit 6).
 */
export function ledgerLocation(
  input: ConfigInput,
  profile: Pick<Config, 'ledger'> | null,
  config: Pick<Config, 'ledger'> | null = null,
): string {
  const named = settle(commandLayers(input), 'ledger', input.home).value;
  if (typeof named === 'string') return named;
  const chosen = profile?.ledger ?? config?.ledger;
  if (chosen) return chosen.reveal();
  const state = envText(input, 'XDG_STATE_HOME');
  if (state !== null && path.isAbsolute(state)) return path.join(state, 'salesq', 'ledger.db');
  if (input.home === null) {
    throw unusable({
      code: 'config.no-home',
      message: 'There is no home directory to keep the ledger in.',
      hint: '--ledger <path>, or export SALESQ_LEDGER=<path>',
    });
  }
  return path.join(input.home, '.local', 'state', 'salesq', 'ledger.db');
}

/** A ledger's location without its password. */
export function shownLedger(location: string): string {
  if (!isLedgerServer(location)) return location;
  if (!URL.canParse(location)) return 'postgres://…';
  const url = new URL(location);
  const user = url.username === '' ? '' : `${url.username}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}`;
}
