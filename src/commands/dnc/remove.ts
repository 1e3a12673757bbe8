import { withLedger } from '../../compose.js';
import { Exit, usageError } from '../../core/errors.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { checkAsked } from '../confirm.js';
import { numbersOf } from './numbers.js';
import { numberOptions } from './options.js';
import { changeReport } from './report.js';

const remove: CommandDefinition = {
  args: '[number...]',
  options: [
    ...numberOptions,
    { flags: '--reason <text>', about: 'why; kept in the log of the list', freeText: true },
  ],
  more: ['Rows that were blocked stay blocked: push them again if they may be contacted now.'],
  async run(app, invocation) {
    const reason = invocation.options['reason'];
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw usageError({ code: 'usage.missing-flag', message: 'dnc remove needs --reason: who allowed it' });
    }
    const phones = await numbersOf(app, invocation);
    await checkAsked(app, `Take ${phones.length} number(s) off the do-not-call list?`);
    return withLedger(app, async (ledger) => {
      const removed = await ledger.unblock(phones, reason.trim());
      await emit(changeReport({ numbers: phones.length, removed }), app.format, app.terminal);
      return Exit.ok;
    });
  },
};

export default remove;
