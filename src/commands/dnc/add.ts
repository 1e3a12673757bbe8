import type { ExitCode } from '../../core/errors.js';
import { Exit, usageError, UserError } from '../../core/errors.js';
import type { Place } from '../../core/place.js';
import { emit } from '../../output/formats.js';
import { blockForGood } from '../../pipeline/block.js';
import type { App, CommandDefinition } from '../app.js';
import { writeLedger } from '../session.js';
import { numbersOf, readingFlags } from './numbers.js';
import { numberOptions } from './options.js';
import { changeReport } from './report.js';

const add: CommandDefinition = {
  args: '[number...]',
  options: [...numberOptions, { flags: '--reason <text>', about: 'why; kept with the number' }],
  more: [
    'From the moment this returns, no push of this ledger reaches these numbers: rows that were ready become blocked, and',
    'requests that had left are waited for. Exit 7 where an answer stays out: the rows named may have been contacted.',
    'Where several profiles are there and none is chosen, it goes to the ledger of each, read by the country of each.',
    'Exit 3 where one of these ledgers could not be reached: it is named.',
  ],
  async run(app, invocation) {
    const reason = invocation.options['reason'];
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw usageError({
        code: 'usage.missing-flag',
        message: 'dnc add needs --reason: why the numbers may not be called',
      });
    }
    const { places, reads } = await app.ports.everyPlace(readingFlags(invocation));
    const numbers = await numbersOf(app, invocation, reads);
    const entries = numbers.flat().map((phone) => ({ phone, reason: reason.trim() }));
    const sums = { added: 0, blockedRows: 0, underWay: 0 };
    const missed: UserError[] = [];
    for (const place of places) {
      const done = await blockIn(app, place, entries);
      if (done instanceof UserError) missed.push(done);
      else for (const name of ['added', 'blockedRows', 'underWay'] as const) sums[name] += done[name];
    }
    const [first] = missed;
    if (first && missed.length === places.length) throw first;
    missed.forEach(({ message, hint }) => {
      app.terminal.error(`Not every ledger has the numbers: ${message}`);
      if (hint !== null) app.terminal.hint(hint);
    });
    await emit(changeReport({ numbers: numbers.length, ...sums }), app.format, app.terminal);
    return exitOf(sums.underWay, missed.length);
  },
};

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
      const { added, blockedRows, underWay } = await blockForGood(
        ledger,
        app.clock,
        entries,
        app.stopping,
        (rows) =>
          app.terminal.note(`${rows} rows of these numbers had left before; waiting for their answers`),
      );
      for (const { run, row } of underWay) app.terminal.warn(mayHear(run, row));
      return { added, blockedRows, underWay: underWay.length };
    });
  } catch (error) {
    if (error instanceof UserError && !app.stopping.aborted) return error;
    throw error;
  }
}

const exitOf = (underWay: number, missed: number): ExitCode =>
  underWay > 0 ? Exit.inDoubt : missed > 0 ? Exit.partial : Exit.ok;

const mayHear = (run: string, row: number): string =>
  `row ${row} of run ${run} had left before the number was blocked and has no answer: it may have been contacted`;

export default add;
