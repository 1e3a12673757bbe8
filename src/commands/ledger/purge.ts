import { isoTime } from '../../core/clock.js';
import { Exit, usageError } from '../../core/errors.js';
import type { PurgeCounts } from '../../core/ledger-admin.js';
import { parseDuration } from '../../core/units.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { withLedgerAdmin } from './admin.js';
import { checkAsked } from '../confirm.js';
import { recordReport } from './report.js';

const purge: CommandDefinition = {
  options: [
    { flags: '--older-than <duration>', about: 'of runs that ended, deliveries that came, longer ago: 90d' },
    { flags: '--dry-run', about: 'only say how much it would be' },
  ],
  more: [
    'Forgotten: cells, payloads, answers, reasons, last copies of leads, contents of deliveries, numbers of rows never sent.',
    'Kept, so that nobody is contacted twice: who was contacted (the number), when, by which run; the do-not-call list.',
    'Runs that are unfinished or have rows in doubt are not touched. Backups are files of their own: delete them yourself.',
  ],
  run: (app, { options }) =>
    withLedgerAdmin(app, async (admin) => {
      const age = parseDuration(typeof options['olderThan'] === 'string' ? options['olderThan'] : '');
      if (age === null)
        throw usageError({
          code: 'usage.missing-flag',
          message: 'ledger purge needs --older-than: how old what is forgotten must be',
          hint: 'salesq ledger purge --older-than 90d --dry-run',
        });
      const before = app.clock.now() - age;
      const dryRun = options['dryRun'] === true;
      const found = await admin.purgeable(before);
      const nothing = Object.values(found).every((n) => n === 0);
      if (!dryRun && !nothing) await checkAsked(app, question(found, before));
      const counts = dryRun || nothing ? found : await admin.purge(before);
      const record = { ...counts, before: isoTime(before), dryRun };
      await emit(recordReport('salesq/ledger-purge@1', record), app.format, app.terminal);
      return Exit.ok;
    }),
};

const question = ({ runs, rows, deliveries }: PurgeCounts, before: number): string =>
  `Forget the personal data of ${runs} run(s) with ${rows} row(s) and of ${deliveries} deliveries before ${isoTime(before)}? It cannot be undone.`;

export default purge;
