import { isoTime } from '../core/clock.js';
import { Exit, UserError, unusable, usageError } from '../core/errors.js';
import { plainText, type JsonObject } from '../core/json.js';
import type { Ledger } from '../core/ledger.js';
import type { PhoneRule } from '../core/phone-key.js';
import { readPhone, type PhoneReading } from '../core/phone.js';
import type { Place } from '../core/place.js';
import { column, listReport, recordReport } from '../core/report.js';
import { conceptsOf } from '../core/synonyms.js';
import { path as filePath, specs, type Values } from '../core/value.js';
import { blockForGood } from '../engine/do-not-call.js';
import { defineCommand, type App, askYes, lookAtLedger, print, writeLedger } from './command.js';
import { witnessOptOuts } from '../engine/witness.js';
import { listSource } from '../engine/rows.js';
import { numberOptions, reasonOption } from './push-flags.js';

/** Where numbers come from and how they are read. */
const listOptions = specs({
  from: {
    flag: '--from <file>',
    about: 'one number a line, or a table with a column number or phone; - for stdin',
    type: filePath,
  },
  ...numberOptions,
});

/**
 * The numbers given as arguments or by `--from`: of each the E.164 forms the rules read it as, one at least. One that no
 * rule can read refuses all: throws (exit 6).
 */
async function numbersOf(
  app: App,
  args: readonly string[],
  { from }: Values<typeof listOptions>,
  rules: readonly PhoneRule[],
): Promise<string[][]> {
  const texts = from === undefined ? args : await fileNumbers(app, from);
  if (texts.length === 0)
    throw usageError({ code: 'usage.no-rows', message: 'Give at least one number, or --from a file' });
  return texts.map((text, index) => {
    const readings = rules.map((rule) => readPhone(text, rule));
    const forms = readings.flatMap((reading) => (reading.ok ? [reading.e164] : []));
    if (forms.length > 0) return [...new Set(forms)];
    throw unreadable(readings[0], index);
  });
}

const unreadable = (reading: PhoneReading | undefined, index: number): Error => {
  const problem = reading && !reading.ok ? reading.problem : { code: 'phone.invalid', message: 'No number' };
  return unusable({
    code: problem.code,
    message: `Number ${index + 1}: ${problem.message}; nothing was changed`,
    hint: 'Write it with + and country code, or give --country or --phone-format',
  });
};

async function fileNumbers(app: App, path: string): Promise<string[]> {
  const source = listSource(await app.ports.input({ path, skipInvalid: false }), 'number');
  const numbers: string[] = [];
  try {
    for await (const { columns, values } of source.rows()) {
      const at = columns.findIndex((column) => column === 'number' || conceptsOf(column).includes('phone'));
      if (at < 0)
        throw unusable({
          code: 'map.no-phone',
          message: `${path} has no column number or phone`,
          hint: 'Name the column "number"',
        });
      const text = plainText(values[at]);
      if (text !== '') numbers.push(text);
    }
  } finally {
    await source.close();
  }
  return numbers;
}

export const dncAdd = defineCommand({
  args: '[number...]',
  options: { ...listOptions, reason: reasonOption('why; kept with the number') },
  more: [
    'From the moment this returns, no push of this ledger reaches these numbers: rows that were ready become blocked, and',
    'requests that had left are waited for. Exit 7 where an answer stays out: the rows named may have been contacted.',
    'Where several profiles are there and none is chosen, it goes to the ledger of each, read by the country of each.',
    'Exit 3 where one of these ledgers could not be reached: it is named.',
  ],
  async run(app, { args, options }) {
    const { places, reads } = await app.ports.everyPlace(options);
    const numbers = await numbersOf(app, args, options, reads);
    const entries = numbers.flat().map((phone) => ({ phone, reason: options.reason }));
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
    const record = { numbers: numbers.length, ...sums };
    const exit = sums.underWay > 0 ? Exit.inDoubt : missed.length > 0 ? Exit.partial : Exit.ok;
    return print(app, recordReport('salesq/dnc-change@1', record, { exit }));
  },
});

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
  more: ['Rows that were blocked stay blocked: push them again if they may be contacted now.'],
  async run(app, { args, options }) {
    const place = await app.ports.place(options);
    const phones = (await numbersOf(app, args, options, [place.reads])).flat();
    await askYes(app, `Take ${phones.length} number(s) off the do-not-call list?`);
    return lookAtLedger(app, place, async (ledger) => {
      const removed = ledger
        ? await change(app, ledger, place, () => ledger.unblock(phones, options.reason))
        : 0;
      return print(app, recordReport('salesq/dnc-change@1', { numbers: phones.length, removed }));
    });
  },
});

export const dncCheck = defineCommand({
  args: '[number...]',
  options: listOptions,
  more: ['Exit 0 whether listed or not: read the answer.'],
  async run(app, { args, options }) {
    const place = await app.ports.place(options);
    const phones = (await numbersOf(app, args, options, [place.reads])).flat();
    return lookAtLedger(app, place, async (ledger) => {
      const reasons = new Map<string, string>();
      if (ledger) for await (const { phone, reason } of ledger.blocked(phones)) reasons.set(phone, reason);
      const records = phones.map((number): JsonObject => ({
        number,
        listed: reasons.has(number),
        reason: reasons.get(number) ?? null,
      }));
      const listed = {
        title: 'listed',
        value: (record: JsonObject) => (record['listed'] === true ? 'yes' : 'no'),
      };
      const columns = [column('number', 'phone'), listed, column('reason')];
      return print(app, listReport({ schema: 'salesq/dnc-check@1' }, 'results', records, { columns }));
    });
  },
});

export const dncList = defineCommand({
  options: {},
  run: async (app) =>
    lookAtLedger(app, await app.ports.place(), async (ledger) => {
      const records: JsonObject[] = [];
      if (ledger)
        for await (const { phone, reason, addedAt } of ledger.blocked())
          records.push({ number: phone, reason, addedAt: isoTime(addedAt) });
      return print(
        app,
        listReport({ schema: 'salesq/dnc-list@1' }, 'numbers', records, {
          columns: [column('number', 'phone'), column('since', 'time', 'addedAt'), column('reason')],
          empty: 'The list is empty.',
        }),
      );
    }),
});
