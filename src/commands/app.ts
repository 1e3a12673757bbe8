import type { App } from '../app.js';
import type { ExitCode } from '../core/errors.js';
import type { Specs, Values } from '../core/value.js';

export type { App, InputOptions } from '../app.js';

/** What the command line gave a command: its arguments, and each option read by its type. */
export interface Invocation<S extends Specs = Specs> {
  readonly args: readonly string[];
  readonly options: Values<S>;
}

/** A command: its options as data, and what it does. Loaded when it is called or its help is shown. */
export interface CommandDefinition<S extends Specs = Specs> {
  /** commander notation: `<file>`, `[name]`, `<id...>`. */
  readonly args?: string;
  readonly options: S;
  /** Lines below the options in `--help`: examples that run, notes. */
  readonly more?: readonly string[];
  run(app: App, invocation: Invocation<S>): Promise<ExitCode>;
}

/** Keeps the types of the options while a command is declared. */
export const defineCommand = <const S extends Specs>(definition: CommandDefinition<S>): CommandDefinition =>
  definition;

/** A name in the tree of commands: a group with children, or a command. */
export interface CommandNode {
  readonly name: string;
  readonly summary: string;
  readonly children?: () => Promise<readonly CommandNode[]>;
  readonly load?: () => Promise<CommandDefinition>;
}
