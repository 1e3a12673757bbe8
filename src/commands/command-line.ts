import type { Specs, ValueSpec } from '../core/value.js';
import { usageError } from '../core/errors.js';
import { holdsVariable, isBlank } from '../core/units.js';

/** A value that an option of the command line says. */
export interface OptionSpec extends ValueSpec {
  readonly flag: string;
}

/** The options among some specs, in their order. */
export const optionsOf = (...all: readonly Specs[]): OptionSpec[] =>
  all.flatMap((specs) => Object.values(specs).filter((spec): spec is OptionSpec => spec.flag !== undefined));

/** An option that takes a value, as a command line gives it. */
interface Given {
  readonly spec: OptionSpec;
  /** As typed: `--results`, `-o`. */
  readonly name: string;
  /** Null where what follows starts with a dash, so that it is no value, or nothing follows. */
  readonly value: string | null;
  /** The word with the dash. */
  readonly follows: string | null;
}

/** A command line, up to the first `--`. */
interface CommandLine {
  readonly given: readonly Given[];
  /** Neither options nor their values: names of commands, and arguments. */
  readonly words: readonly string[];
}

/** The names an option has: `-o, --output <format>` has two. */
export const namesOf = ({ flag }: OptionSpec): string[] =>
  flag.split(/[ ,]+/).filter((part) => part.startsWith('-'));

/** The name people know it by: the long one. */
export const nameOf = (spec: OptionSpec): string => namesOf(spec).at(-1) ?? spec.flag;

const takesValue = ({ flag }: OptionSpec): boolean => flag.includes('<');

/**
 * Reads a command line as commander does (`--name value`, `--name=value`, `-n value`, `-nvalue`, `-qn value`), except
 * that a separate word which starts with a dash is never taken for a value. Options that are not among `specs` are
 * passed over.
 */
export function readCommandLine(argv: readonly string[], specs: readonly OptionSpec[]): CommandLine {
  const known = new Map(specs.flatMap((spec) => namesOf(spec).map((name) => [name, spec] as const)));
  const given: Given[] = [];
  const words: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') break;
    if (!startsWithDash(word)) {
      words.push(word);
      continue;
    }
    const option = optionIn(word, known);
    if (option === null) continue;
    const next = argv[index + 1] ?? null;
    if (option.value !== null) given.push({ ...option, follows: null });
    else if (next !== null && startsWithDash(next)) given.push({ ...option, follows: next });
    else {
      given.push({ ...option, value: next, follows: null });
      index += 1;
    }
  }
  return { given, words };
}

/** `-` alone is a word: it stands for stdin. */
const startsWithDash = (word: string): boolean => word.startsWith('-') && word !== '-';

type Named = Pick<Given, 'spec' | 'name' | 'value'>;

/** The option of a word that takes a value, with the value where the word holds it too. */
function optionIn(word: string, known: ReadonlyMap<string, OptionSpec>): Named | null {
  if (!word.startsWith('--')) return shortOptionIn(word, known);
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const spec = known.get(name);
  if (!spec || !takesValue(spec)) return null;
  return { spec, name, value: equals < 0 ? null : word.slice(equals + 1) };
}

/** Of `-qvo` the last one, of `-ojson` the first. */
function shortOptionIn(word: string, known: ReadonlyMap<string, OptionSpec>): Named | null {
  for (let at = 1; at < word.length; at += 1) {
    const name = `-${word[at] ?? ''}`;
    const spec = known.get(name);
    if (!spec) return null;
    if (takesValue(spec)) return { spec, name, value: word.slice(at + 1) || null };
  }
  return null;
}

/** What a command takes: its options and those of every command, and its arguments in commander's notation. */
export interface Takes {
  readonly options: readonly OptionSpec[];
  readonly args: string;
  /** How many words of the command line are the command's name. */
  readonly nameLength: number;
}

/**
 * Refuses a command line of which an option took the next option for its value, or with an empty value or argument, or
 * with a variable that the shell did not replace; or where an option that has one value was given two: taking either of
 * them would pass over the other in silence. What stands behind `--` is free. Throws UserError (exit 2)
 * `usage.eaten-value`, `usage.empty-value`, `usage.unexpanded`, `usage.given-twice`, which names the option and quotes no
 * value.
 */
export function refuseUnusableValues(argv: readonly string[], takes: Takes): void {
  const { given, words } = readCommandLine(argv, takes.options);
  const values = new Map<OptionSpec, string>();
  for (const one of given) {
    refuseOption(one, takes.options);
    const { spec, value } = one;
    if (spec.many || value === null) continue;
    if ((values.get(spec) ?? value) !== value) throw twice(one.name);
    values.set(spec, value);
  }
  for (const [index, word] of words.entries()) {
    const name = argumentName(takes, index);
    if (isBlank(word)) throw empty(name);
    if (holdsVariable(word)) throw unexpanded(name, '; behind -- an argument is taken as it is');
  }
}

const twice = (name: string): Error =>
  usageError({
    code: 'usage.given-twice',
    message: `${name} was given twice with different values, and takes one`,
    hint: 'Leave one of them out, or run the command once for each',
  });

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
