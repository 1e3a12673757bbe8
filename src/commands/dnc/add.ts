import { withLedger } from '../../compose.js';
import { Exit, usageError } from '../../core/errors.js';
import { emit } from '../../output/formats.js';
import { blockForGood } from '../../pipeline/block.js';
import type { CommandDefinition } from '../app.js';
import { numbersOf } from './numbers.js';
import { numberOptions } from './options.js';
import { changeReport } from './report.js';

const add: CommandDefinition = {
  args: '[number...]',
  options: [
    ...numberOptions,
    { flags: '--reason <text>', about: 'why; kept with the number', freeText: true },
  ],
  more: [
    'From the moment this returns, no push of this ledger reaches these numbers: rows that were ready become blocked, and',
    'requests that had left are waited for. Exit 7 where an answer stays out: the rows named may have been contacted.',
  ],
  async run(app, invocation) {
    const reason = invocation.options['reason'];
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw usageError({
        code: 'usage.missing-flag',
        message: 'dnc add needs --reason: why the numbers may not be called',
      });
    }
    const phones = await numbersOf(app, invocation);
    return withLedger(app, async (ledger) => {
      const entries = phones.map((phone) => ({ phone, reason: reason.trim() }));
      const { added, blockedRows, underWay } = await blockForGood(
        ledger,
        app.clock,
        entries,
        app.stopping,
        (rows) =>
          app.terminal.note(`${rows} rows of these numbers had left before; waiting for their answers`),
      );
      for (const { run, row } of underWay) app.terminal.warn(mayHear(run, row));
      const record = { numbers: phones.length, added, blockedRows, underWay: underWay.length };
      await emit(changeReport(record), app.format, app.terminal);
      return underWay.length > 0 ? Exit.inDoubt : Exit.ok;
    });
  },
};

const mayHear = (run: string, row: number): string =>
  `row ${row} of run ${run} had left before the number was blocked and has no answer: it may have been contacted`;

export default add;
