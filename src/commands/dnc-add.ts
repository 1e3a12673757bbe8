import { isoTime } from '../core/clock.js';
import { Exit, UserError, type ExitCode } from '../core/errors.js';
import { hintIn, shellWord } from '../core/hint.js';
import type { JsonObject } from '../core/json.js';
import type { Ledger } from '../core/ledger.js';
import { isKeptAsWritten, isRounded, maskPhone, shownEntry } from '../core/phone-key.js';
import type { Place } from '../core/place.js';
import { column, recordReport } from '../core/report.js';
import { mayHaveHeard } from '../engine/do-not-call.js';
import type { NumberList } from '../engine/number-list.js';
import {
  keepFor,
  knownLedgers,
  optOut,
  takeInOptOuts,
  type Awaited,
  type Ground,
  type OptOut,
} from '../engine/opt-out.js';
import { findStillOpen, type StillOpen } from '../engine/still-open.js';
import { defineCommand, type App, print, writeLedger } from './command.js';
import { entriesOf, listOptions, numbersOf, partly, tellUnread } from './numbers.js';
import { reasonOption } from './push-flags.js';

export const dncAdd = defineCommand({
  args: '[number...]',
  options: { ...listOptions, reason: reasonOption('why; kept with the number') },
  more: [
    'From the moment this returns, no push of this ledger reaches these numbers: rows that were ready become blocked, and',
    'requests that had left are waited for. Exit 7 where an answer stays out: the rows named may have been contacted.',
    'Where several profiles are there and none is chosen, it goes to the ledger of each, read by the country of each.',
    'A number is blocked in every way it can be read; one that no rule reads is kept as written, and blocks every number',
    'with these digits. Of one in scientific notation (4,91511E+11) the rows that it may mean are held (dnc.similar).',
    'A line that holds no number is named, the others are taken.',
    'Exit 3 where a line was not read, one of these ledgers could not be reached, or the ledger is not the one that was used',
    'before: each is named, and the numbers wait for it and are added as soon as it is opened again.',
    'What is still under way at a vendor is named with the command that ends it; nothing is ended there.',
  ],
  async run(app, { args, options }) {
    const { places, reads, doubt, unfounded } = await app.ports.everyPlace(options);
    const list = await numbersOf(app, args, options, reads);
    const entries = entriesOf(list).map((phone) => ({ phone, reason: options.reason }));
    if (places.length === 0 && doubt) throw await keptForLater(app, doubt, entries);
    const results: Result[] = [];
    for (const place of places) results.push(await blockIn(app, place, { unfounded }, entries));
    const waits = await keepForOthers(app, results, entries);
    const [first] = results;
    if (first?.failed && results.every(({ failed }) => failed !== null))
      throw notReached(first.failed, waits);
    tellLedgers(app, results, unfounded);
    tellOthers(app, results, waits);
    if (doubt)
      app.terminal.error(`${doubt.message} The numbers went to every ledger that is named.`, doubt.hint);
    tellUnread(app, list);
    tellKept(app, list);
    tellOpen(app, results, options);
    const isPartial = doubt !== null || results.some(({ failed }) => failed !== null) || waits.for.length > 0;
    const underWay = sumOf(results, ({ done }) => done.underWay.length);
    const exit = underWay > 0 ? Exit.inDoubt : isPartial ? Exit.partial : partly(list.unread);
    return print(app, reportOf(list, results, underWay, exit));
  },
});

type Entries = readonly { readonly phone: string; readonly reason: string }[];

/** What became of the numbers in one ledger. */
interface Result {
  readonly place: Place;
  /** True where the ledger was made for them. */
  readonly isNew: boolean;
  readonly done: OptOut | null;
  /** Why the ledger could not be reached; null where it has the numbers. */
  readonly failed: UserError | null;
  readonly open: readonly StillOpen[];
}

/** Blocks the numbers in one ledger. Why one cannot be reached is returned, so that the others get them. */
async function blockIn(app: App, place: Place, ground: Ground, entries: Entries): Promise<Result> {
  let isNew = false;
  const phones = entries.map(({ phone }) => phone);
  const waiting = (rows: number): void =>
    app.terminal.note(`${rows} rows of these numbers had left before; waiting for their answers`);
  const work = async (ledger: Ledger): Promise<Result> => {
    await takeInOptOuts(app.ports, ledger, place, false);
    const world = { witness: () => app.ports.witness(), clock: app.clock };
    const done = await optOut(world, ledger, place, ground, entries, app.stopping, waiting);
    for (const row of done.done.underWay) app.terminal.warn(mayHaveHeard(row));
    const open = await findStillOpen(ledger, phones, (id) => app.ports.vendor(id));
    return { place, isNew, done, failed: null, open };
  };
  try {
    return await writeLedger(app, place, work, () => Promise.resolve((isNew = true)));
  } catch (error) {
    if (error instanceof UserError && !app.stopping.aborted)
      return { place, isNew, done: null, failed: error, open: [] };
    throw error;
  }
}

const sumOf = (results: readonly Result[], figure: (done: OptOut) => number): number =>
  results.reduce((sum, { done }) => sum + (done ? figure(done) : 0), 0);

/** Ledgers that the numbers wait for, and why they could not be kept for them. */
interface Waits {
  readonly for: readonly Awaited[];
  readonly problem: string | null;
}

async function keepForOthers(app: App, results: readonly Result[], entries: Entries): Promise<Waits> {
  const have = new Set(results.flatMap(({ done }) => (done && !done.objection ? [done.ledger] : [])));
  const awaited = results.flatMap(({ place, done, failed }): readonly Awaited[] =>
    failed ? [{ ledger: null, where: place.ledger.shown }] : (done?.unaware ?? []),
  );
  const missed = awaited.filter(({ ledger }) => ledger === null || !have.has(ledger));
  return { for: missed, problem: await keep(app, missed, entries) };
}

const keep = (app: App, awaited: readonly Awaited[], entries: Entries): Promise<string | null> =>
  keepFor({ witness: () => app.ports.witness(), clock: app.clock }, awaited, entries);

const whereOf = (awaited: readonly Awaited[]): string =>
  [...new Set(awaited.map(({ where }) => where))].join(', ');

/** In a sentence, whether the numbers are safe for the ledgers that do not have them. */
const waitText = ({ problem, ...waits }: Waits): string =>
  problem === null
    ? `They wait for ${whereOf(waits.for)}, and are added as soon as it is opened again.`
    : `They could not be kept for ${whereOf(waits.for)} (${problem}): add them again when it is back.`;

/** The error of a call whose configuration cannot be read: the numbers wait for every ledger that is known. */
async function keptForLater(app: App, doubt: UserError, entries: Entries): Promise<UserError> {
  const ledgers = await knownLedgers(app.ports);
  if (ledgers.length === 0) return doubt;
  return notReached(doubt, { for: ledgers, problem: await keep(app, ledgers, entries) });
}

const notReached = ({ code, message, hint, exit }: UserError, waits: Waits): UserError =>
  new UserError({ code, message: `${message} ${waitText(waits)}`, hint: hint ?? undefined, exit });

/** Says where the numbers went, wherever that is not plain. */
function tellLedgers(app: App, results: readonly Result[], unfounded: boolean): void {
  const kept = results.filter(({ done }) => done !== null);
  const named = kept.map(({ place, isNew }) => `${place.ledger.shown}${isNew ? ' (new)' : ''}`).join(', ');
  if (unfounded)
    app.terminal.warn(
      `No configuration was found: the numbers are on the list of ${named}. A push whose configuration names another ledger does not know them.`,
    );
  else if (kept.length > 1) app.terminal.note(`The numbers are on the list of ${named}`);
}

/** Says which ledgers do not have the numbers yet, and what to do. */
function tellOthers(app: App, results: readonly Result[], waits: Waits): void {
  for (const { place, failed, done } of results) {
    if (failed) app.terminal.error(`Not every ledger has the numbers: ${failed.message}`, failed.hint);
    if (done?.objection)
      app.terminal.error(
        `The list of ${place.ledger.shown} was changed, and nobody is contacted from it. ${done.objection.message}`,
        done.objection.hint === null ? null : hintIn(place, done.objection.hint),
      );
  }
  if (waits.for.length === 0) return;
  if (results.every(({ failed, done }) => failed === null && !done?.objection))
    app.terminal.error(
      `This machine used another ledger before: ${whereOf(waits.for)} does not know the numbers.`,
    );
  app.terminal.warn(waitText(waits));
  if (waits.problem === null)
    app.terminal.hint(
      'Every push of that ledger takes them in first. To add them there at once, run the same command where its configuration is found, or with --config.',
    );
}

/** Says which numbers no rule could read: they block less surely than the others. */
function tellKept(app: App, { numbers }: NumberList): void {
  const kept = numbers.filter(({ entries }) => entries.every(isKeptAsWritten));
  const placesOf = (found: NumberList['numbers']): string => {
    const more = found.length > 10 ? ` and ${found.length - 10} more` : '';
    return `${[...new Set(found.slice(0, 10).map(({ place }) => place))].join(', ')}${more}`;
  };
  if (kept.length > 0)
    app.terminal.note(
      `No rule reads ${placesOf(kept)}: kept as written, every number with these digits is blocked`,
    );
  const rounded = numbers.filter(({ entries }) => entries.every(isRounded));
  if (rounded.length === 0) return;
  app.terminal.warn(
    `Rounded by a spreadsheet: ${placesOf(rounded)}. Rows whose number may be meant are held (dnc.similar), nobody is blocked for certain.`,
  );
  const [one] = rounded.flatMap(({ entries }) => entries.map(shownEntry));
  app.terminal.hint(
    `Add the whole number, then take the rounded one off: \`salesq dnc remove ${one ?? ''} --reason "given as a whole number"\``,
  );
}

/** Most contacts that are named one by one; `-o json` has all. */
const mostNamed = 10;

/** The command that ends a contact, with the flags of its place. */
const commandOf = (place: Place, { command, profile }: StillOpen): string | null =>
  command === null ? null : place.command(command, { profile });

/** Whether a command shows a number: of this person, who may have several. */
const namesNumber = (command: string): boolean => /(?<![\w.-])\+?\d[\d ()/.-]{5,}(?![\w-])/u.test(command);

/** Says what is still under way at vendors, and how to end it. Whole numbers are shown only to who typed them on a terminal, or asks. */
function tellOpen(
  app: App,
  results: readonly Result[],
  { from, reason }: { readonly from?: string | undefined; readonly reason: string },
): void {
  const all = results.flatMap(({ place, open }) => open.map((contact) => ({ place, contact })));
  if (all.length === 0) return;
  const isShown = app.terminal.showPii || (from === undefined && app.terminal.stderrIsTTY);
  app.terminal.warn('Still under way outside, where nothing was ended:');
  const told = new Set<string>();
  for (const { place, contact } of all.slice(0, mostNamed)) {
    const { vendor, operation, run, state, at, account, phone } = contact;
    const of = account === null ? '' : `, account ${account}`;
    const who = app.terminal.showPii ? phone : maskPhone(phone);
    app.terminal.warn(
      `${vendor} ${operation}, ${state} ${isoTime(at).slice(0, 10)}, run ${run}${of}: ${who}`,
    );
    const command = commandOf(place, contact);
    if (command === null || told.has(command) || !(isShown || !namesNumber(command))) continue;
    told.add(command);
    app.terminal.hint(`\`${command}\``);
  }
  if (all.length <= mostNamed && isShown) return;
  if (from === undefined || app.format === 'json') {
    app.terminal.hint('The commands that end it, with whole numbers, stand in "vendors" of -o json.');
    return;
  }
  const [{ place }] = all as [(typeof all)[number]];
  const again = `salesq dnc add --from ${shellWord(from)} --reason ${shellWord(reason)} -o json`;
  app.terminal.hint(`Every command, with whole numbers: \`${place.command(again)}\``);
}

function reportOf(list: NumberList, results: readonly Result[], underWay: number, exit: ExitCode) {
  const figures = {
    numbers: list.numbers.length,
    added: sumOf(results, ({ done }) => done.added),
    blockedRows: sumOf(results, ({ done }) => done.blockedRows),
    underWay,
    unreadable: list.unread.length,
    heldRows: sumOf(results, ({ done }) => done.heldRows),
  };
  const ledgers = results.map(({ place, isNew, failed, done }): JsonObject => ({
    ledger: place.ledger.shown,
    new: isNew,
    code: failed?.code ?? done?.objection?.code ?? null,
  }));
  const vendors = results.flatMap(({ place, open }) =>
    open.map(({ vendor, operation, run, row, phone, account, profile, at, ...contact }): JsonObject => ({
      vendor,
      state: 'open',
      operation,
      run,
      row,
      phone,
      account,
      profile,
      contact: contact.state,
      at: isoTime(at),
      command: commandOf(place, { vendor, operation, run, row, phone, account, profile, at, ...contact }),
    })),
  );
  const columns = Object.keys(figures).map((name) => column(name, 'number'));
  return recordReport('salesq/dnc-change@1', { ...figures, ledgers, vendors }, { columns, exit });
}
