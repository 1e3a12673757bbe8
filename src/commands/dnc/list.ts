import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { lookAtLedger } from '../session.js';
import { entryRecord, listReport } from './report.js';

const list: CommandDefinition = {
  options: [],
  run: async (app) =>
    lookAtLedger(app, await app.ports.place(), async (ledger) => {
      const records: JsonObject[] = [];
      if (ledger) for await (const entry of ledger.blocked()) records.push(entryRecord(entry));
      await emit(listReport(records), app.format, app.terminal);
      return Exit.ok;
    }),
};

export default list;
