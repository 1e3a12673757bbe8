import { Exit } from '../../core/errors.js';
import type { Json, JsonObject } from '../../core/json.js';
import { plainText } from '../../core/json.js';
import type { Report } from '../../core/report.js';
import { withLedger } from '../../compose.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { positive } from '../push/flags.js';
import { runSummary } from './summary.js';

const count = (record: JsonObject, state: string): Json =>
  ((record['counts'] ?? {}) as JsonObject)[state] ?? 0;

const list: CommandDefinition = {
  options: [{ flags: '--limit <n>', about: 'how many, newest first (default 50)' }],
  run(app, { options }) {
    const limit = positive(options, 'limit', '--limit') ?? 50;
    return withLedger(app, async (ledger) => {
      const records: JsonObject[] = [];
      for (const run of await ledger.runs(limit))
        if (run.sealedAt !== null) records.push(await runSummary(ledger, run));
      await emit(reportOf(records), app.format, app.terminal);
      return Exit.ok;
    });
  },
};

const figure = (title: string, state: string) => ({
  title,
  kind: 'number' as const,
  value: (record: JsonObject) => count(record, state),
});

const reportOf = (records: readonly JsonObject[]): Report => ({
  document: () => ({ schema: 'salesq/runs@1', runs: records }),
  records: () => records,
  columns: [
    { title: 'run', value: (record) => record['run'] },
    { title: 'started', value: (record) => record['createdAt'], kind: 'time' },
    { title: 'profile', value: (record) => record['profile'] },
    { title: 'push', value: (record) => `${plainText(record['vendor'])} ${plainText(record['operation'])}` },
    { title: 'source', value: (record) => ((record['source'] ?? {}) as JsonObject)['name'] },
    figure('rows', 'rows'),
    figure('delivered', 'delivered'),
    figure('inDoubt', 'inDoubt'),
    figure('ready', 'ready'),
  ],
  empty: 'No runs yet.',
  exit: Exit.ok,
});

export default list;
