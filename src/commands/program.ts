import { Command, CommanderError, Option } from 'commander';
import { type ExitCode, Exit, usageError } from '../core/errors.js';
import type { CommandDefinition, CommandNode } from './command.js';
import { nameOf, optionsOf, readCommandLine, type OptionSpec, refuseUnusableValues } from './command-line.js';
import { globalOptions, type Given } from './options.js';

/** A command line, understood: which command, with what; or text that was asked for (`--help`, `--version`). */
type Parsed =
  | {
      readonly kind: 'command';
      readonly definition: CommandDefinition;
      /** Its name, of one word or several. */
      readonly words: string;
      readonly invocation: { readonly args: readonly string[]; readonly options: Given };
    }
  | { readonly kind: 'text'; readonly text: string; readonly exit: ExitCode };

interface Target {
  readonly path: readonly CommandNode[];
  readonly siblings: readonly (readonly CommandNode[])[];
}

/** The words of a command line that may be the name of a command. */
const wordsOf = (argv: readonly string[]): readonly string[] =>
  readCommandLine(argv, optionsOf(globalOptions)).words;

/** Follows the words of the command line down the tree, loading only the groups on the way. */
async function findTarget(root: readonly CommandNode[], argv: readonly string[]): Promise<Target> {
  const words = wordsOf(argv).filter((word, index) => !(index === 0 && word === 'help'));
  const path: CommandNode[] = [];
  const siblings: (readonly CommandNode[])[] = [root];
  for (const word of words) {
    const level = siblings[path.length];
    const node = level?.find(({ name }) => name === word);
    // Of a command that is a group as well, a word that is no child may be a flag's value.
    if (!node && path.at(-1)?.load) continue;
    if (!node) break;
    path.push(node);
    if (!node.children) break;
    siblings.push(await node.children());
  }
  return { path, siblings };
}

function addOption(command: Command, spec: OptionSpec, hidden: boolean): void {
  const option = new Option(spec.flag, spec.about);
  if (spec.many)
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  if (hidden) option.hideHelp();
  command.addOption(option);
}

interface Captured {
  output: string;
  called: Parsed | null;
}

/** Makes the parts of the program that this command line can reach; the rest are names and summaries. */
async function build(target: Target, version: string, captured: Captured): Promise<Command> {
  const program = new Command('salesq');
  program.description(
    'Feed leads to Sales_Q, Comunik8, Calltouch and mmDial: nobody twice, every row accounted for.',
  );
  program.version(version, '-V, --version', 'print the version');
  program.helpCommand('help [command]', 'show help for a command, or: exit-codes');
  let parent = program;
  for (const [depth, nodes] of target.siblings.entries()) {
    const chosen = target.path[depth];
    let next: Command | null = null;
    for (const node of nodes) {
      const command = parent.command(node.name).description(node.summary);
      const words = target.path.slice(0, depth + 1).map(({ name }) => name);
      if (node === chosen) next = await fill(command, node, words.join(' '), captured);
    }
    if (!next) break;
    parent = next;
  }
  configure(program, captured, 0);
  return program;
}

async function fill(
  command: Command,
  node: CommandNode,
  words: string,
  captured: Captured,
): Promise<Command> {
  if (!node.load) return command;
  const definition = await node.load();
  if (definition.args) command.arguments(definition.args);
  for (const spec of optionsOf(definition.options)) addOption(command, spec, false);
  if (definition.more) command.addHelpText('after', `\n${definition.more.join('\n')}`);
  command.action((...parameters: unknown[]) => {
    const args = parameters
      .slice(0, -2)
      .flat()
      .filter((value) => value !== undefined) as string[];
    const invocation = { args, options: mergedOptions(command) };
    captured.called = { kind: 'command', definition, words, invocation };
  });
  return command;
}

/** Flags may stand before or after the command's name: what was given wins over what is only a default. */
function mergedOptions(command: Command): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (let at: Command | null = command; at; at = at.parent) {
    const values: Record<string, unknown> = at.opts();
    for (const [name, value] of Object.entries(values)) {
      if (at.getOptionValueSource(name) !== 'default') merged[name] ??= value;
    }
  }
  return merged;
}

function configure(command: Command, captured: Captured, depth: number): void {
  command.exitOverride().showSuggestionAfterError(true).configureHelp({ showGlobalOptions: false });
  command.configureOutput({
    writeOut: (text) => (captured.output += text),
    writeErr: (text) => (captured.output += text),
  });
  const own = new Set(command.options.map(({ long }) => long));
  const globals = optionsOf(globalOptions);
  for (const spec of globals) if (!own.has(nameOf(spec))) addOption(command, spec, depth > 0);
  if (depth > 0 && (command.commands.length === 0 || command.options.length > globals.length))
    command.addHelpText('after', '\nFlags of every command: salesq --help');
  for (const child of command.commands) configure(child, captured, depth + 1);
}

/** Understands a command line. Throws UserError (exit 2), with commander's suggestion where there is one. */
export async function parse(
  root: readonly CommandNode[],
  argv: readonly string[],
  version: string,
): Promise<Parsed> {
  const words = wordsOf(argv);
  if (words[0] === 'help' && words[1] === 'exit-codes')
    return { kind: 'text', text: exitCodesText(), exit: Exit.ok };
  const captured: Captured = { output: '', called: null };
  const target = await findTarget(root, argv);
  const definitions = await Promise.all(target.path.flatMap(({ load }) => (load ? [load()] : [])));
  refuseUnusableValues(argv, {
    options: optionsOf(globalOptions, ...definitions.map(({ options }) => options)),
    args: definitions.at(-1)?.args ?? '',
    nameLength: target.path.length,
  });
  const program = await build(target, version, captured);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text: captured.output, exit: Exit.ok };
    if (error.code === 'commander.help') return { kind: 'text', text: captured.output, exit: Exit.usage };
    throw wrongUsage(error, captured.output);
  }
  if (!captured.called) return { kind: 'text', text: captured.output, exit: Exit.usage };
  return captured.called;
}

function wrongUsage(error: CommanderError, output: string): Error {
  const [first = '', ...rest] = output.trim().split('\n');
  const suggestion = rest.join(' ').replace(/[()]/g, '').trim();
  return usageError({
    code: error.code
      .replace(/^commander\./, 'usage.')
      .replace(/([a-z])([A-Z])/g, (_all, a: string, b: string) => `${a}-${b.toLowerCase()}`),
    message: first.replace(/^error: /, ''),
    hint: suggestion || 'salesq --help',
  });
}

/** What each exit code means (`salesq help exit-codes`). */
const meanings: readonly (readonly [number, string])[] = [
  [Exit.ok, 'all done'],
  [Exit.bug, 'unexpected failure (a bug): stack with -v'],
  [Exit.usage, 'wrong usage, or an answer is missing and no prompt is possible'],
  [Exit.partial, 'partial: done, but some rows are invalid, rejected, blocked or held'],
  [Exit.credentials, 'a vendor refused the credentials: the run stopped at once'],
  [
    Exit.temporary,
    'temporary: vendor down, rate limit, disk full while sending; trying again later makes sense',
  ],
  [Exit.unusable, 'input or config unusable: nothing was sent'],
  [Exit.inDoubt, 'rows are in doubt: they may have reached the vendor; run salesq runs reconcile'],
  [Exit.stopped, 'stopped before the end: rows are still ready'],
  [Exit.gate, 'refused by a safety gate'],
  [Exit.locked, 'another run holds the lock'],
  [Exit.sigint, 'stopped by SIGINT, cleanly'],
  [Exit.sigterm, 'stopped by SIGTERM, cleanly'],
];

/** The help page about exit codes. */
const exitCodesText = (): string =>
  [
    'Exit codes',
    '',
    ...meanings.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`),
    '',
    'When several apply to a push: 4, then 10, then 7, then 5, then 8 (130, 143 after a signal), then 3.',
    'duplicate and already alone are not a failure.',
    '',
  ].join('\n');
