import { Exit } from '../../core/errors.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { withLedgerAdmin } from './admin.js';
import { recordReport } from './report.js';

const migrate: CommandDefinition = {
  options: [],
  more: [
    'Every command that opens the ledger does the same; here a file is copied first, and nothing else happens.',
  ],
  run: (app) =>
    withLedgerAdmin(app, async (admin) => {
      const done = await admin.migrate();
      const story =
        done.from === done.to
          ? [`The schema is up to date (${done.to}).`]
          : [
              `Schema ${done.from} -> ${done.to}.`,
              ...(done.backup ? [`As it was before: ${done.backup}`] : []),
            ];
      await emit(recordReport('salesq/ledger-migrate@1', { ...done }, story), app.format, app.terminal);
      return Exit.ok;
    }),
};

export default migrate;
