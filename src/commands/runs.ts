import { isoTime } from '../core/clock.js';
import { Exit, usageError } from '../core/errors.js';
import { plainText, type JsonObject, writeJson } from '../core/json.js';
import type { Ledger, LedgerRow, Resolution, RowEvent, RowFilter, Run } from '../core/ledger.js';
import type { Place } from '../core/place.js';
import {
  runDocument,
  type PushSummary,
  column,
  type Column,
  listReport,
  recordReport,
  type Report,
} from '../core/report.js';
import { firstPlace, isRetry, rowStates } from '../core/life.js';
import { choice, choices, flag } from '../core/value.js';
import { pushSummary } from '../output/push-view.js';
import { defineCommand, type App, lookAtLedger, print } from './command.js';
import { count as wholeCount, reasonOption } from './push-flags.js';
import { rowColumns, rowRecord } from './push-output.js';
import { isBehind, lookAtWitness, witnessRecord, witnessText, type Witnessed } from './witness.js';

/** A run, the ledger it is in, and the place that ledger was chosen for. */
export interface FoundRun {
  readonly run: Run;
  readonly ledger: Ledger;
  readonly place: Place;
}

/**
 * Finds the run an id, a unique prefix or `last` names, and closes the ledger after the work. Where there is no ledger
 * none is made. Throws UserError `run.unknown` (exit 2).
 */
export async function withRun<T>(app: App, name: string, work: (found: FoundRun) => Promise<T>): Promise<T> {
  const place = await app.ports.place();
  const ledger = await app.ports.ledger(place, 'look');
  if (!ledger)
    throw unknownRun(`There is no ledger at ${place.ledger.shown} yet`, '`salesq sales-q import <file>`');
  try {
    return await work({ ledger, place, run: await findRun(ledger, name) });
  } finally {
    await ledger.close();
  }
}

async function findRun(ledger: Ledger, name: string): Promise<Run> {
  if (name === 'last') {
    const newest = (await ledger.runs(20)).find(({ sealedAt }) => sealedAt !== null);
    if (newest) return newest;
    throw unknownRun('There is no run in this ledger yet', '`salesq sales-q import <file>`');
  }
  const matches = (await ledger.runsByPrefix(name.toUpperCase())).filter(({ sealedAt }) => sealedAt !== null);
  const exact = matches.find(({ id }) => id === name.toUpperCase());
  const [only, second] = matches;
  if (exact) return exact;
  if (!only) throw unknownRun(`No run starts with "${name}"`, '`salesq runs list`');
  if (second)
    throw unknownRun(
      `${matches.length} runs start with "${name}"`,
      'Give more of the id: `salesq runs list`',
    );
  return only;
}

const unknownRun = (message: string, hint: string): Error =>
  usageError({ code: 'run.unknown', message, hint });

export const runsList = defineCommand({
  options: {
    limit: {
      flag: '--limit <n>',
      about: 'how many, newest first (default 50)',
      type: wholeCount,
      default: 50,
    },
  },
  run: async (app, { options: { limit } }) => {
    const place = await app.ports.place();
    return lookAtLedger(app, place, async (ledger) => {
      const records: JsonObject[] = [];
      if (ledger)
        for (const run of await ledger.runs(limit))
          if (run.sealedAt !== null) records.push(await runSummary(ledger, run, place));
      const view = { columns: runColumns, empty: 'No runs yet.' };
      return print(app, listReport({ schema: 'salesq/runs@1' }, 'runs', records, view));
    });
  },
});

const figure = (title: string): Column => ({
  title,
  kind: 'number',
  value: ({ counts }) => ((counts ?? {}) as JsonObject)[title] ?? 0,
});

const runColumns: readonly Column[] = [
  column('run'),
  column('started', 'time', 'createdAt'),
  column('profile'),
  { title: 'push', value: ({ vendor, operation }) => `${plainText(vendor)} ${plainText(operation)}` },
  { title: 'source', value: ({ source }) => ((source ?? {}) as JsonObject)['name'] },
  ...['rows', 'delivered', 'inDoubt', 'ready'].map(figure),
];

/** The summary of a run as a push printed it, with its times; the commands to go on with mean the place. */
async function runSummary(ledger: Ledger, run: Run, place: Place): Promise<JsonObject> {
  return {
    ...runDocument(run, await ledger.counts(run.id), place),
    createdAt: isoTime(run.createdAt),
    updatedAt: isoTime(run.updatedAt),
  } as unknown as JsonObject;
}

export const runsShow = defineCommand({
  args: '<run>',
  options: {},
  more: ['<run> is an id, a unique prefix, or "last".'],
  run: (app, { args }) =>
    withRun(app, args[0] ?? 'last', async ({ ledger, run, place }) => {
      const summary = await runSummary(ledger, run, place);
      const witness = await witnessOf(app, ledger, run);
      const document: JsonObject = {
        ...summary,
        account: run.account,
        settings: run.settings,
        witness: witnessRecord(witness),
      };
      if (app.format !== 'table') {
        const columns = Object.entries(flat(document)).map(([title, value]) => ({
          title,
          value: () => value,
        }));
        return print(app, { document: () => document, records: () => [document], columns, exit: Exit.ok });
      }
      const paint = await app.terminal.paint('stdout');
      const lines = pushSummary(document as unknown as PushSummary, { unicode: app.terminal.unicode, paint });
      await app.terminal.write(
        `${lines.join('\n')}\nstarted ${plainText(summary['createdAt'])}, last change ${plainText(summary['updatedAt'])}\n`,
      );
      if (isBehind(witness)) app.terminal.warn(`The witness ${witnessText(witness)}`);
      return Exit.ok;
    }),
});

/** What the witness keeps of the run's account. */
async function witnessOf(app: App, ledger: Ledger, { account }: Run): Promise<Witnessed> {
  const { ledger: id, contacts, optOuts } = await ledger.progress(account);
  const names = await ledger.accountNames(account);
  return lookAtWitness(app, { id, accounts: names ? [{ account: names, contacts }] : [], optOuts });
}

/** A summary as one record: the counts beside the rest. */
function flat(document: JsonObject): JsonObject {
  const { counts, source, settings, next, witness, ...rest } = document;
  void next;
  const { name } = (source ?? {}) as JsonObject;
  return {
    ...rest,
    source: name ?? null,
    ...((counts ?? {}) as JsonObject),
    settings: writeJson(settings ?? null),
    witness: writeJson(witness ?? null),
  };
}

export const runsRows = defineCommand({
  args: '<run>',
  options: {
    state: {
      flag: '--state <state>',
      about: `only rows of this state (repeatable): ${rowStates.join(', ')}`,
      type: choices(rowStates),
      many: true,
    },
    events: {
      flag: '--events',
      about: 'what happened to each row instead, with the evidence that was kept',
      type: flag,
      default: false,
    },
  },
  more: ['<run> is an id, a unique prefix, or "last".'],
  run: (app, { args, options }) =>
    withRun(app, args[0] ?? 'last', async ({ ledger, run }) => {
      const states = options.state.flat();
      const filter: RowFilter = states.length > 0 ? { states } : {};
      const report = options.events ? eventsReport : rowsReport;
      return print(app, report(ledger, run, filter));
    }),
});

/** A row that tries another one again says which, `retryOf: <run>:<row>`. */
async function* rowRecordsOf(run: Run, rowsOfRun: AsyncIterable<LedgerRow>): AsyncIterable<JsonObject> {
  for await (const row of rowsOfRun) {
    const retryOf = firstPlace(run.columns, row.source);
    yield retryOf === null ? rowRecord(row) : { ...rowRecord(row), retryOf };
  }
}

const rowsReport = (ledger: Ledger, run: Run, filter: RowFilter): Report =>
  listReport(
    { schema: 'salesq/rows@1', run: run.id },
    'rows',
    () => rowRecordsOf(run, ledger.rows(run.id, filter)),
    {
      columns: isRetry(run.source.name) ? [...rowColumns, column('retryOf')] : rowColumns,
      empty: 'No rows.',
    },
  );

/** Something that happened to a row, with the evidence kept of it, as every output prints it. */
const eventRecord = (run: string, { at, ...event }: RowEvent): JsonObject => ({
  type: 'event',
  run,
  ...event,
  at: isoTime(at),
});

async function* eventRecordsOf(ledger: Ledger, run: string, filter: RowFilter): AsyncIterable<JsonObject> {
  if (!filter.states) {
    for await (const event of ledger.events(run)) yield eventRecord(run, event);
    return;
  }
  for await (const { row } of ledger.rows(run, filter))
    for await (const event of ledger.events(run, row)) yield eventRecord(run, event);
}

/** What happened to the rows of a run, each row's history oldest first. */
const eventsReport = (ledger: Ledger, { id }: Run, filter: RowFilter): Report =>
  listReport({ schema: 'salesq/events@1', run: id }, 'events', () => eventRecordsOf(ledger, id, filter), {
    columns: [
      column('row', 'number'),
      column('at', 'time'),
      column('kind'),
      column('attempt', 'number'),
      ...['code', 'reason', 'detail'].map((name) => column(name)),
    ],
    empty: 'Nothing has happened yet.',
  });

const decisions: readonly Resolution[] = ['delivered', 'not-sent', 'abandoned'];

export const runsResolve = defineCommand({
  args: '<run>',
  options: {
    row: { flag: '--row <n>', about: 'the row to decide', type: wholeCount, required: true },
    as: {
      flag: '--as <decision>',
      about: 'delivered (it arrived), not-sent (send it again), abandoned (give it up)',
      type: choice(decisions),
      required: true,
    },
    reason: reasonOption('why; kept with the row'),
  },
  run: (app, { args, options: { row, as, reason } }) =>
    withRun(app, args[0] ?? 'last', async ({ ledger, run }) => {
      const record = rowRecord(await ledger.resolve(run.id, row, as, reason));
      return print(app, recordReport('salesq/row@1', record, { columns: rowColumns }));
    }),
});

export const runsAbandon = defineCommand({
  args: '<run>',
  options: { reason: reasonOption('why; kept with each row') },
  more: [
    'Gives up every row of the run that is still ready: nothing of it is sent any more. What was sent stays as it is.',
    'Afterwards its file can be planned anew.',
  ],
  run: (app, { args, options: { reason } }) =>
    withRun(app, args[0] ?? 'last', async ({ ledger, run }) => {
      const record = { run: run.id, abandoned: await ledger.abandon(run.id, reason) };
      return print(app, recordReport('salesq/abandon@1', record));
    }),
});
