import { withLedger } from '../../compose.js';
import { Exit, usageError } from '../../core/errors.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { numbersOf } from './numbers.js';
import { numberOptions } from './options.js';
import { changeReport } from './report.js';

const add: CommandDefinition = {
  args: '[number...]',
  options: [...numberOptions, { flags: '--reason <text>', about: 'why; kept with the number' }],
  more: [
    'From the moment this returns, no push of this ledger reaches these numbers; rows that were ready become blocked.',
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
      const { added, blockedRows } = await ledger.block(
        phones.map((phone) => ({ phone, reason: reason.trim() })),
      );
      await emit(changeReport({ numbers: phones.length, added, blockedRows }), app.format, app.terminal);
      return Exit.ok;
    });
  },
};

export default add;
