import { stat } from 'node:fs/promises';
import path from 'node:path';
import { unusable } from '../core/errors.js';
import type { Secret } from '../core/settings.js';
import { isLedgerServer } from './forms.js';
import { envText, type ConfigInput } from './input.js';
import { commandLayers, noHome, settle } from './layers.js';

/** Of a profile, or of the file for commands without one. */
export interface LedgerChoice {
  readonly ledger: Secret | null;
  readonly builtIn?: boolean;
}

/**
 * Where the ledger is, as an absolute path or a postgres address (which may hold a password: show it with
 * `shownLedger`). Flag, SALESQ_LEDGER, profile, the file's own `ledger`, `$XDG_STATE_HOME/salesq/ledger.db`. The sandbox
 * has one of its own, which only the flag overrules. Throws UserError `config.no-home` (exit 6).
 */
export function ledgerLocation(
  input: ConfigInput,
  profile: LedgerChoice | null,
  config: LedgerChoice | null = null,
): string {
  const sandbox = profile?.builtIn === true;
  const layers = commandLayers(input);
  const named = settle(sandbox ? layers.slice(0, 1) : layers, 'ledger', input.home).value;
  if (typeof named === 'string') return named;
  const chosen = sandbox ? null : (profile?.ledger ?? config?.ledger);
  if (chosen) return chosen.reveal();
  return path.join(stateFolder(input), 'salesq', sandbox ? 'sandbox.db' : 'ledger.db');
}

function stateFolder(input: ConfigInput): string {
  const state = envText(input, 'XDG_STATE_HOME');
  if (state !== null && path.isAbsolute(state)) return state;
  if (input.home === null || !path.isAbsolute(input.home)) throw noHome();
  return path.join(input.home, '.local', 'state');
}

/** Throws UserError `config.no-home` (exit 6) where the ledger would be in a home directory that is not there. */
export async function checkHome(location: string, { home }: ConfigInput): Promise<void> {
  if (home === null || isLedgerServer(location) || !location.startsWith(path.join(home, path.sep))) return;
  const isFolder = await stat(home).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return;
  throw unusable({
    code: 'config.no-home',
    message: `The home directory ${home} is not there, and the ledger would be in it.`,
    hint: 'export HOME=<your home directory>',
  });
}

/** A ledger's location without its password. */
export function shownLedger(location: string): string {
  if (!isLedgerServer(location)) return location;
  if (!URL.canParse(location)) return 'postgres://…';
  const url = new URL(location);
  const user = url.username === '' ? '' : `${url.username}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}`;
}

/** The address of a ledger server as it may be typed again, and whether a password was left out of it. */
export function withoutPassword(address: string): { readonly address: string; readonly leftOut: boolean } {
  const url = new URL(address);
  const leftOut = url.password !== '' || url.searchParams.has('password');
  url.password = '';
  url.searchParams.delete('password');
  return { address: leftOut ? url.href : address, leftOut };
}
