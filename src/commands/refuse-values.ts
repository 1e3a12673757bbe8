import { usageError } from '../core/errors.js';
import { holdsVariable, isBlank } from '../core/variables.js';
import { type Given, nameOf, namesOf, type OptionSpec, readCommandLine } from './command-line.js';

/** What a command takes: its options and those of every command, and its arguments in commander's notation. */
export interface Takes {
  readonly options: readonly OptionSpec[];
  readonly args: string;
  /** How many words of the command line are the command's name. */
  readonly nameLength: number;
}

/**
 * Refuses a command line of which an option took the next option for its value, or with an empty value or argument, or
 * with a variable that the shell did not replace. What stands behind `--` is free. Throws UserError (exit 2)
 * `usage.eaten-value`, `usage.empty-value`, `usage.unexpanded`, which names the option and quotes no value.
 */
export function refuseUnusableValues(argv: readonly string[], takes: Takes): void {
  const { given, words } = readCommandLine(argv, takes.options);
  for (const one of given) refuseOption(one, takes.options);
  for (const [index, word] of words.entries()) {
    const name = argumentName(takes, index);
    if (isBlank(word)) throw empty(name);
    if (holdsVariable(word)) throw unexpanded(name, '; behind -- an argument is taken as it is');
  }
}

function refuseOption({ spec, name, value, follows }: Given, options: readonly OptionSpec[]): void {
  if (follows !== null) throw eaten(spec, name, follows, options);
  if (value === null) return;
  // A tab alone is a value: --delimiter takes it.
  if (isBlank(value) && value !== '\t') throw empty(name);
  if (!holdsVariable(checkedPart(spec, value))) return;
  throw unexpanded(name, value.includes('://') ? '; a $ that belongs to an address is written %24' : '');
}

/** Free text is not looked at; of `field=free text` the field is. */
function checkedPart({ flag, freeText }: OptionSpec, value: string): string {
  if (!freeText) return value;
  return flag.includes('=') ? (value.split('=', 1)[0] ?? '') : '';
}

function argumentName({ args, nameLength }: Takes, index: number): string {
  const names = args.split(' ').filter((name) => name !== '');
  const name = index < nameLength ? undefined : (names[index - nameLength] ?? names.at(-1));
  return name === undefined ? 'An argument' : `The argument ${name}`;
}

function eaten(spec: OptionSpec, name: string, follows: string, options: readonly OptionSpec[]): Error {
  const bare = follows.split('=', 1)[0] ?? '';
  const isOption = options.some((option) => namesOf(option).includes(bare));
  const long = nameOf(spec);
  return usageError({
    code: 'usage.eaten-value',
    message: `${name} has no value: ${isOption ? bare : 'something that starts with a dash'} follows it`,
    hint: `${long} <value>; a value that really starts with a dash is written ${long}=${isOption ? bare : '-…'}`,
  });
}

const empty = (name: string): Error =>
  usageError({
    code: 'usage.empty-value',
    message: `${name} is empty`,
    hint: 'give it a value or leave it out; a shell variable in it may not be set',
  });

const unexpanded = (name: string, more: string): Error =>
  usageError({
    code: 'usage.unexpanded',
    message: `${name} holds a variable ($NAME or \${NAME}) that was not replaced by its value`,
    hint: `write the value itself, or take single quotes away so that the shell replaces it${more}`,
  });
