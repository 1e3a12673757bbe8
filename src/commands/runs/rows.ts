import { Exit, usageError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { Ledger, LedgerRow, RowFilter, Run } from '../../core/ledger.js';
import type { Column, Report } from '../../core/report.js';
import { firstPlace, isRetry } from '../../core/retry.js';
import type { RowState } from '../../core/row-state.js';
import { isRowState, rowStates } from '../../core/row-state.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { rowColumns, rowRecord } from '../push/printer.js';
import { eventsReport } from './events.js';
import { withRun } from './find.js';

const rows: CommandDefinition = {
  args: '<run>',
  options: [
    {
      flags: '--state <state>',
      about: `only rows of this state (repeatable): ${rowStates.join(', ')}`,
      many: true,
    },
    { flags: '--events', about: 'what happened to each row instead, with the evidence that was kept' },
  ],
  more: ['<run> is an id, a unique prefix, or "last".'],
  run: (app, { args, options }) =>
    withRun(app, args[0] ?? 'last', async ({ ledger, run }) => {
      const states = readStates((options['state'] ?? []) as readonly string[]);
      const filter: RowFilter = states.length > 0 ? { states } : {};
      const report = options['events'] === true ? eventsReport : reportOf;
      await emit(report(ledger, run, filter), app.format, app.terminal);
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

/** A row that tries another one again says which, `retryOf: <run>:<row>`. */
async function* recordsOf(run: Run, rowsOfRun: AsyncIterable<LedgerRow>): AsyncIterable<JsonObject> {
  for await (const row of rowsOfRun) {
    const retryOf = firstPlace(run.columns, row.source);
    yield retryOf === null ? rowRecord(row) : { ...rowRecord(row), retryOf };
  }
}

const retryOfColumn: Column = { title: 'retryOf', value: (row) => row['retryOf'] };

function reportOf(ledger: Ledger, run: Run, filter: RowFilter): Report {
  const records = (): AsyncIterable<JsonObject> => recordsOf(run, ledger.rows(run.id, filter));
  return {
    document: async () => {
      const all: JsonObject[] = [];
      for await (const record of records()) all.push(record);
      return { schema: 'salesq/rows@1', run: run.id, rows: all };
    },
    records,
    columns: isRetry(run.source.name) ? [...rowColumns, retryOfColumn] : rowColumns,
    empty: 'No rows.',
    exit: Exit.ok,
  };
}

export default rows;
