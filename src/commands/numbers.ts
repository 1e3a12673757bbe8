import { Exit, unusable, usageError, type ExitCode } from '../core/errors.js';
import type { PhoneRule } from '../core/phone-key.js';
import { path as filePath, specs, type Values } from '../core/value.js';
import type { NumberList, UnreadLine } from '../engine/number-list.js';
import type { App } from './command.js';
import { numberOptions } from './push-flags.js';

/** Where numbers come from and how they are read. */
export const listOptions = specs({
  from: {
    flag: '--from <file>',
    about: 'one number a line, or a table: each phone column counts, Land or country decides; - for stdin',
    type: filePath,
  },
  ...numberOptions,
});

/** What arguments and `--from` hold, together. Throws (exit 2, 6) where there is no number at all. */
export async function numbersOf(
  app: App,
  args: readonly string[],
  { from }: Values<typeof listOptions>,
  rules: readonly PhoneRule[],
): Promise<NumberList> {
  const { readNumbers } = await import('../engine/number-list.js');
  refuseDash(args);
  const typed = readNumbers(args, rules);
  const list = from === undefined ? typed : joined(typed, await fileNumbers(app, from, rules));
  const [first] = list.unread;
  if (list.numbers.length > 0) return list;
  if (!first)
    throw usageError({ code: 'usage.no-rows', message: 'Give at least one number, or --from a file' });
  throw unusable({
    code: 'phone.invalid',
    message: `${unreadText(first)}; nothing was changed`,
    hint: 'Write it with + and country code',
  });
}

/** Throws UserError (exit 2) where an argument is the dash of those who mean stdin: only `--from` reads that. */
export function refuseDash(args: readonly string[]): void {
  if (!args.includes('-')) return;
  throw usageError({
    code: 'usage.bad-value',
    message: 'The argument - is nothing to be read here',
    hint: 'To read stdin: --from -',
  });
}

const joined = (one: NumberList, other: NumberList): NumberList => ({
  numbers: [...one.numbers, ...other.numbers],
  unread: [...one.unread, ...other.unread],
  notes: [...one.notes, ...other.notes],
});

/** Throws UserError (exit 6) for a file that cannot be read as text. */
export async function fileNumbers(app: App, path: string, rules: readonly PhoneRule[]): Promise<NumberList> {
  const { readNumberList } = await import('../engine/number-list.js');
  const source = await app.ports.input({ path, skipInvalid: true, list: true });
  try {
    return await readNumberList(source, rules);
  } finally {
    await source.close();
  }
}

export const unreadText = ({ place, why }: UnreadLine): string => `${place}: ${why}`;

/** Says which lines hold no number, and what else is to be known of the list. */
export function tellUnread(app: App, { unread, notes }: Pick<NumberList, 'unread' | 'notes'>): void {
  for (const note of notes) app.terminal.note(note);
  if (unread.length > 0)
    app.terminal.error(
      ['Not every line was read:', ...unread.map(unreadText)].join('\n'),
      'Mend these lines and give them again; the others were taken',
    );
}

export const entriesOf = ({ numbers }: NumberList): string[] => [
  ...new Set(numbers.flatMap(({ entries }) => entries)),
];

export const partly = (unread: readonly unknown[]): ExitCode => (unread.length > 0 ? Exit.partial : Exit.ok);
