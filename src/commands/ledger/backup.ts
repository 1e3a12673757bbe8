import path from 'node:path';
import { Exit } from '../../core/errors.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { withLedgerAdmin } from './admin.js';
import { copyReport } from './report.js';

const backup: CommandDefinition = {
  args: '<file>',
  options: [{ flags: '--force', about: 'replace the file if it is there' }],
  more: [
    'One SQLite file, whatever the ledger is kept in; readable by you alone. Others may go on pushing meanwhile.',
    'To go back to it: put it in the place of the ledger (or copy it to a server), then: salesq ledger adopt',
  ],
  run: (app, { args, options }) =>
    withLedgerAdmin(app, async (admin) => {
      const file = path.resolve(app.cwd, args[0] ?? '');
      const done = await admin.backup(file, options['force'] === true);
      await emit(copyReport('salesq/ledger-backup@1', done, []), app.format, app.terminal);
      return Exit.ok;
    }),
};

export default backup;
