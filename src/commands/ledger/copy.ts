import path from 'node:path';
import { Exit } from '../../core/errors.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { withLedgerAdmin } from './admin.js';
import { checkAsked } from '../confirm.js';
import { copyReport } from './report.js';

const copy: CommandDefinition = {
  args: '<to>',
  options: [],
  more: [
    '<to> is a file that is not there yet, or the address of an empty PostgreSQL database.',
    'The old ledger is kept, and refused from then on; salesq ledger adopt takes it back.',
  ],
  run: (app, { args }) =>
    withLedgerAdmin(app, async (admin) => {
      const given = args[0] ?? '';
      const to = given.includes('://') ? given : path.resolve(app.cwd, given);
      await checkAsked(app, 'Move the ledger there? This one will be refused from then on.');
      const done = await admin.copy(to);
      const next = `Use it from now on: --ledger, SALESQ_LEDGER or ledger: in the profile = ${done.to}`;
      await emit(copyReport('salesq/ledger-copy@1', done, [next]), app.format, app.terminal);
      return Exit.ok;
    }),
};

export default copy;
