import { isoTime } from '../../core/clock.js';
import { Exit } from '../../core/errors.js';
import type { LedgerMark } from '../../core/ledger-admin.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { withLedgerAdmin } from './admin.js';
import { checkAsked } from '../confirm.js';
import { recordReport } from './report.js';

const adopt: CommandDefinition = {
  options: [
    {
      flags: '--nothing-sent',
      about: 'nothing was pushed from elsewhere since: rows that are ready stay so',
    },
  ],
  more: [
    'Rows that were ready may have been sent from elsewhere since: they become in doubt, and are read back or decided.',
    'People contacted by runs that were planned elsewhere since are unknown here: do not push their files again.',
  ],
  run: (app, { options }) =>
    withLedgerAdmin(app, async (admin) => {
      const { mark } = await admin.status();
      const since = mark ? ` It knows nothing of what was sent since ${isoTime(mark.at)}.` : '';
      await checkAsked(app, `Take the ledger ${admin.where} into use?${since}`);
      const { where, mark: was, inDoubt } = await admin.adopt(options['nothingSent'] === true);
      const record = { where, was: was.kind, at: isoTime(was.at), inDoubt };
      await emit(
        recordReport('salesq/ledger-adopt@1', record, story(was, inDoubt)),
        app.format,
        app.terminal,
      );
      return Exit.ok;
    }),
};

const story = (mark: LedgerMark, inDoubt: number): string[] => [
  mark.kind === 'moved' ? `In use again; the one at ${mark.to} must not be.` : 'In use.',
  ...(inDoubt > 0
    ? [`${inDoubt} rows are in doubt: salesq runs list, then salesq runs reconcile <run>`]
    : []),
];

export default adopt;
