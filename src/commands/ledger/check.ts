import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { LedgerCheck } from '../../core/ledger-admin.js';
import type { Report } from '../../core/report.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { withLedgerAdmin } from './admin.js';

const check: CommandDefinition = {
  options: [],
  more: [
    'Reads only. Exit 0: nothing found. Exit 6: read the findings, and push nothing before they are understood.',
  ],
  run: (app) =>
    withLedgerAdmin(app, async (admin) => {
      const report = reportOf(await admin.check());
      await emit(report, app.format, app.terminal);
      return report.exit;
    }),
};

function reportOf({ where, checked, skipped, findings }: LedgerCheck): Report {
  const records = findings.map((finding): JsonObject => ({ ...finding }));
  const ok = findings.length === 0;
  return {
    document: () => ({ schema: 'salesq/ledger-check@1', where, ok, checked, skipped, findings: records }),
    records: () => records,
    columns: [
      { title: 'code', value: ({ code }) => code },
      { title: 'run', value: ({ run }) => run },
      { title: 'row', value: ({ row }) => row, kind: 'number' },
      { title: 'message', value: ({ message }) => message },
    ],
    footer: skipped.map((what) => `Not checked: ${what}`),
    empty: `${where}: ${checked.length} checks, nothing found.`,
    exit: ok ? Exit.ok : Exit.unusable,
  };
}

export default check;
