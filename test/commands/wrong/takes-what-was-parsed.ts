import { Command } from 'commander';
import type { Takes } from '../../../src/commands/command-line.js';
import { usageError } from '../../../src/core/errors.js';
import { holdsVariable } from '../../../src/core/units.js';

/** Wrong on purpose: the values that commander made of the line are looked at, not the line. */
export function refuseUnusableValues(argv: readonly string[], { options }: Takes): void {
  const command = new Command().allowUnknownOption().allowExcessArguments().exitOverride();
  command.configureOutput({ writeErr: () => undefined });
  for (const { flag } of options) command.option(flag);
  command.parse([...argv], { from: 'user' });
  for (const [name, value] of Object.entries(command.opts<Record<string, unknown>>())) {
    if (typeof value !== 'string' || (value !== '' && !value.startsWith('-') && !holdsVariable(value)))
      continue;
    throw usageError({ code: 'usage.bad-value', message: `--${name} has a wrong value` });
  }
}
