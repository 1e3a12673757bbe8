import path from 'node:path';
import { isoTime } from '../core/clock.js';
import { Exit, usageError } from '../core/errors.js';
import { plainText, type Json, type JsonObject } from '../core/json.js';
import type {
  HeldLock,
  LedgerAdmin,
  LedgerCheck,
  LedgerCopy,
  LedgerHoldings,
  LedgerMark,
  LedgerStatus,
  PurgeCounts,
} from '../core/ledger-admin.js';
import { column, listReport, recordReport, type Report } from '../core/report.js';
import { durationFromZero, flag } from '../core/value.js';
import { defineCommand, type App, askYes, print } from './command.js';

/** For commands that look after the ledger: it is neither made nor changed by being looked at. */
async function withLedgerAdmin<T>(app: App, work: (admin: LedgerAdmin) => Promise<T>): Promise<T> {
  return work(await app.ports.ledgerAdmin(await app.ports.place()));
}

/** A number of bytes for people. */
function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes;
  let at = 0;
  for (; size >= 1024 && at < units.length - 1; at += 1) size /= 1024;
  return `${at === 0 ? size : size.toFixed(1)} ${units[at] ?? ''}`;
}

/** What a copy or backup took along, a line a table, with the hash both sides agree on. */
function copyReport(schema: string, copy: LedgerCopy, footer: readonly string[]): Report {
  const records = copy.tables.map((table): JsonObject => ({ ...table }));
  const rows = copy.tables.reduce((sum, table) => sum + table.rows, 0);
  const { from, to, bytes } = copy;
  return listReport({ schema, from, to, bytes, rows }, 'tables', records, {
    columns: [column('table'), column('rows', 'number'), column('sha256')],
    heading: [`${from} -> ${to}${bytes === null ? '' : ` (${sizeText(bytes)})`}`],
    footer: [`${rows.toLocaleString('en-US')} rows read back and found the same.`, ...footer],
  });
}

export const ledgerStatus = defineCommand({
  options: {},
  more: ['Reads only: it neither makes a ledger nor brings its schema up to date.'],
  run: (app) => withLedgerAdmin(app, async (admin) => print(app, statusReport(await admin.status()))),
});

function statusDocument(found: LedgerStatus): JsonObject {
  const { where, engine, engineVersion, schema, mark, durability, bytes, opened, holds } = found;
  return {
    where,
    engine,
    engineVersion,
    schemaVersion: { ...schema },
    mark: mark && { ...mark, at: isoTime(mark.at) },
    durability: { ...durability },
    bytes,
    opened: opened && { at: isoTime(opened.at), host: opened.host },
    holds: holds && holdings(holds),
  };
}

const holdings = ({ accounts, runs, rows, doNotCall, deliveries, locks }: LedgerHoldings): JsonObject => ({
  accounts,
  runs: { ...runs },
  rows: { ...rows },
  doNotCall,
  deliveries: { ...deliveries },
  locks: locks.map(lockRecord),
});

const lockRecord = ({ name, owner, since, heartbeatAt, alive }: HeldLock): JsonObject => ({
  name,
  host: owner.host,
  pid: owner.pid,
  since: isoTime(since),
  heartbeatAt: isoTime(heartbeatAt),
  alive,
});

type Line = readonly [string, Json];

function lines(found: LedgerStatus): Line[] {
  const { schema, holds, mark, opened, durability } = found;
  const version =
    schema.found === schema.known ? String(schema.found) : `${schema.found} (known: ${schema.known})`;
  return [
    ['where', found.where],
    ['engine', `${found.engine} ${found.engineVersion}`],
    ['schema', version],
    ['state', mark === null ? 'in use' : markText(mark)],
    ...Object.entries(durability),
    ['bytes', found.bytes],
    ['opened', opened ? `${isoTime(opened.at)} on ${opened.host}` : 'never'],
    ...(holds ? holdingLines(holds) : []),
  ];
}

function holdingLines({ accounts, runs, rows, doNotCall, deliveries, locks }: LedgerHoldings): Line[] {
  return [
    ['accounts', accounts],
    ['runs', runs.all],
    ['runs unfinished', runs.unfinished],
    ['runs unsealed', runs.unsealed],
    ...Object.entries(rows)
      .filter(([, n]) => n > 0)
      .map(([state, n]): Line => [`rows ${state}`, n]),
    ['do not call', doNotCall],
    ['deliveries', deliveries.stored],
    ['deliveries quarantined', deliveries.quarantined],
    ...locks.map((lock): Line => [`lock ${lock.name}`, lockText(lock)]),
  ];
}

function markText(mark: LedgerMark): string {
  if (mark.kind === 'moved') return `moved to ${mark.to} on ${isoTime(mark.at)}: use that one`;
  if (mark.kind === 'backup')
    return `backup of ${isoTime(mark.at)}: what was sent since is unknown to it; salesq ledger adopt takes it into use`;
  return `unfinished copy of ${mark.from}: copy again`;
}

function lockText({ owner, heartbeatAt, alive }: HeldLock): string {
  const holder = alive === null ? 'cannot be asked' : alive ? 'lives' : 'dead: the next run takes it over';
  return `process ${owner.pid} on ${owner.host}, last heard of ${isoTime(heartbeatAt)}, ${holder}`;
}

function statusReport(found: LedgerStatus): Report {
  return {
    document: () => ({ schema: 'salesq/ledger-status@1', ...statusDocument(found) }),
    records: () => lines(found).map(([what, value]): JsonObject => ({ what, value })),
    columns: [
      column('what'),
      { title: 'value', value: ({ what, value }) => (what === 'bytes' ? sized(value) : plainText(value)) },
    ],
    exit: Exit.ok,
  };
}

const sized = (value: Json | undefined): string => `${plainText(value)} (${sizeText(Number(value))})`;

export const ledgerCheck = defineCommand({
  options: {},
  more: [
    'Reads only. Exit 0: nothing found. Exit 6: read the findings, and push nothing before they are understood.',
  ],
  run: (app) => withLedgerAdmin(app, async (admin) => print(app, checkReport(await admin.check()))),
});

function checkReport({ where, checked, skipped, findings }: LedgerCheck): Report {
  const records = findings.map((finding): JsonObject => ({ ...finding }));
  const ok = findings.length === 0;
  return listReport({ schema: 'salesq/ledger-check@1', where, ok, checked, skipped }, 'findings', records, {
    columns: [column('code'), column('run'), column('row', 'number'), column('message')],
    footer: skipped.map((what) => `Not checked: ${what}`),
    empty: `${where}: ${checked.length} checks, nothing found.`,
    exit: ok ? Exit.ok : Exit.unusable,
  });
}

export const ledgerMigrate = defineCommand({
  options: {},
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
      return print(app, recordReport('salesq/ledger-migrate@1', { ...done }, { heading: story }));
    }),
});

export const ledgerBackup = defineCommand({
  args: '<file>',
  options: {
    force: { flag: '--force', about: 'replace the file if it is there', type: flag, default: false },
  },
  more: [
    'One SQLite file, whatever the ledger is kept in; readable by you alone. Others may go on pushing meanwhile.',
    'To go back to it: put it in the place of the ledger (or copy it to a server), then: salesq ledger adopt',
  ],
  run: (app, { args, options }) =>
    withLedgerAdmin(app, async (admin) => {
      const file = path.resolve(app.cwd, args[0] ?? '');
      const done = await admin.backup(file, options.force);
      return print(app, copyReport('salesq/ledger-backup@1', done, []));
    }),
});

export const ledgerCopy = defineCommand({
  args: '<to>',
  options: {},
  more: [
    '<to> is a file that is not there yet, or the address of an empty PostgreSQL database.',
    'The old ledger is kept, and refused from then on; salesq ledger adopt takes it back.',
  ],
  run: (app, { args }) =>
    withLedgerAdmin(app, async (admin) => {
      const given = args[0] ?? '';
      const to = given.includes('://') ? given : path.resolve(app.cwd, given);
      await askYes(app, 'Move the ledger there? This one will be refused from then on.');
      const done = await admin.copy(to);
      const next = `Use it from now on: --ledger, SALESQ_LEDGER or ledger: in the profile = ${done.to}`;
      return print(app, copyReport('salesq/ledger-copy@1', done, [next]));
    }),
});

export const ledgerAdopt = defineCommand({
  options: {
    nothingSent: {
      flag: '--nothing-sent',
      about: 'nothing was pushed from elsewhere since: rows that are ready stay so',
      type: flag,
      default: false,
    },
  },
  more: [
    'Rows that were ready may have been sent from elsewhere since: they become in doubt, and are read back or decided.',
    'People contacted by runs that were planned elsewhere since are unknown here: do not push their files again.',
  ],
  run: (app, { options }) =>
    withLedgerAdmin(app, async (admin) => {
      const { mark } = await admin.status();
      const since = mark ? ` It knows nothing of what was sent since ${isoTime(mark.at)}.` : '';
      await askYes(app, `Take the ledger ${admin.where} into use?${since}`);
      const { where, mark: was, inDoubt } = await admin.adopt(options.nothingSent);
      const record = { where, was: was.kind, at: isoTime(was.at), inDoubt };
      return print(app, recordReport('salesq/ledger-adopt@1', record, { heading: story(was, inDoubt) }));
    }),
});

const story = (mark: LedgerMark, inDoubt: number): string[] => [
  mark.kind === 'moved' ? `In use again; the one at ${mark.to} must not be.` : 'In use.',
  ...(inDoubt > 0
    ? [`${inDoubt} rows are in doubt: salesq runs list, then salesq runs reconcile <run>`]
    : []),
];

export const ledgerPurge = defineCommand({
  options: {
    olderThan: {
      flag: '--older-than <duration>',
      about: 'of runs that ended, deliveries that came, longer ago: 90d',
      type: durationFromZero,
    },
    dryRun: { flag: '--dry-run', about: 'only say how much it would be', type: flag, default: false },
  },
  more: [
    'Forgotten: cells, payloads, answers, reasons, last copies of leads, contents of deliveries, numbers of rows never sent.',
    'Kept, so that nobody is contacted twice: who was contacted (the number), when, by which run; the do-not-call list.',
    'Runs that are unfinished or have rows in doubt are not touched. Backups are files of their own: delete them yourself.',
  ],
  run: (app, { options: { olderThan, dryRun } }) =>
    withLedgerAdmin(app, async (admin) => {
      if (olderThan === undefined)
        throw usageError({
          code: 'usage.missing-flag',
          message: 'ledger purge needs --older-than: how old what is forgotten must be',
          hint: 'salesq ledger purge --older-than 90d --dry-run',
        });
      const before = app.clock.now() - olderThan;
      const found = await admin.purgeable(before);
      const nothing = Object.values(found).every((n) => n === 0);
      if (!dryRun && !nothing) await askYes(app, question(found, before));
      const counts = dryRun || nothing ? found : await admin.purge(before);
      const record = { ...counts, before: isoTime(before), dryRun };
      return print(app, recordReport('salesq/ledger-purge@1', record));
    }),
});

const question = ({ runs, rows, deliveries }: PurgeCounts, before: number): string =>
  `Forget the personal data of ${runs} run(s) with ${rows} row(s) and of ${deliveries} deliveries before ${isoTime(before)}? It cannot be undone.`;
