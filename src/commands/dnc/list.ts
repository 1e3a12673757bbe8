import { withLedger } from '../../compose.js';
import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { entryRecord, listReport } from './report.js';

const list: CommandDefinition = {
  options: [],
  run: (app) =>
    withLedger(app, async (ledger) => {
      const records: JsonObject[] = [];
      for await (const entry of ledger.blocked()) records.push(entryRecord(entry));
      await emit(listReport(records), app.format, app.terminal);
      return Exit.ok;
    }),
};

export default list;
