import { isoTime } from '../core/clock.js';
import { Exit, UserError, unusable, usageError, type ExitCode } from '../core/errors.js';
import { type JsonObject } from '../core/json.js';
import type { Ledger } from '../core/ledger.js';
import {
  isKeptAsWritten,
  listedAs,
  numbersMeantBy,
  personOf,
  shownEntry,
  type PhoneRule,
} from '../core/phone-key.js';
import type { Place } from '../core/place.js';
import { column, listReport, recordReport } from '../core/report.js';
import { path as filePath, specs, type Values } from '../core/value.js';
import { blockForGood } from '../engine/do-not-call.js';
import { defineCommand, type App, askYes, lookAtLedger, print, writeLedger } from './command.js';
import { witnessOptOuts } from '../engine/witness.js';
import type { NumberList, UnreadLine } from '../engine/number-list.js';
import { numberOptions, reasonOption } from './push-flags.js';

/** Where numbers come from and how they are read. */
const listOptions = specs({
  from: {
    flag: '--from <file>',
    about: 'one number a line, or a table: each phone column counts, Land or country decides; - for stdin',
    type: filePath,
  },
  ...numberOptions,
});

/** What the arguments or `--from` hold. Throws (exit 2, 6) where there is no number at all. */
async function numbersOf(
  app: App,
  args: readonly string[],
  { from }: Values<typeof listOptions>,
  rules: readonly PhoneRule[],
): Promise<NumberList> {
  const { readNumbers } = await import('../engine/number-list.js');
  const list = from === undefined ? readNumbers(args, rules) : await fileNumbers(app, from, rules);
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

async function fileNumbers(app: App, path: string, rules: readonly PhoneRule[]): Promise<NumberList> {
  const { readNumberList } = await import('../engine/number-list.js');
  const source = await app.ports.input({ path, skipInvalid: true, list: true });
  try {
    return await readNumberList(source, rules);
  } finally {
    await source.close();
  }
}

const unreadText = ({ place, why }: UnreadLine): string => `${place}: ${why}`;

/** Says which lines hold no number, and what else is to be known of the list. */
function tellUnread(app: App, { unread, notes }: Pick<NumberList, 'unread' | 'notes'>): void {
  for (const note of notes) app.terminal.note(note);
  if (unread.length > 0)
    app.terminal.error(
      ['Not every line was read:', ...unread.map(unreadText)].join('\n'),
      'Mend these lines and give them again; the others were taken',
    );
}

const entriesOf = ({ numbers }: NumberList): string[] => [
  ...new Set(numbers.flatMap(({ entries }) => entries)),
];

const partly = (unread: readonly unknown[]): ExitCode => (unread.length > 0 ? Exit.partial : Exit.ok);

export const dncAdd = defineCommand({
  args: '[number...]',
  options: { ...listOptions, reason: reasonOption('why; kept with the number') },
  more: [
    'From the moment this returns, no push of this ledger reaches these numbers: rows that were ready become blocked, and',
    'requests that had left are waited for. Exit 7 where an answer stays out: the rows named may have been contacted.',
    'Where several profiles are there and none is chosen, it goes to the ledger of each, read by the country of each.',
    'A number is blocked in every way it can be read; one that no rule reads is kept as written, and blocks every number',
    'with these digits. A line that holds no number is named, the others are taken.',
    'Exit 3 where a line was not read or one of these ledgers could not be reached: each is named.',
  ],
  async run(app, { args, options }) {
    const { places, reads } = await app.ports.everyPlace(options);
    const list = await numbersOf(app, args, options, reads);
    const entries = entriesOf(list).map((phone) => ({ phone, reason: options.reason }));
    const sums = { added: 0, blockedRows: 0, underWay: 0 };
    const missed: UserError[] = [];
    for (const place of places) {
      const done = await blockIn(app, place, entries);
      if (done instanceof UserError) missed.push(done);
      else for (const name of ['added', 'blockedRows', 'underWay'] as const) sums[name] += done[name];
    }
    const [first] = missed;
    if (first && missed.length === places.length) throw first;
    for (const { message, hint } of missed)
      app.terminal.error(`Not every ledger has the numbers: ${message}`, hint);
    tellUnread(app, list);
    tellKept(app, list);
    const { numbers, unread } = list;
    const record = { numbers: numbers.length, ...sums, unreadable: unread.length };
    const exit = sums.underWay > 0 ? Exit.inDoubt : missed.length > 0 ? Exit.partial : partly(unread);
    return print(app, recordReport('salesq/dnc-change@1', record, { exit }));
  },
});

/** Says which numbers no rule could read: they block less surely than the others. */
function tellKept(app: App, { numbers }: NumberList): void {
  const kept = numbers.filter(({ entries }) => entries.every(isKeptAsWritten));
  if (kept.length === 0) return;
  const places = kept.slice(0, 10).map(({ place }) => place);
  const more = kept.length > places.length ? ` and ${kept.length - places.length} more` : '';
  app.terminal.note(
    `No rule reads ${places.join(', ')}${more}: kept as written, every number with these digits is blocked`,
  );
}

type Entries = readonly { readonly phone: string; readonly reason: string }[];

interface Blocked {
  readonly added: number;
  readonly blockedRows: number;
  readonly underWay: number;
}

/** Blocks the numbers in one ledger. Why one cannot be reached is returned, so that the others get them. */
async function blockIn(app: App, place: Place, entries: Entries): Promise<Blocked | UserError> {
  try {
    return await writeLedger(app, place, async (ledger) => {
      const waiting = (rows: number): void =>
        app.terminal.note(`${rows} rows of these numbers had left before; waiting for their answers`);
      const { added, blockedRows, underWay } = await change(app, ledger, place, () =>
        blockForGood(ledger, app.clock, entries, app.stopping, waiting),
      );
      for (const { run, row } of underWay) app.terminal.warn(mayHear(run, row));
      return { added, blockedRows, underWay: underWay.length };
    });
  } catch (error) {
    if (error instanceof UserError && !app.stopping.aborted) return error;
    throw error;
  }
}

/** Changes the list, and says where this ledger is not the newest. */
async function change<T>(app: App, ledger: Ledger, place: Place, work: () => Promise<T>): Promise<T> {
  const { done, warning } = await witnessOptOuts(app.ports, ledger, place, work);
  if (warning !== null) app.terminal.warn(`The list was changed, but ${warning}`);
  return done;
}

const mayHear = (run: string, row: number): string =>
  `row ${row} of run ${run} had left before the number was blocked and has no answer: it may have been contacted`;

export const dncRemove = defineCommand({
  args: '[number...]',
  options: { ...listOptions, reason: reasonOption('why; kept in the log of the list') },
  more: [
    'Rows that were blocked stay blocked: push them again if they may be contacted now.',
    'A number that can be read as several is not taken off (exit 3): write it with +.',
  ],
  async run(app, { args, options }) {
    const place = await app.ports.place(options);
    const list = await numbersOf(app, args, options, [place.reads]);
    const { phones, unread } = meantToLeave(list);
    if (phones.length === 0 && unread[0])
      throw unusable({
        code: 'phone.ambiguous',
        message: `${unreadText(unread[0])}; nothing was changed`,
        hint: 'Write it with + and country code',
      });
    await askYes(app, `Take ${phones.length} number(s) off the do-not-call list?`);
    return lookAtLedger(app, place, async (ledger) => {
      const removed = ledger
        ? await change(app, ledger, place, () => ledger.unblock(phones, options.reason))
        : 0;
      tellUnread(app, { unread, notes: list.notes });
      const record = { numbers: phones.length, removed, unreadable: unread.length };
      return print(app, recordReport('salesq/dnc-change@1', record, { exit: partly(unread) }));
    });
  },
});

/** What is taken off: never more than one person for a number, so that nobody is taken off by another's number. */
function meantToLeave({ numbers, unread }: NumberList): {
  readonly phones: readonly string[];
  readonly unread: readonly UnreadLine[];
} {
  const phones = new Set<string>();
  const unsure: UnreadLine[] = [];
  for (const { place, entries, declared } of numbers) {
    const kept = entries.every(isKeptAsWritten);
    if (declared !== null) phones.add(declared);
    else if (kept || entries.length === 1) for (const entry of entries) phones.add(entry);
    else unsure.push({ place, why: 'it can be read as several numbers; write the one that is meant with +' });
  }
  return { phones: [...phones], unread: [...unread, ...unsure] };
}

export const dncCheck = defineCommand({
  args: '[number...]',
  options: listOptions,
  more: ['Exit 0 whether listed or not: read the answer. Exit 3 where a line was not read: it is named.'],
  async run(app, { args, options }) {
    const place = await app.ports.place(options);
    const list = await numbersOf(app, args, options, [place.reads]);
    const phones = entriesOf(list);
    return lookAtLedger(app, place, async (ledger) => {
      const reasons = new Map<string, string>();
      const asked = new Map(phones.map((phone) => [phone, entriesMeaning(phone)]));
      const all = [...asked.values()].flat();
      if (ledger) for await (const { phone, reason } of ledger.blocked(all)) reasons.set(phone, reason);
      const records = phones.map((phone): JsonObject => {
        const found = asked.get(phone)?.find((entry) => reasons.has(entry));
        const listed = found !== undefined;
        return { number: shownEntry(phone), listed, reason: listed ? (reasons.get(found) ?? null) : null };
      });
      tellUnread(app, list);
      const listed = {
        title: 'listed',
        value: (record: JsonObject) => (record['listed'] === true ? 'yes' : 'no'),
      };
      const columns = [column('number', 'phone'), listed, column('reason')];
      const view = { columns, exit: partly(list.unread) };
      return print(app, listReport({ schema: 'salesq/dnc-check@1' }, 'results', records, view));
    });
  },
});

/** The entries by which a number is listed; for digits that no rule reads, also each number they could mean. */
const entriesMeaning = (phone: string): string[] => [
  ...new Set([...listedAs(phone), ...numbersMeantBy(phone)].map(personOf)),
];

export const dncList = defineCommand({
  options: {},
  run: async (app) =>
    lookAtLedger(app, await app.ports.place(), async (ledger) => {
      const records: JsonObject[] = [];
      if (ledger)
        for await (const { phone, reason, addedAt } of ledger.blocked())
          records.push({ number: shownEntry(phone), reason, addedAt: isoTime(addedAt) });
      return print(
        app,
        listReport({ schema: 'salesq/dnc-list@1' }, 'numbers', records, {
          columns: [column('number', 'phone'), column('since', 'time', 'addedAt'), column('reason')],
          empty: 'The list is empty.',
        }),
      );
    }),
});
