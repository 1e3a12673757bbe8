import type { App } from '../app.js';
import type { ExitCode } from '../core/errors.js';
import type { OptionSpec } from '../core/vendor.js';

export type { App, InputOptions } from '../app.js';

/** What the command line gave a command. */
export interface Invocation {
  readonly args: readonly string[];
  /** By camel-cased name. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A command: its flags as data, and what it does. Loaded when it is called or its help is shown. */
export interface CommandDefinition {
  /** commander notation: `<file>`, `[name]`, `<id...>`. */
  readonly args?: string;
  readonly options: readonly OptionSpec[];
  /** Lines below the options in `--help`: examples that run, notes. */
  readonly more?: readonly string[];
  run(app: App, invocation: Invocation): Promise<ExitCode>;
}

/** A name in the tree of commands: a group with children, or a command. */
export interface CommandNode {
  readonly name: string;
  readonly summary: string;
  readonly children?: () => Promise<readonly CommandNode[]>;
  readonly load?: () => Promise<CommandDefinition>;
}
