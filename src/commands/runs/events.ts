import { isoTime } from '../../core/clock.js';
import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { Ledger, RowEvent, RowFilter, Run } from '../../core/ledger.js';
import type { Report } from '../../core/report.js';

/** Something that happened to a row, with the evidence kept of it, as every output prints it. */
const eventRecord = (run: string, { at, ...event }: RowEvent): JsonObject => ({
  type: 'event',
  run,
  ...event,
  at: isoTime(at),
});

async function* recordsOf(ledger: Ledger, run: string, filter: RowFilter): AsyncIterable<JsonObject> {
  if (!filter.states) {
    for await (const event of ledger.events(run)) yield eventRecord(run, event);
    return;
  }
  for await (const { row } of ledger.rows(run, filter))
    for await (const event of ledger.events(run, row)) yield eventRecord(run, event);
}

/** What happened to the rows of a run, each row's history oldest first. */
export function eventsReport(ledger: Ledger, { id }: Run, filter: RowFilter): Report {
  const records = (): AsyncIterable<JsonObject> => recordsOf(ledger, id, filter);
  return {
    document: async () => {
      const events: JsonObject[] = [];
      for await (const record of records()) events.push(record);
      return { schema: 'salesq/events@1', run: id, events };
    },
    records,
    columns: [
      { title: 'row', value: (event) => event['row'], kind: 'number' },
      { title: 'at', value: (event) => event['at'], kind: 'time' },
      { title: 'kind', value: (event) => event['kind'] },
      { title: 'attempt', value: (event) => event['attempt'], kind: 'number' },
      { title: 'code', value: (event) => event['code'] },
      { title: 'reason', value: (event) => event['reason'] },
      { title: 'detail', value: (event) => event['detail'] },
    ],
    empty: 'Nothing has happened yet.',
    exit: Exit.ok,
  };
}
