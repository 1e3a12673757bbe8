import { Exit, usageError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { Ledger, LedgerRow, RowFilter } from '../../core/ledger.js';
import type { Report } from '../../core/report.js';
import type { RowState } from '../../core/row-state.js';
import { isRowState, rowStates } from '../../core/row-state.js';
import { withLedger } from '../../compose.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { rowColumns, rowRecord } from '../push/printer.js';
import { findRun } from './find.js';

const rows: CommandDefinition = {
  args: '<run>',
  options: [
    {
      flags: '--state <state>',
      about: `only rows of this state (repeatable): ${rowStates.join(', ')}`,
      many: true,
    },
  ],
  more: ['<run> is an id, a unique prefix, or "last".'],
  run: (app, { args, options }) =>
    withLedger(app, async (ledger) => {
      const run = await findRun(ledger, args[0] ?? 'last');
      const states = readStates((options['state'] ?? []) as readonly string[]);
      const filter: RowFilter = states.length > 0 ? { states } : {};
      await emit(reportOf(ledger, run.id, filter), app.format, app.terminal);
      return Exit.ok;
    }),
};

function readStates(names: readonly string[]): RowState[] {
  return names
    .flatMap((text) => text.split(','))
    .map((name) => {
      if (isRowState(name)) return name;
      throw usageError({
        code: 'usage.bad-value',
        message: `"${name}" is no state of a row`,
        hint: rowStates.join(', '),
      });
    });
}

async function* recordsOf(rowsOfRun: AsyncIterable<LedgerRow>): AsyncIterable<JsonObject> {
  for await (const row of rowsOfRun) yield rowRecord(row);
}

function reportOf(ledger: Ledger, run: string, filter: RowFilter): Report {
  const records = (): AsyncIterable<JsonObject> => recordsOf(ledger.rows(run, filter));
  return {
    document: async () => {
      const all: JsonObject[] = [];
      for await (const record of records()) all.push(record);
      return { schema: 'salesq/rows@1', run, rows: all };
    },
    records,
    columns: rowColumns,
    empty: 'No rows.',
    exit: Exit.ok,
  };
}

export default rows;
