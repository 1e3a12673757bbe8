import { refuseUnusableValues as right, type Takes } from '../../../src/commands/command-line.js';

/** Wrong on purpose: only a command that sends is looked at. The table of eaten.test.ts must catch it. */
export function refuseUnusableValues(argv: readonly string[], takes: Takes): void {
  if (takes.options.some(({ flag }) => flag === '--dry-run')) right(argv, takes);
}
