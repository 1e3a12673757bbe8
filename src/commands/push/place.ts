import type { App } from '../app.js';

/** A command to go on with, and the flags that told where ledger and profile are: they belong to it. */
export function withPlace(command: string, { profile, config, ledger }: App['flags']): string {
  const flags = Object.entries({ profile, config, ledger }).filter(([, value]) => value !== undefined);
  return [
    command,
    ...flags.map(
      ([name, value]) => `--${name} ${/^[\w@%+=:,./-]+$/.test(value ?? '') ? value : `'${value}'`}`,
    ),
  ].join(' ');
}
