import type { CommandDefinition, CommandNode } from '../../src/commands/command.js';
import { optionsOf, type OptionSpec } from '../../src/commands/command-line.js';
import { globalOptions } from '../../src/commands/options.js';
import { commandsOf } from '../../src/commands/index.js';
import { vendors } from '../../src/vendors/index.js';

/** A command of the program, with the words that call it. */
export interface Leaf {
  readonly path: readonly string[];
  readonly definition: CommandDefinition;
  /** Those of every command too. */
  readonly options: readonly OptionSpec[];
}

/** Every command of the program, as the program itself declares them. */
export async function allCommands(
  nodes: readonly CommandNode[] = commandsOf(vendors),
  before: readonly string[] = [],
): Promise<Leaf[]> {
  const leaves: Leaf[] = [];
  for (const { name, load, children } of nodes) {
    const path = [...before, name];
    if (load) {
      const definition = await load();
      leaves.push({ path, definition, options: optionsOf(globalOptions, definition.options) });
    }
    if (children) leaves.push(...(await allCommands(await children(), path)));
  }
  return leaves;
}

/** A word for each argument that the command cannot do without. */
export const neededArguments = ({ definition: { args = '' } }: Leaf): string[] =>
  args
    .split(' ')
    .filter((name) => name.startsWith('<'))
    .map((_name, index) => `word${index}`);
