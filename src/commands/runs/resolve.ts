import { Exit, usageError } from '../../core/errors.js';
import type { Resolution } from '../../core/ledger.js';
import { withLedger } from '../../compose.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { rowColumns, rowRecord } from '../push/printer.js';
import { findRun } from './find.js';

const decisions: readonly Resolution[] = ['delivered', 'not-sent', 'abandoned'];

const resolve: CommandDefinition = {
  args: '<run>',
  options: [
    { flags: '--row <n>', about: 'the row to decide' },
    {
      flags: '--as <decision>',
      about: 'delivered (it arrived), not-sent (send it again), abandoned (give it up)',
    },
    { flags: '--reason <text>', about: 'why; kept with the row', freeText: true },
  ],
  run: (app, { args, options }) =>
    withLedger(app, async (ledger) => {
      const row = Number(options['row']);
      const decision = decisions.find((candidate) => candidate === options['as']);
      const reason = typeof options['reason'] === 'string' ? options['reason'].trim() : '';
      if (!Number.isInteger(row) || row < 1) throw missing('--row', 'the number of the row');
      if (!decision) throw missing('--as', decisions.join(', '));
      if (reason === '') throw missing('--reason', 'why it is decided so; it is kept with the row');
      const run = await findRun(ledger, args[0] ?? 'last');
      const record = rowRecord(await ledger.resolve(run.id, row, decision, reason));
      await emit(
        {
          document: () => ({ schema: 'salesq/row@1', ...record }),
          records: () => [record],
          columns: rowColumns,
          exit: Exit.ok,
        },
        app.format,
        app.terminal,
      );
      return Exit.ok;
    }),
};

const missing = (flag: string, wanted: string): Error =>
  usageError({
    code: 'usage.missing-flag',
    message: `runs resolve needs ${flag}: ${wanted}`,
    hint: 'salesq runs resolve --help',
  });

export default resolve;
