import { isoTime } from '../core/clock.js';
import { Exit, unusable } from '../core/errors.js';
import { hintIn } from '../core/hint.js';
import { type JsonObject } from '../core/json.js';
import type { Ledger } from '../core/ledger.js';
import {
  isKeptAsWritten,
  isRounded,
  listedAs,
  numbersMeantBy,
  personOf,
  roundedFrom,
  shownEntry,
} from '../core/phone-key.js';
import type { Place } from '../core/place.js';
import { column, listReport, recordReport } from '../core/report.js';
import type { NumberList, UnreadLine } from '../engine/number-list.js';
import { changeList, takeInOptOuts } from '../engine/opt-out.js';
import { doubtOf } from '../engine/witness.js';
import { defineCommand, type App, askYes, lookAtLedger, print } from './command.js';
import { entriesOf, listOptions, numbersOf, partly, tellUnread, unreadText } from './numbers.js';
import { reasonOption } from './push-flags.js';

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
      const removed = ledger ? await takeOff(app, ledger, place, phones, options.reason) : 0;
      tellUnread(app, { unread, notes: list.notes });
      const record = { numbers: phones.length, removed, unreadable: unread.length };
      return print(app, recordReport('salesq/dnc-change@1', record, { exit: partly(unread) }));
    });
  },
});

/** Takes numbers off the list, and says where this ledger is not the newest. */
async function takeOff(
  app: App,
  ledger: Ledger,
  place: Place,
  phones: readonly string[],
  reason: string,
): Promise<number> {
  await takeInOptOuts(app.ports, ledger, place, false);
  const unblock = (): Promise<number> => ledger.unblock(phones, reason);
  const { done, objection } = await changeList(app.ports, ledger, place, { unfounded: false }, unblock);
  if (objection) app.terminal.warn(`The list was changed, but ${objection.message}`);
  return done;
}

/** What is taken off: never more than one person for a number, so that nobody is taken off by another's number. */
function meantToLeave({ numbers, unread }: NumberList): {
  readonly phones: readonly string[];
  readonly unread: readonly UnreadLine[];
} {
  const phones = new Set<string>();
  const unsure: UnreadLine[] = [];
  for (const { place, entries, declared } of numbers) {
    const kept = entries.every((entry) => isKeptAsWritten(entry) || isRounded(entry));
    if (declared !== null) phones.add(declared);
    else if (kept || entries.length === 1) for (const entry of entries) phones.add(entry);
    else unsure.push({ place, why: 'it can be read as several numbers; write the one that is meant with +' });
  }
  return { phones: [...phones], unread: [...unread.filter(({ kept }) => kept !== true), ...unsure] };
}

/** A number as `dnc check` found it; `similar`: a rounded number of the list may be this one, its rows are held. */
interface Found {
  readonly listed: boolean;
  readonly similar: boolean;
  readonly reason: string | null;
}

const notFound: Found = { listed: false, similar: false, reason: null };

/** Looks entries up, by whichever entry of the list means them. */
async function lookUpEntries(ledger: Ledger, entries: readonly string[]): Promise<Map<string, Found>> {
  const listed = new Map(entries.map((entry) => [entry, entriesMeaning(entry)]));
  const similar = new Map(entries.map((entry) => [entry, roundedFrom(entry)]));
  const reasons = new Map<string, string>();
  const all = [...new Set([...listed.values(), ...similar.values()].flat())];
  for await (const { phone, reason } of ledger.blocked(all)) reasons.set(phone, reason);
  const reasonFor = (asked: readonly string[] = []): string | null => {
    const found = asked.find((entry) => reasons.has(entry));
    return found === undefined ? null : (reasons.get(found) ?? '');
  };
  return new Map(
    entries.map((entry) => {
      const [certain, maybe] = [reasonFor(listed.get(entry)), reasonFor(similar.get(entry))];
      const isSimilar = certain === null && maybe !== null;
      return [entry, { listed: certain !== null, similar: isSimilar, reason: certain ?? maybe }];
    }),
  );
}

export const dncCheck = defineCommand({
  args: '[number...]',
  options: listOptions,
  more: [
    'Exit 0 whether listed or not: read the answer; `held` is a number that a rounded one of the list (4.91511E+11) may mean.',
    'Exit 3 where a line was not read (it is named), or where the ledger is missing or not the newest: then it may not know.',
  ],
  async run(app, { args, options }) {
    const place = await app.ports.place(options);
    const list = await numbersOf(app, args, options, [place.reads]);
    const phones = entriesOf(list);
    return lookAtLedger(app, place, async (ledger) => {
      const isDoubtful = await tellDoubt(app, ledger, place);
      const found = ledger ? await lookUpEntries(ledger, phones) : new Map<string, Found>();
      const records = phones.map((phone): JsonObject => ({
        number: shownEntry(phone),
        ...(found.get(phone) ?? notFound),
      }));
      tellUnread(app, list);
      const listed = {
        title: 'listed',
        value: ({ listed: is, similar }: JsonObject) =>
          is === true ? 'yes' : similar === true ? 'held' : 'no',
      };
      const columns = [column('number', 'phone'), listed, column('reason')];
      const view = { columns, exit: isDoubtful ? Exit.partial : partly(list.unread) };
      return print(app, listReport({ schema: 'salesq/dnc-check@1' }, 'results', records, view));
    });
  },
});

/** Says why the list of a ledger may not be whole. A missing one was said where it was looked for. */
async function tellDoubt(app: App, ledger: Ledger | null, place: Place): Promise<boolean> {
  if (ledger) await takeInOptOuts(app.ports, ledger, place, false);
  const doubt = await doubtOf(app.ports, ledger, place);
  if (doubt && ledger) app.terminal.warn(doubt.message);
  if (doubt) app.terminal.warn('Numbers that are not listed here may be listed there.');
  if (doubt?.hint) app.terminal.hint(hintIn(place, doubt.hint));
  return doubt !== null;
}

/** The entries by which a number is listed; for digits that no rule reads, also each number they could mean. */
const entriesMeaning = (phone: string): string[] =>
  isRounded(phone) ? [phone] : [...new Set([...listedAs(phone), ...numbersMeantBy(phone)].map(personOf))];

export const dncList = defineCommand({
  options: {},
  more: ['Exit 3 where the ledger is missing or not the newest: then the list may not be whole.'],
  async run(app) {
    const place = await app.ports.place();
    return lookAtLedger(app, place, async (ledger) => {
      const isDoubtful = await tellDoubt(app, ledger, place);
      const records: JsonObject[] = [];
      if (ledger)
        for await (const { phone, reason, addedAt } of ledger.blocked())
          records.push({ number: shownEntry(phone), reason, addedAt: isoTime(addedAt) });
      return print(
        app,
        listReport({ schema: 'salesq/dnc-list@1' }, 'numbers', records, {
          columns: [column('number', 'phone'), column('since', 'time', 'addedAt'), column('reason')],
          empty: 'The list is empty.',
          exit: isDoubtful ? Exit.partial : Exit.ok,
        }),
      );
    });
  },
});
